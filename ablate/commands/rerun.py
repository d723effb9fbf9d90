"""A stored trial, trained again in a stack of the same size and compared with its record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ablate.core.errors import StoreError, TaskError
from ablate.core.filesystem import Place
from ablate.core.study import TASK, Trial
from ablate.outcomes.curves import PROBE_LOSS

if TYPE_CHECKING:
    from ablate.outcomes.curves import Curves


def compare(folder: Place, trial: Trial, row: Mapping[str, Any], stored: Curves | None) -> tuple[str, bool]:
    """What to say about the trial trained again, and whether it repeats the record.

    With an equal signature (slots, program, instruction set, versions) the bits must be equal; on another machine or
    with other versions the state must be.

    Raises:
        TaskError: the task's data are not those the trial was trained on.
    """
    from ablate import engine, store, tasks
    from ablate.engine import program

    task = tasks.load(trial.setting[TASK].params)
    if task.hash != trial.task_hash:
        raise TaskError(
            f"Trial {trial.id} was trained on data with the hash {trial.task_hash}; the task now has {task.hash}."
        )
    (stack,) = program.stacks([trial])
    (curves,) = engine.train(stack)
    state = _state(folder, trial, curves)
    same_state = state == row["state"]
    if store.digest(curves) == row["digest"]:
        return f"trained again: {state}, every bit of its curves as stored", True
    differing = _differing(json.loads(row["signature"]), curves.signature)
    if not differing:
        return f"trained again: {state} (stored: {row['state']}), but other bits{_largest(stored, curves)}", False
    where = f"bits are not compared: other {', '.join(differing)}{_largest(stored, curves)}"
    return f"trained again: {state}, stored: {row['state']}; {where}", same_state


def _state(folder: Place, trial: Trial, curves: Curves) -> str:
    from ablate.outcomes import states
    from ablate.store import manifest

    chance = manifest.read(folder).chance.get(trial.task_hash)
    if chance is None:
        raise StoreError(f"The manifest in {folder} must have the chance level of task {trial.task_hash}. It has none.")
    return states.outcome_of(curves, chance).state


def _differing(stored: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """The parts of the signature that decide bits and differ."""
    return sorted(name for name in {*stored, *own} if stored.get(name) != own.get(name))


def _largest(stored: Curves | None, curves: Curves) -> str:
    """The largest difference of accuracy and loss at any look."""
    import numpy as np

    if stored is None:
        return ""
    parts = []
    for name in ("accuracy", PROBE_LOSS):
        one, other = stored.signals.get(name), curves.signals.get(name)
        if one is not None and other is not None and len(one) == len(other):
            parts.append(
                f"{name} by {np.nanmax(np.abs(np.asarray(one, float) - np.asarray(other, float)), initial=0.0):.3g}"
            )
    return f" (differing at most: {', '.join(parts)})" if parts else ""

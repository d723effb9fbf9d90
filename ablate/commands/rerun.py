"""Train a stored trial again in a stack of the same size, and compare it with its record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate import engine, store, tasks
from ablate.core.errors import StoreError, TaskError
from ablate.core.filesystem import Place
from ablate.core.study import TASK, Trial
from ablate.engine import program
from ablate.outcomes import states
from ablate.outcomes.curves import PROBE_LOSS, Curves
from ablate.store import manifest


def compare(folder: Place, trial: Trial, row: Mapping[str, Any], stored: Curves | None) -> tuple[str, bool]:
    """Train a trial again and compare it with its record.

    If the signatures are equal (slots, program, instruction set, versions), the bits must be equal. Otherwise, as on
    another machine or with other versions, the state must be equal.

    Args:
        folder: the study's folder.
        trial: the trial.
        row: its row of the store.
        stored: its curves; None if only states were published.

    Returns:
        What to print, and whether the trial repeats its record.

    Raises:
        TaskError: the task has other data than when the trial was trained.
    """
    task = tasks.load(trial.setting[TASK].params)
    if task.hash != trial.task_hash:
        raise TaskError(
            f"Trial {trial.id} was trained on other data: their hash was {trial.task_hash}, and now it is {task.hash}. "
            "Restore the data, or train a new study."
        )
    (stack,) = program.stacks([trial])
    (curves,) = engine.train(stack)
    state = _state(folder, trial, curves)
    if store.digest(curves) == row["digest"]:
        return f"trained again: {state}, every bit of its curves as stored", True
    differing = _differing(json.loads(row["signature"]), curves.signature)
    if not differing:
        return f"trained again: {state} (stored: {row['state']}), but with other bits{_largest(stored, curves)}", False
    where = f"bits are not compared, because these differ: {', '.join(differing)}{_largest(stored, curves)}"
    return f"trained again: {state}, stored: {row['state']}; {where}", state == row["state"]


def _state(folder: Place, trial: Trial, curves: Curves) -> str:
    chance = manifest.read(folder).chance.get(trial.task_hash)
    if chance is None:
        raise StoreError(
            f"The manifest in {folder} must have the chance level of task {trial.task_hash}. It has none: "
            "`ablate sweep` writes it."
        )
    return states.outcome_of(curves, chance).state


def _differing(stored: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Return the names of the signature's parts that differ."""
    return sorted(name for name in {*stored, *current} if stored.get(name) != current.get(name))


def _largest(stored: Curves | None, curves: Curves) -> str:
    """Return the largest differences of accuracy and loss at any evaluation, in words."""
    if stored is None:
        return ""
    parts = []
    for name in ("accuracy", PROBE_LOSS):
        one, other = stored.signals.get(name), curves.signals.get(name)
        if one is not None and other is not None and len(one) == len(other):
            difference = np.nanmax(np.abs(np.asarray(one, float) - np.asarray(other, float)), initial=0.0)
            parts.append(f"{name} by {difference:.3g}")
    return f" (differing at most: {', '.join(parts)})" if parts else ""

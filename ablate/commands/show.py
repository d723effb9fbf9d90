"""Run `ablate show`: print one stored trial; with `--rerun`, train it again and compare."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ablate import configure, remedies
from ablate.commands import code_permission, shell_words, study_names
from ablate.commands.exit_status import DIFFERENT, DONE
from ablate.configure import python_values
from ablate.core import filesystem
from ablate.core.documents import document
from ablate.core.errors import ConfigError, StoreError
from ablate.core.filesystem import Place
from ablate.core.study import Budget, Level, Setting, Trial

if TYPE_CHECKING:
    from ablate.outcomes.curves import Curves

SEARCHED = 20_000
"""The most ids that a mistyped id is compared with."""


def run(arguments: argparse.Namespace) -> int:
    """Print the trial; end with 1 if training it again does not repeat it."""
    names, overrides = study_names.split(arguments.words)
    if len(names) != 1:
        raise ConfigError(f"Exactly one trial id must be given. Received: {' '.join(names) or 'none'}.")
    folder, row = _find(names[0], overrides)
    trial = as_last_swept(trial_of(row), folder)
    curves = curves_of(folder, trial.id)
    print(trial_page(folder, trial, row, curves))
    if not arguments.rerun:
        return DONE
    from ablate.commands import rerun

    code_permission.check_permission(json.loads(row["factors"]), overrides)
    text, repeated = rerun.compare(folder, trial, row, curves)
    print(text)
    return DONE if repeated else DIFFERENT


def _find(start: str, overrides: Sequence[str]) -> tuple[Place, Mapping[str, Any]]:
    """Return the folder and the stored row of the one trial whose id begins with `start`.

    Raises:
        ConfigError: no trial's id begins with `start`, or several do.
    """
    from ablate import store

    study = configure.compose(overrides)
    folders = study_names.studies(study.results_dir)
    if any(word.startswith("study=") for word in overrides):
        folders = {study.name: folders.get(study.name, filesystem.place(study.results_dir) / study.name)}
    matches: dict[str, tuple[Place, Mapping[str, Any]]] = {}
    ids: list[str] = []
    for folder in folders.values():
        states = store.read_states(folder)
        ids += list(states["id"])
        for _, row in states[states["id"].str.startswith(start)].iterrows():
            matches.setdefault(row["id"], (folder, {str(name): value for name, value in row.items()}))
    if not matches:
        near = difflib.get_close_matches(start, ids[:SEARCHED], n=1, cutoff=0.6)
        raise ConfigError(
            f"No trial of {', '.join(folders) or 'any study'} in {study.results_dir}/ has the id {start!r}."
            + (f" Did you mean {near[0]}?" if near else "")
        )
    if len(matches) > 1:
        raise ConfigError(
            f"{len(matches)} trial ids begin with {start!r}, as {', '.join(sorted(matches)[:5])}. Give more digits."
        )
    (match,) = matches.values()
    return match


def trial_of(row: Mapping[str, Any]) -> Trial:
    """Return the trial of a row of the store. A row has no level names, so each level gets its factor's name."""
    params = remedies.complete(json.loads(row["factors"]))
    setting = Setting(tuple((name, Level(name=name, params=value)) for name, value in params.items()))
    return Trial(
        id=row["id"],
        setting=setting,
        seed=int(row["seed"]),
        task_hash=row["task_hash"],
        budget=Budget(steps=int(row["steps"]), looks=int(row["looks"])),
        engine=row["engine"],
    )


def as_last_swept(trial: Trial, folder: Place) -> Trial:
    """Return the trial with its levels as the study's last sweep gave them: a data file may have moved since.

    Args:
        trial: the trial.
        folder: the study's folder.
    """
    from ablate.results.level_matches import matcher
    from ablate.store import manifest

    try:
        record = manifest.read(folder)
    except StoreError:
        return trial
    match = matcher(record.study, record.data)
    levels = [(name, level, match(name, level.params, trial.task_hash)) for name, level in trial.setting]
    setting = Setting(tuple((name, Level(name=name, params=(last or level).params)) for name, level, last in levels))
    return dataclasses.replace(trial, setting=setting)


def curves_of(folder: Place, key: str) -> Curves | None:
    """Return the stored curves of a trial; None if only states were published.

    Args:
        folder: the study's folder.
        key: the trial's id.
    """
    from ablate import store

    return store.read_curves(folder, [key]).get(key)


def sweep_command(trial: Trial, study: str, results_dir: str = "") -> str:
    """Return the command that trains exactly this trial, in a study of its own.

    Args:
        trial: the trial.
        study: the name of that study.
        results_dir: where its results go; empty for the `results_dir` of the configs.
    """
    budget = {"seed": trial.seed, "steps": trial.budget.steps, "looks": trial.budget.looks, "engine": trial.engine}
    destination = {"study": study, **({"results_dir": results_dir} if results_dir else {})}
    words = python_values.overrides(configure.overrides_for(trial.setting.params()), {**budget, **destination})
    return shell_words.joined(["ablate", "sweep", *words])


def _rerun_command(trial: Trial, folder: Place, results_dir: str) -> str:
    """Return the command that trains a trial again and compares it with its record."""
    words = [python_values.override("study", folder.name), *code_permission.permissions(trial.setting.params())]
    words += [python_values.override("results_dir", results_dir)] if results_dir else []
    return shell_words.joined(["ablate", "show", trial.id, "--rerun", *words])


def _results_dir(folder: Place) -> str:
    """Return the results folder of a study's folder; empty if it is the `results_dir` of the configs."""
    root = folder.parent.parent if folder.parent.name == study_names.PUBLISHED else folder.parent
    return "" if str(root) == configure.results_dir() else str(root)


def trial_page(folder: Place, trial: Trial, row: Mapping[str, Any], curves: Curves | None) -> str:
    """Return everything about a stored trial: its end, setting, curves, and the commands that repeat it.

    Args:
        folder: the study's folder.
        trial: the trial.
        row: its row of the store.
        curves: its curves; None if only states were published.
    """
    from ablate.report.trial import trial_text

    time = "" if row["time"] != row["time"] else f", above chance for good from step {row['time']:.0f}"
    broken = f"first not finite: {row['bad_tensor']} after step {row['bad_step']}" if row["bad_step"] >= 0 else ""
    results_dir = _results_dir(folder)
    lines = [
        f"trial {trial.id} of {folder}: {row['state']}{time}",
        *(line for line in (row["message"], broken, _cause(folder, trial, row, curves)) if line),
        *_why(folder, trial, row, curves),
        "",
        *(f"  {name:16s}{_level_text(value)}" for name, value in trial.setting.params().items()),
        f"  {'seed':16s}{trial.seed}",
        f"  {'budget':16s}{trial.budget.steps} steps, {trial.budget.looks} looks, engine {trial.engine}",
        "",
        trial_text(curves) if curves is not None else "Only states were published: this trial has no curves here.",
        "",
        f"again, as a study of its own: {sweep_command(trial, f'{folder.name}-{trial.id[:8]}', results_dir)}",
        f"again, and compared:          {_rerun_command(trial, folder, results_dir)}",
    ]
    return "\n".join(lines)


def _why(folder: Place, trial: Trial, row: Mapping[str, Any], curves: Curves | None) -> list[str]:
    """Return what is above chance, and what the curves say beside the state; nothing without curves."""
    from ablate.outcomes.explanation import explanation
    from ablate.store import manifest

    chance = manifest.read(folder).chance.get(trial.task_hash)
    return explanation(row["state"], curves, chance) if curves is not None and chance is not None else []


def _cause(folder: Place, trial: Trial, row: Mapping[str, Any], curves: Curves | None) -> str:
    """Return the cause of a trial at chance and what removes it; empty if it escaped or has no curves."""
    from ablate.stats import causes, guide
    from ablate.store import manifest

    chance = manifest.read(folder).chance.get(trial.task_hash)
    if curves is None or chance is None or row["state"] not in causes.AT_CHANCE:
        return ""
    cause = causes.cause_of(curves, chance.classes)
    return f"cause: {cause} ({causes.MEANINGS[cause]})\n{guide.in_words(cause)} More: {document('guide.md')}"


def _level_text(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    parameters = ", ".join(f"{key}={json.dumps(inner)}" for key, inner in value.items() if key != "kind")
    return f"{value['kind']}{f'  ({parameters})' if parameters else ''}"

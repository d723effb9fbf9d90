"""`ablate show`: one trial, as stored; with `--rerun` trained again and compared with the record."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ablate import configure, remedies
from ablate.commands import code_permission, study_names
from ablate.core import filesystem
from ablate.core.errors import ConfigError, unknown
from ablate.core.filesystem import Place
from ablate.core.study import Budget, Level, Setting, Trial

if TYPE_CHECKING:
    from ablate.outcomes.curves import Curves


def run(arguments: argparse.Namespace) -> int:
    """Print the trial; 1 if a rerun does not repeat it."""
    names, overrides = study_names.split(arguments.words)
    if len(names) != 1:
        raise ConfigError(f"Exactly one trial id must be given. Received: {' '.join(names) or 'none'}.")
    folder, row = _find(names[0], overrides)
    trial = trial_of(row)
    curves = curves_of(folder, trial.id)
    print(text(folder, trial, row, curves))
    if not arguments.rerun:
        return 0
    from ablate.commands import rerun

    code_permission.check(json.loads(row["factors"]), overrides)
    said, repeated = rerun.compare(folder, trial, row, curves)
    print(said)
    return 0 if repeated else 1


def _find(word: str, overrides: Sequence[str]) -> tuple[Place, Mapping[str, Any]]:
    """The folder and the stored row of the one trial whose id begins with the word.

    Raises:
        ConfigError: none does, or several do.
    """
    from ablate import store

    study = configure.compose(overrides)
    named = any(each.startswith("study=") for each in overrides)
    there = study_names.studies(study.results_dir)
    studies = [study.name] if named else [*there]
    found: dict[str, tuple[Place, Mapping[str, Any]]] = {}
    ids: list[str] = []
    for name in studies:
        folder = there.get(name, filesystem.place(study.results_dir) / name)
        states = store.read_states(folder)
        ids.extend(states["id"])
        for place, key in enumerate(states["id"]):
            if key.startswith(word):
                found.setdefault(key, (folder, {str(name): value for name, value in states.iloc[place].items()}))
    if not found:
        raise ConfigError(
            f"No trial of {', '.join(studies) or 'any study'} in {study.results_dir}/ has the id {word!r}."
            f"{_near(word, ids)}"
        )
    if len(found) > 1:
        raise ConfigError(unknown("trial: several ids begin so", word, sorted(found)[:5]))
    ((folder, row),) = found.values()
    return folder, row


def _near(word: str, ids: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, ids[:20_000], n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""


def trial_of(row: Mapping[str, Any]) -> Trial:
    """The stored trial, its levels named by their parameters."""
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


def curves_of(folder: Place, key: str) -> Curves | None:
    """The stored curves of a trial; None where only states were published."""
    from ablate import store

    return store.read_curves(folder, [key]).get(key)


def command(trial: Trial, study: str) -> str:
    """The command line that trains exactly this trial, in a study of its own."""
    words = [
        *configure.overrides_for(trial.setting.params()),
        f"seed={trial.seed}",
        f"steps={trial.budget.steps}",
        f"looks={trial.budget.looks}",
        f"engine={trial.engine}",
        f"study={study}",
    ]
    return shlex.join(["ablate", "sweep", *words])


def text(folder: Place, trial: Trial, row: Mapping[str, Any], curves: Curves | None) -> str:
    """All there is to say of a stored trial, as lines."""
    from ablate.report.trial import trial_text

    time = "" if row["time"] != row["time"] else f", above chance for good from step {row['time']:.0f}"
    broken = f"first not finite: {row['bad_tensor']} after step {row['bad_step']}" if row["bad_step"] >= 0 else ""
    lines = [
        f"trial {trial.id} of {folder}: {row['state']}{time}",
        *(line for line in (row["message"], broken, _cause(folder, trial, row, curves)) if line),
        "",
        *(f"  {name:16s}{_shown(value)}" for name, value in trial.setting.params().items()),
        f"  {'seed':16s}{trial.seed}",
        f"  {'budget':16s}{trial.budget.steps} steps, {trial.budget.looks} looks, engine {trial.engine}",
        "",
        trial_text(curves) if curves is not None else "its curves are not here: only states were published",
        "",
        f"again, as a study of its own: {command(trial, f'{folder.name}-{trial.id[:8]}')}",
        f"again, and compared:          {_again(folder, trial)}",
    ]
    return "\n".join(lines)


def _cause(folder: Place, trial: Trial, row: Mapping[str, Any], curves: Curves | None) -> str:
    """Return the cause of the plateau of a trial at chance as a line; empty if it escaped or has no curves."""
    from ablate.stats import causes
    from ablate.store import manifest

    chance = manifest.read(folder).chance.get(trial.task_hash)
    if curves is None or chance is None or row["state"] not in causes.AT_CHANCE:
        return ""
    cause = causes.cause_of(curves, chance.classes)
    return f"cause: {cause} ({causes.MEANINGS[cause]}); docs/guide.md lists what helps"


def _shown(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    rest = ", ".join(f"{key}={json.dumps(each)}" for key, each in value.items() if key != "kind")
    return f"{value['kind']}{f'  ({rest})' if rest else ''}"


def _again(folder: Place, trial: Trial) -> str:
    words = [
        "ablate",
        "show",
        trial.id,
        "--rerun",
        f"study={folder.name}",
        *code_permission.words(trial.setting.params()),
    ]
    return shlex.join(words if str(folder.parent) == "results" else [*words, f"results_dir={folder.parent}"])

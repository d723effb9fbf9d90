"""Where the numbers come from: the manifest as name and value, for the page's last section."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ablate.core.study import ALL_AT_ONCE, Json
from ablate.design import designs
from ablate.results.study_results import Results


def planned(results: Results) -> int:
    """Trials the study asks for; where results decide how many, those it asked for, or at most as long as it runs."""
    if results.study.spending["kind"] != ALL_AT_ONCE and results.manifest.finished:
        return len(results.trials)
    return len(designs.settings(results.study)) * len(results.study.pool)


def progress(results: Results, asked: int) -> str:
    """Say how much of the study is there, in one sentence.

    Args:
        results: the study's results.
        asked: how many trials the study asks for, as `planned` counts them.
    """
    done = len(results.trials)
    settings = results.trials.groupby(list(results.varying), observed=True).ngroups if results.varying else 1
    whole = "All planned trials are" if done >= asked else f"{done} of {asked} planned trials are"
    return f"{whole} here: {done} trials of {settings} settings, {_seeds(results)}."


def _seeds(results: Results) -> str:
    if results.study.spending["kind"] == ALL_AT_ONCE:
        return f"{len(results.study.seeds)} seeds"
    keys = [results.trials[name].astype(str) for name in results.varying] or [results.trials["task_hash"]]
    counts = results.trials.groupby(keys).size()
    return f"{counts.min()} to {counts.max()} seeds a setting ({results.study.spending['kind'].replace('_', ' ')})"


def notes(results: Results, asked: int) -> list[str]:
    """List what a reader must know first.

    Args:
        results: the study's results.
        asked: how many trials the study asks for, as `planned` counts them.
    """
    found = []
    if len(results.trials) < asked:
        found.append("The study is not finished; any part of it is a fair sample of whole seed blocks.")
    if results.others:
        found.append(
            f"{results.others} other trials stored in this folder are not part of the study as last asked for."
        )
    if not results.complete:
        what = f"trials of {len(results.parts)} parts" if results.parts else "tables"
        found.append(f"Made from published {what}: the curves are not here.")
    return found


def stamp(results: Results) -> str:
    """One line for the first screen."""
    record = results.manifest
    versions = ", ".join(
        f"{name} {record.versions[name]}"
        for name in ("ablate-plateau", "commit", "tensorflow", "keras")
        if name in record.versions
    )
    canary = _canary(record.canary)
    when = record.finished or record.started or "unknown"
    return f"{when}; {versions or 'versions unknown'}; command: {results.study.command or 'unknown'}; canary {canary}."


def _canary(record: Json) -> str:
    """What became of the canary, in two words."""
    if record is None:
        return "did not run"
    lame = sum("error" in each for each in record) if isinstance(record, list) else 0
    return f"without an answer for {lame} of {len(record)} formulations" if lame else "passed"


def table(results: Results, asked: int) -> list[tuple[str, str]]:
    """Return everything that is known of the study's origin, as (name, value).

    Args:
        results: the study's results.
        asked: how many trials the study asks for, as `planned` counts them.
    """
    record, study = results.manifest, results.study
    rows = [
        ("study", study.name),
        ("question", study.question),
        ("command", study.command),
        ("seeds", _ranges(study.seeds)),
        ("how seeds are spent", _pairs({name: str(value) for name, value in study.spending.items()})),
        ("budget", f"{study.budget.steps} steps, look 0 and {study.budget.looks} more"),
        ("design", json.dumps(list(study.designs), sort_keys=True)),
        ("engine", study.engine),
        ("baseline", ", ".join(f"{name}={level.name}" for name, level in study.baseline)),
        ("trials", f"{len(results.trials)} of {asked} planned"),
        ("started", record.started),
        ("finished", record.finished or "not yet"),
        ("semantics", str(record.semantics)),
        ("versions", _pairs(record.versions)),
        ("machine", _pairs(record.machine)),
        ("canary", json.dumps(record.canary, sort_keys=True)),
    ]
    for task, chance in sorted(record.chance.items()):
        rows.append(
            (f"chance level of task {task}", _pairs({name: str(value) for name, value in chance.numbers().items()}))
        )
    rows += [(f"program, {count} trials", text) for text, count in results.programs]
    return [(name, value) for name, value in rows if value]


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {values[name]}" for name in sorted(values))


def _ranges(seeds: tuple[int, ...]) -> str:
    """Seeds as ranges, so that a thousand of them stay one line."""
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed, seed])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)

"""Say where the numbers come from: the manifest as names and values, for the page's last section."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ablate.core.study import TASK, Json
from ablate.outcomes.chance_level import Chance
from ablate.report.section_inputs import Inputs
from ablate.report.style import decimal
from ablate.results import accuracies, status
from ablate.results.study_results import Results


def notes(inputs: Inputs) -> list[str]:
    """List what a reader should know of all trials: how they ended, what counts as chance, and where they are from."""
    results = inputs.results
    sentences = [accuracies.endings(results.trials)]
    names = _task_names(results)
    sentences += [f"Task {names[task]}: {_chance(chance)}" for task, chance in _judging(results)]
    if not results.complete:
        what = f"trials of {len(results.parts)} parts" if results.parts else "tables"
        sentences.append(f"Made from published {what}: the curves are not here.")
    return sentences


def _judging(results: Results) -> list[tuple[str, Chance]]:
    """Return the chance levels that judged these trials, by task hash."""
    used = set(results.trials["task_hash"])
    return [(task, chance) for task, chance in sorted(results.manifest.chance.items()) if task in used]


def _task_names(results: Results) -> dict[str, str]:
    """Return the levels of the factor `task` by task hash, joined; the hash itself for a task without trials."""
    names = {task: task[:6] for task in results.manifest.chance}
    for task, rows in results.trials.groupby("task_hash") if TASK in results.trials else ():
        names[str(task)] = ", ".join(sorted(set(map(str, rows[TASK]))))
    return names


def _chance(chance: Chance) -> str:
    """Say what is above chance, with accuracies as the page writes them."""
    ordinary = f", an ordinary classifier {decimal(chance.reference)}" if chance.reference else ""
    return (
        f"above chance is an accuracy of more than {decimal(chance.level)} ({chance.count} of {chance.rows} rows). "
        f"{chance.reason[0].upper()}{chance.reason[1:]} reach up to that by luck. A constant prediction gets "
        f"{decimal(chance.majority)}{ordinary}."
    )


def stamp(results: Results) -> str:
    """Say in one line when, with which versions and by which command the study ran."""
    record = results.manifest
    versions = ", ".join(
        f"{name} {record.versions[name]}"
        for name in ("ablate-plateau", "commit", "tensorflow", "keras")
        if name in record.versions
    )
    when, command = record.finished or record.started or "unknown", results.study.command or "unknown"
    return f"{when}; {versions or 'versions unknown'}; command: {command}; loss check {_loss_check(record.canary)}."


def _loss_check(record: Json) -> str:
    if record is None:
        return "did not run"
    failed = sum("error" in row for row in record) if isinstance(record, list) else 0
    return f"failed for {failed} of {len(record)} losses" if failed else "passed"


def table(inputs: Inputs) -> list[tuple[str, str]]:
    """Return everything that is known of the study's origin, as (name, value)."""
    results = inputs.results
    record, study = results.manifest, results.study
    names, chances = _task_names(results), sorted(results.manifest.chance.items())
    rows = [
        ("study", study.name),
        ("question", study.question),
        ("command", study.command),
        ("seeds", ranges(study.seeds)),
        ("how seeds are spent", _pairs(study.spending)),
        ("budget", f"{study.budget.steps} steps; evaluation 0 and {study.budget.looks} more"),
        ("design", json.dumps(list(study.designs), sort_keys=True)),
        ("engine", study.engine),
        ("baseline", ", ".join(f"{name}={level.name}" for name, level in study.baseline)),
        ("trials", status.progress(results)),
        ("started", record.started),
        ("finished", record.finished or "not yet"),
        ("semantics", str(record.semantics)),
        ("versions", _pairs(record.versions)),
        ("machine", _pairs(record.machine)),
        ("loss check", json.dumps(record.canary, sort_keys=True)),
        *((f"chance level of {names[task]} ({task})", _pairs(level.numbers())) for task, level in chances),
        *((f"program, {count} trials", text) for text, count in results.programs),
    ]
    return [(name, value) for name, value in rows if value]


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {_short(values[name])}" for name in sorted(values))


def _short(value: object) -> object:
    """Return four digits of a number that is not whole: the manifest has all of them."""
    return f"{value:.4g}" if isinstance(value, float) else value


def ranges(seeds: tuple[int, ...]) -> str:
    """Write seeds as ranges.

    Examples:
        >>> ranges((0, 1, 2, 3, 7, 9, 10))
        '0-3, 7, 9-10'
    """
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed, seed])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)

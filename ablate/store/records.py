"""Hold a trial's record, and turn how it ended into a row of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ablate.core.study import SEMANTICS, Setting, Trial
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.store.curve_rows import digest, signatures

FAILED = "failed"

STATES_COLUMNS = (
    "id",
    "seed",
    "factors",
    "task_hash",
    "steps",
    "looks",
    "engine",
    "semantics",
    "state",
    "time",
    "after_escape",
    "start_state",
    "best_accuracy",
    "final_accuracy",
    "bad_step",
    "bad_tensor",
    "message",
    "wall_seconds",
    "signature",
    "study",
    "attempt",
    "rule",
    "digest",
)
WORDS = (
    "factors",
    "task_hash",
    "engine",
    "state",
    "start_state",
    "bad_tensor",
    "message",
    "signature",
    "study",
    "rule",
)
"""Text columns with few different values; they are stored as dictionaries."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A trial, how it ended, and its curves.

    Attributes:
        trial: the trial.
        outcome: how it ended, derived from the curves.
        curves: what the engine returned.
        rule: the name of the chance rule by which the outcome was derived.
    """

    trial: Trial
    outcome: Outcome
    curves: Curves
    rule: str = ""


def factors_text(setting: Setting) -> str:
    """Return the resolved parameters by factor as canonical JSON, put together from the levels' own texts."""
    levels = sorted(setting, key=lambda pair: pair[0])
    return "{" + ",".join(f"{json.dumps(name)}:{level.text}" for name, level in levels) + "}"


def _factors(settings: Sequence[Setting]) -> list[str]:
    """Return the texts of these settings; the trials of one setting share one object, so each is made once."""
    texts = {id(setting): "" for setting in settings}
    for setting in settings:
        texts[id(setting)] = texts[id(setting)] or factors_text(setting)
    return [texts[id(setting)] for setting in settings]


def states_table(records: Sequence[Record], study: str) -> Any:
    """Return the records' states as a pyarrow table of `STATES_COLUMNS`, one row a trial.

    Args:
        records: the records.
        study: the name of the study that trained them.
    """
    import pyarrow as pa

    trials, outcomes = [record.trial for record in records], [record.outcome for record in records]
    word = pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, Any] = {
        "id": pa.array([trial.id for trial in trials], pa.string()),
        "seed": pa.array([trial.seed for trial in trials], pa.int64()),
        "factors": _factors([trial.setting for trial in trials]),
        "task_hash": [trial.task_hash for trial in trials],
        "steps": pa.array([trial.budget.steps for trial in trials], pa.int32()),
        "looks": pa.array([trial.budget.looks for trial in trials], pa.int32()),
        "engine": [trial.engine for trial in trials],
        "semantics": pa.array([SEMANTICS] * len(trials), pa.int32()),
        "bad_step": pa.array([record.curves.bad_step for record in records], pa.int32()),
        "bad_tensor": [record.curves.bad_tensor for record in records],
        "message": [record.curves.message for record in records],
        "wall_seconds": pa.array([record.curves.wall_seconds for record in records], pa.float64()),
        "signature": signatures([record.curves for record in records]),
        "study": [study] * len(trials),
        "attempt": pa.array([outcome.attempt for outcome in outcomes], pa.int32()),
        "digest": pa.array([digest(record.curves) for record in records], pa.string()),
    }
    columns |= outcome_columns(outcomes, [record.rule for record in records])
    return pa.table(
        {name: pa.array(columns[name], word) if name in WORDS else columns[name] for name in STATES_COLUMNS}
    )


def outcome_columns(outcomes: Sequence[Outcome], rules: Sequence[str]) -> dict[str, Any]:
    """Return the columns that a chance rule decides; text columns are plain lists.

    Args:
        outcomes: how the trials ended.
        rules: the name of each outcome's chance rule.
    """
    import pyarrow as pa

    return {
        "state": [outcome.state for outcome in outcomes],
        "time": pa.array([outcome.time for outcome in outcomes], pa.int32()),
        "after_escape": pa.array([outcome.after_escape for outcome in outcomes], pa.bool_()),
        "start_state": [outcome.start_state for outcome in outcomes],
        "best_accuracy": pa.array([outcome.best_accuracy for outcome in outcomes], pa.float64()),
        "final_accuracy": pa.array([outcome.final_accuracy for outcome in outcomes], pa.float64()),
        "rule": list(rules),
    }

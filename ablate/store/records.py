"""A trial's record, and how it ended as a row of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ablate.core.study import SEMANTICS, Level, Setting, Trial
from ablate.outcomes.curves import Curves
from ablate.store.curve_rows import digest, signatures

if TYPE_CHECKING:
    from ablate.outcomes.states import Outcome

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
"""Text columns with few different values, stored as dictionaries."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A trial, how it ended, and what was seen.

    Attributes:
        trial: the trial.
        outcome: how it ended, derived from the curves.
        curves: what the engine returned.
        rule: names the chance rule that the outcome was derived with.
    """

    trial: Trial
    outcome: Outcome
    curves: Curves
    rule: str = ""


def factors_text(setting: Setting) -> str:
    """Canonical JSON of the resolved parameters by factor, put together from the levels' own texts."""
    return "{" + ",".join(f"{_quoted(name)}:{level.text}" for name, level in sorted(setting, key=_name)) + "}"


def _name(pair: tuple[str, Level]) -> str:
    return pair[0]


@cache
def _quoted(name: str) -> str:
    return json.dumps(name)


def _factors(settings: Sequence[Setting]) -> list[str]:
    """The texts of these settings; the trials of one setting share one object."""
    texts = {id(setting): "" for setting in settings}
    for setting in settings:
        texts[id(setting)] = texts[id(setting)] or factors_text(setting)
    return [texts[id(setting)] for setting in settings]


def states_table(records: Sequence[Record], study: str) -> Any:
    """The records' states as a pyarrow table, one row a trial, `STATES_COLUMNS`."""
    import pyarrow as pa

    trials, outcomes = [record.trial for record in records], [record.outcome for record in records]
    curves = [record.curves for record in records]
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
        "bad_step": pa.array([each.bad_step for each in curves], pa.int32()),
        "bad_tensor": [each.bad_tensor for each in curves],
        "message": [each.message for each in curves],
        "wall_seconds": pa.array([each.wall_seconds for each in curves], pa.float64()),
        "signature": signatures(curves),
        "study": [study] * len(trials),
        "attempt": pa.array([outcome.attempt for outcome in outcomes], pa.int32()),
        "digest": pa.array([digest(each) for each in curves], pa.string()),
    }
    columns |= outcome_columns(outcomes, [record.rule for record in records])
    return pa.table(
        {name: pa.array(columns[name], word) if name in WORDS else columns[name] for name in STATES_COLUMNS}
    )


def outcome_columns(outcomes: Sequence[Outcome], rules: Sequence[str]) -> dict[str, Any]:
    """The columns that a chance rule decides; words as plain lists."""
    import pyarrow as pa

    return {
        "state": [each.state for each in outcomes],
        "time": pa.array([each.time for each in outcomes], pa.int32()),
        "after_escape": pa.array([each.after_escape for each in outcomes], pa.bool_()),
        "start_state": [each.start_state for each in outcomes],
        "best_accuracy": pa.array([each.best_accuracy for each in outcomes], pa.float64()),
        "final_accuracy": pa.array([each.final_accuracy for each in outcomes], pa.float64()),
        "rule": list(rules),
    }

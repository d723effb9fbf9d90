"""A trial's record as rows of two tables and back, and the digest that says whether two results are the same bits."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ablate import typed
from ablate.curves import Curves
from ablate.study import SEMANTICS, Level, Setting, Trial, canonical

if TYPE_CHECKING:
    from ablate.states import Outcome

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

CURVES_COLUMNS = ("id", "bad_step", "bad_tensor", "message", "wall_seconds", "signature")


@dataclass(frozen=True, kw_only=True)
class Record:
    """A trial, how it ended, and what was seen.

    Attributes:
        trial: the trial.
        outcome: its state, derived from the curves.
        curves: what the engine returned.
        attempt: 1, or more when failed trials were asked for again.
        rule: names the chance rule that the outcome was derived with.
    """

    trial: Trial
    outcome: Outcome
    curves: Curves
    attempt: int = 1
    rule: str = ""


def digest(curves: Curves) -> str:
    """Which result this is, to the bit: 16 hex digits over the signals' bytes and the first bad tensor.

    Time and signature are left out: the same bits may come from another machine.
    """
    parts: list[bytes] = []
    for name in sorted(curves.signals):
        values = np.ascontiguousarray(curves.signals[name], dtype="<f4")
        parts += (_heading(name, values.size), values.tobytes())
    parts += (struct.pack("<q", curves.bad_step), curves.bad_tensor.encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


@cache
def _heading(signal: str, size: int) -> bytes:
    return f"{signal}\0".encode() + struct.pack("<q", size)


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
        "attempt": pa.array([record.attempt for record in records], pa.int32()),
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


def signatures(curves: Sequence[Curves]) -> list[str]:
    """Canonical JSON per signature; those of one stack are one object and are written out once."""
    texts: dict[int, str] = {}
    for each in curves:
        if id(each.signature) not in texts:
            texts[id(each.signature)] = canonical(dict(each.signature))
    return [texts[id(each.signature)] for each in curves]


def curves_table(curves: Sequence[Curves]) -> Any:
    """Curves as a pyarrow table: one row a trial, one column a signal, list<float32> [looks + 1], null where absent."""
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, Any] = {
        "id": pa.array([each.id for each in curves], pa.string()),
        "bad_step": pa.array([each.bad_step for each in curves], pa.int32()),
        "bad_tensor": pa.array([each.bad_tensor for each in curves], word),
        "message": pa.array([each.message for each in curves], word),
        "wall_seconds": pa.array([each.wall_seconds for each in curves], pa.float64()),
        "signature": pa.array(signatures(curves), word),
    }
    for name in sorted({name for each in curves for name in each.signals}):
        columns[_column(name)] = _signal_column([each.signals.get(name) for each in curves])
    return pa.table(columns)


def _column(signal: str) -> str:
    """The column of a signal; a prefix keeps signals and the columns above apart."""
    return f"signal.{signal}"


def _signal_column(values: Sequence[np.ndarray | None]) -> Any:
    import pyarrow as pa

    nothing = np.zeros(0, np.float32)
    own = [nothing if each is None else np.asarray(each, dtype=np.float32).ravel() for each in values]
    offsets = np.cumsum([0, *map(len, own)]).astype(np.int32)
    absent = np.array([each is None for each in values], dtype=bool)
    flat = np.concatenate(own) if own else nothing
    mask = pa.array(absent) if absent.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat), mask=mask)


def curves_of(table: Any) -> list[Curves]:
    """The inverse of `curves_table`."""
    plain = {name: table.column(name).to_pylist() for name in CURVES_COLUMNS}
    signals: list[dict[str, np.ndarray]] = [{} for _ in range(table.num_rows)]
    for column in table.column_names:
        if column.startswith("signal."):
            _fill(signals, column.removeprefix("signal."), table.column(column))
    parsed: Mapping[str, Any] = {text: typed.mapping(json.loads(text)) for text in set(plain["signature"])}
    return [
        Curves(
            id=plain["id"][row],
            signals=signals[row],
            bad_step=plain["bad_step"][row],
            bad_tensor=plain["bad_tensor"][row],
            message=plain["message"][row],
            wall_seconds=plain["wall_seconds"][row],
            signature=parsed[plain["signature"][row]],
        )
        for row in range(table.num_rows)
    ]


def _fill(signals: list[dict[str, np.ndarray]], name: str, column: Any) -> None:
    """Puts a signal's column into the rows that have it."""
    row = 0
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy(zero_copy_only=False)
        valid = chunk.is_valid().to_numpy(zero_copy_only=False)
        for place in range(len(chunk)):
            if valid[place]:
                signals[row][name] = values[offsets[place] : offsets[place + 1]].copy()
            row += 1

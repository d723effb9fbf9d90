"""Take rows as people have them: arrays, frames, data sets, generators, files; and `fit`'s arguments beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError, TaskError, unknown
from ablate.engine.as_is import answers
from ablate.engine.as_is.program import Rows
from ablate.try_remedies import row_batches, row_files
from ablate.try_remedies.patch import Call
from ablate.try_remedies.row_arrays import NONE, Read, array_of, labels_of, same_length

FIT = (
    "batch_size",
    "epochs",
    "validation_split",
    "shuffle",
    "class_weight",
    "sample_weight",
    "callbacks",
    "steps_per_epoch",
    "verbose",
    "validation_batch_size",
    "validation_freq",
    "validation_steps",
    "initial_epoch",
)
"""Arguments of `fit` that a program may give; the last ones decide nothing and are left out."""

IGNORED = ("verbose", "validation_batch_size", "validation_freq", "validation_steps", "initial_epoch")

MATTERS = ("initial_epoch",)
"""Arguments that are left out and may matter, to schedules and callbacks."""

EPOCHS = 20
"""Epochs if the user names none: `fit` itself would train one."""

HELD_OUT = 0.2
"""Share of the rows that trials are judged on if the user names no validation rows."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A program's rows and its call of `fit`.

    Attributes:
        rows: the rows.
        call: how `fit` is called.
        shuffles: whether `fit` shuffles the rows.
        splits: whether `fit` splits off validation rows.
        callbacks: the callbacks, or the function that makes them; None without.
        notes: what was decided for the user.
        left_out: what of the user's `fit` no trial has, each in words.
    """

    rows: Rows
    call: Call
    shuffles: bool = True
    splits: bool = False
    callbacks: Any = None
    notes: tuple[str, ...] = field(default=())
    left_out: tuple[str, ...] = field(default=())


def take(data: Any, validation: Any = None, fit: Mapping[str, Any] | None = None, *, label: str = "") -> Given:
    """Take the rows and the arguments that a user would give `fit`.

    Args:
        data: `(x, y)`, a path of a csv or npz file, a data set or generator of batches, or a function that returns one.
        validation: the rows to validate on, in the same forms; None if there are none.
        fit: further arguments of `fit`.
        label: the column of labels of a csv file; the last one if empty.

    Raises:
        ConfigError: an argument of `fit` is not known.
        TaskError: the rows cannot be read.
    """
    words = dict(fit or {})
    for name in words:
        if name not in FIT:
            raise ConfigError(unknown("argument of `fit`", name, FIT))
    left_out = [f"`{name}`" for name in MATTERS if words.get(name)]
    words = {name: value for name, value in words.items() if name not in IGNORED and value is not None}
    notes: list[str] = []
    x, y, weights, own, batch = _rows(data, label, words)
    x_val, y_val, _, _, _ = _rows(validation, label, words) if validation is not None else own
    if batch is not None:
        words.setdefault("batch_size", batch.size)
        if not batch.shuffled:
            words.setdefault("shuffle", False)
        left_out += [batch.left_out] if batch.left_out else []
    if "epochs" not in words:
        words["epochs"] = EPOCHS
        notes.append(f"No `epochs` are given: {EPOCHS} are trained.")
    words.setdefault("batch_size", 32)
    weights = words.pop("sample_weight", weights)
    callbacks = words.pop("callbacks", None)
    split = float(words.get("validation_split") or 0)
    if len(y) < 4:
        raise TaskError(f"There must be at least 4 rows. Received {len(y)}.")
    if y_val is not None:
        words.pop("validation_split", None)
        rows = Rows(x=x, y=y, x_val=x_val, y_val=y_val, weights=weights)
    elif split:
        first = int(len(y) * (1 - split))
        rows = Rows(x=x, y=y, x_val=_picked(x, slice(first, None)), y_val=y[first:], weights=weights, passed=False)
    else:
        held = _held_out(y)
        kept = np.setdiff1d(np.arange(len(y)), held)
        rows = Rows(
            x=_picked(x, kept),
            y=y[kept],
            x_val=_picked(x, held),
            y_val=y[held],
            passed=False,
            weights=None if weights is None else np.asarray(weights)[kept],
        )
        notes.append(
            f"No validation rows are given: {len(held)} of {len(y)} rows are held out, and trials are judged on them."
        )
    texts = {name: repr(value) for name, value in words.items() if not (name == "shuffle" and value is True)}
    if callbacks is not None:
        texts["callbacks"] = "callbacks"
    return Given(
        rows=rows,
        call=Call(
            arguments=texts,
            validated=y_val is not None,
            weighted=weights is not None,
            split=split if y_val is None else 0.0,
            inputs="dict" if isinstance(x, Mapping) else "list" if isinstance(x, list | tuple) else "array",
        ),
        shuffles=bool(words.get("shuffle", True)),
        splits=bool(split) and y_val is None,
        callbacks=callbacks,
        notes=tuple(notes),
        left_out=tuple(left_out),
    )


def _picked(x: Any, rows: Any) -> Any:
    if isinstance(x, Mapping):
        return {name: part[rows] for name, part in x.items()}
    return type(x)(part[rows] for part in x) if isinstance(x, list | tuple) else x[rows]


def _held_out(y: np.ndarray) -> np.ndarray:
    """Return rows to judge on: HELD_OUT of each class, drawn with a fixed seed."""
    draw = np.random.default_rng(20_240).random(len(y))
    labels = answers.read(y)
    classes = answers.truth(y, labels)
    if labels.kind not in ("classes", "texts") or classes.ndim != 1:
        return np.sort(np.argsort(draw)[: max(1, round(HELD_OUT * len(y)))])
    held = []
    for label in np.unique(classes):
        rows = np.flatnonzero(classes == label)
        held.append(rows[np.argsort(draw[rows])][: max(1, round(HELD_OUT * len(rows))) if len(rows) > 1 else 0])
    return np.sort(np.concatenate(held))


def _rows(data: Any, label: str, fit: Mapping[str, Any]) -> Read:
    if callable(data) and not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        data = data()
    if isinstance(data, tuple | list) and len(data) == 2 and data[1] is None:
        data = data[0]  # as `fit` takes a data set: x, and no y
    if isinstance(data, str | Path):
        return row_files.read(Path(data), label)
    if (
        isinstance(data, tuple | list)
        and len(data) == 2
        and isinstance(data[0], tuple | list)
        and len(data[0]) == 2
        and _is_pair(data[0])
        and _is_pair(data[1])
    ):
        (x, y), (x_val, y_val) = data
        return array_of(x), labels_of(y), None, (array_of(x_val), labels_of(y_val), None, NONE, None), None
    if isinstance(data, tuple | list) and len(data) in (2, 3) and not hasattr(data, "as_numpy_iterator"):
        weights = np.asarray(data[2]) if len(data) == 3 else None
        x, y = array_of(data[0]), labels_of(data[1])
        same_length(x, y)
        return x, y, weights, NONE, None
    if hasattr(data, "__iter__") or hasattr(data, "__getitem__"):
        return row_batches.read(data, fit)
    raise TaskError(f"The data must be `(x, y)`, a file, or a data set of batches. Received a {type(data).__name__}.")


def _is_pair(part: Any) -> bool:
    return (
        isinstance(part, tuple | list)
        and len(part) == 2
        and np.ndim(part[1]) >= 1
        and np.ndim(part[0]) >= 1
        and not np.isscalar(part[0])
    )

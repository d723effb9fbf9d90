"""A task: arrays, classes, a fixed split, and a hash of all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json
from ablate.tasks._finding import Finding
from ablate.tasks._labels import Labels

if TYPE_CHECKING:
    import numpy as np

PROBE_ROWS = 256
SPLIT_SEED = 20_240
"""Fixed, so that equal data are split equally everywhere."""

FEWEST = 3
"""Rows that every class must have, so that one in three can be held out."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Examples:
    """Hold the rows that a kind of task makes, their classes, and the split if the kind fixes it itself.

    Attributes:
        inputs: float64 [rows, features].
        labels: int32 [rows], 0 to classes - 1.
        class_names: one name per class.
        probe_rows: indices of the validation rows, int64; None if `assemble` may choose them.
        given: how the user gave the labels; None for data that the package makes.
        columns: names of the features; empty if they have none.
        counted: the unit of `numbers`: lines of a csv file, or rows of an array.
        numbers: the number of each row in the user's file, int64 [rows]; None if rows stand as in the file.
        findings: what was found while the rows were read.
    """

    inputs: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    probe_rows: np.ndarray | None = None
    given: Labels | None = None
    columns: tuple[str, ...] = ()
    counted: Literal["line", "row"] = "row"
    numbers: np.ndarray | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """The data of a classifier; equal parameters give equal data everywhere.

    Attributes:
        params: the canonical parameters that the task was made from.
        inputs: float64 [rows, features], not scaled.
        labels: int32 [rows], 0 to classes - 1.
        classes: number of classes.
        class_names: one name per class.
        train_rows: indices of the training rows, int64.
        probe_rows: indices of the validation rows, int64.
        hash: hash of the arrays and the split; it stands for the task in every trial id.
        given: how the user gave the labels; None for data that the package makes.
        columns: names of the features; empty if they have none.
        counted: the unit of `numbers`: lines of a csv file, or rows of an array.
        numbers: the number of each row in the user's file, int64 [rows].
        findings: what was found while the rows were read.
    """

    params: Json
    inputs: np.ndarray
    labels: np.ndarray
    classes: int
    class_names: tuple[str, ...]
    train_rows: np.ndarray
    probe_rows: np.ndarray
    hash: str
    given: Labels | None
    columns: tuple[str, ...]
    counted: Literal["line", "row"]
    numbers: np.ndarray
    findings: tuple[Finding, ...]

    def places(self, rows: Sequence[int] | np.ndarray) -> str:
        """Return where rows stand in the user's file, in words; validation rows that the user gave are named so.

        Args:
            rows: indices of rows, at least one; of more than five the first five are named.
        """
        own = set(self.probe_rows.tolist()) if self.params.get("validation") else set()
        shown = [f"{self.numbers[row]}{' (validation)' if row in own else ''}" for row in list(rows)[:5]]
        names = ", ".join(shown) + (", ..." if len(rows) > 5 else "")
        first = "" if self.counted == "line" else "; the first row is row 0"
        return f"{self.counted}{'s' if len(rows) > 1 else ''} {names}{first}"


def assemble(params: Json, examples: Examples) -> Task:
    """Make a task of examples: round them to float32, split them, hash them, and make the arrays read-only.

    Networks see float32. So a number and the text that NumPy or pandas writes for it are the same data.

    Args:
        params: the task's canonical parameters.
        examples: its rows.

    Raises:
        TaskError: there are fewer than two classes, or a class has fewer than three rows.
    """
    import numpy as np

    names = examples.class_names
    if len(names) < 2:
        raise TaskError(f"A task must have at least 2 classes. Received {len(names)}: {', '.join(names) or 'no rows'}.")
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite, which `check` reports
        inputs = np.ascontiguousarray(examples.inputs, np.float32).astype(np.float64)
    labels = np.ascontiguousarray(examples.labels, np.int32)
    if examples.probe_rows is None:
        train, probe = _split(labels, names)
    else:
        probe = examples.probe_rows.astype(np.int64)
        train = np.setdiff1d(np.arange(len(labels)), probe).astype(np.int64)
    numbers = np.arange(len(labels)) if examples.numbers is None else examples.numbers
    for array in (inputs, labels, train, probe, numbers):
        array.setflags(write=False)
    return Task(
        params=params,
        inputs=inputs,
        labels=labels,
        classes=len(names),
        class_names=names,
        train_rows=train,
        probe_rows=probe,
        hash=_content_hash(inputs, labels, train, probe, len(names)),
        given=examples.given,
        columns=examples.columns,
        counted=examples.counted,
        numbers=numbers,
        findings=examples.findings,
    )


def _split(labels: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return training and validation rows, int64 in ascending order; classes have the same shares in both.

    There are 256 validation rows, or a third of the data if that is less. They are shared out among the classes by
    largest remainder and drawn with a fixed seed.
    """
    import numpy as np

    counts = np.bincount(labels, minlength=len(names))
    if counts.min() < FEWEST:
        few = ", ".join(f"{names[label]!r} ({counts[label]})" for label in np.flatnonzero(counts < FEWEST)[:5])
        raise TaskError(
            f"Every class must have at least {FEWEST} rows, because one in {FEWEST} is held out for validation. "
            f"Too few: {few}. Add rows, or leave these classes out."
        )
    quota = counts * min(PROBE_ROWS, len(labels) // 3) / len(labels)
    share = np.floor(quota).astype(np.int64)
    missing = min(PROBE_ROWS, len(labels) // 3) - int(share.sum())
    share[np.argsort(-(quota - share), kind="stable")[:missing]] += 1
    drawn = np.random.Generator(np.random.PCG64(np.random.SeedSequence([SPLIT_SEED]))).random(len(labels))
    chosen = []
    for label, wanted in enumerate(share):
        rows = np.flatnonzero(labels == label)
        chosen.append(rows[np.argsort(drawn[rows], kind="stable")[:wanted]])
    probe = np.sort(np.concatenate(chosen)).astype(np.int64)
    return np.setdiff1d(np.arange(len(labels)), probe).astype(np.int64), probe


def _content_hash(inputs: np.ndarray, labels: np.ndarray, train: np.ndarray, probe: np.ndarray, classes: int) -> str:
    """Return 16 hex digits of the SHA-256 over shapes and little-endian bytes: the same on every platform."""
    digest = hashlib.sha256(f"{inputs.shape} {len(train)} {len(probe)} {classes}".encode())
    # -0.0 and 0.0 are one number, and every NaN is the same NaN.
    import numpy as np

    plain = np.where(np.isnan(inputs), np.nan, inputs) + 0.0
    for array, kind in ((plain, "<f8"), (labels, "<i4"), (train, "<i8"), (probe, "<i8")):
        digest.update(np.ascontiguousarray(array, kind).tobytes())
    return digest.hexdigest()[:ID_DIGITS]

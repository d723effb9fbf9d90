"""A task: arrays, classes, a fixed split and the hash that stands for all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json

if TYPE_CHECKING:
    import numpy as np

PROBE_ROWS = 256
SPLIT_SEED = 20_240
"""Fixed: everybody's digits have the same probe."""

FEWEST = 3
"""Rows every class must have: one in three can be held out."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Examples:
    """What a kind of task makes: rows, their classes, and the split if the kind fixes it itself.

    Attributes:
        inputs: float64 [rows, features].
        labels: int32 [rows], 0 to classes - 1.
        class_names: one for each class.
        probe_rows: int64 rows of the probe; None leaves the choice to `split`.
    """

    inputs: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    probe_rows: np.ndarray | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Data for a classifier, the same for everybody who gives the same parameters.

    Attributes:
        params: the canonical parameters it was made from.
        inputs: float64 [rows, features], raw: no scaling.
        labels: int32 [rows], 0 to classes - 1.
        classes: how many.
        class_names: what people call them.
        train_rows: int64, the rows that train.
        probe_rows: int64, the rows held out.
        hash: content hash of all of the above but the names; stands for the task in every trial id.
    """

    params: Json
    inputs: np.ndarray
    labels: np.ndarray
    classes: int
    class_names: tuple[str, ...]
    train_rows: np.ndarray
    probe_rows: np.ndarray
    hash: str


def assemble(params: Json, examples: Examples) -> Task:
    """The task made of these examples: split, hashed, and read-only.

    Raises:
        TaskError: fewer than two classes, or a class with fewer than three rows.
    """
    import numpy as np

    names = examples.class_names
    if len(names) < 2:
        raise TaskError(f"A task must have at least 2 classes. Received {len(names)}: {', '.join(names) or 'no rows'}.")
    inputs = np.ascontiguousarray(examples.inputs, np.float64)
    labels = np.ascontiguousarray(examples.labels, np.int32)
    if examples.probe_rows is None:
        train, probe = split(labels, names)
    else:
        probe = examples.probe_rows.astype(np.int64)
        train = np.setdiff1d(np.arange(len(labels)), probe).astype(np.int64)
    for array in (inputs, labels, train, probe):
        array.setflags(write=False)
    return Task(
        params=params,
        inputs=inputs,
        labels=labels,
        classes=len(names),
        class_names=names,
        train_rows=train,
        probe_rows=probe,
        hash=content_hash(inputs, labels, train, probe, len(names)),
    )


def split(labels: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Training and probe rows, int64 each, in ascending order; classes have the same shares in both.

    The probe has 256 rows, or a third of the data if that is less. Its rows are shared out among the classes by
    largest remainder and drawn with a fixed seed.

    Raises:
        TaskError: a class with fewer than three rows.
    """
    import numpy as np

    counts = np.bincount(labels, minlength=len(names))
    if counts.min() < FEWEST:
        few = ", ".join(f"{names[label]!r} ({counts[label]})" for label in np.flatnonzero(counts < FEWEST)[:5])
        raise TaskError(f"Every class must have at least {FEWEST} rows, one of them for the probe. Too few: {few}.")
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


def content_hash(inputs: np.ndarray, labels: np.ndarray, train: np.ndarray, probe: np.ndarray, classes: int) -> str:
    """The first 16 hex digits of the SHA-256 over shapes and little-endian bytes: the same on every platform."""
    digest = hashlib.sha256(f"{inputs.shape} {len(train)} {len(probe)} {classes}".encode())
    # -0.0 and 0.0 are one number, and every NaN is the same NaN.
    import numpy as np

    plain = np.where(np.isnan(inputs), np.nan, inputs) + 0.0
    for array, kind in ((plain, "<f8"), (labels, "<i4"), (train, "<i8"), (probe, "<i8")):
        digest.update(np.ascontiguousarray(array, kind).tobytes())
    return digest.hexdigest()[:ID_DIGITS]

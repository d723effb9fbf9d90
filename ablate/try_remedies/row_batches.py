"""Read rows from data sets and generators of batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ablate.core.errors import TaskError
from ablate.try_remedies.row_arrays import NONE, Batches, Read, array_of

MOST_NUMBERS = 250_000_000
"""Numbers that are read of a data set: a gigabyte in float32."""


def read(source: Any, fit: Mapping[str, Any]) -> Read:
    """Read a data set or generator of batches; see from two passes whether it shuffles.

    Args:
        source: the data set.
        fit: arguments of `fit`.

    Raises:
        TaskError: it yields no batches of inputs and labels, or too many numbers.
    """
    steps = fit.get("steps_per_epoch")
    try:
        length: int | None = len(source)
    except TypeError:  # a generator, or a data set whose length is not known
        length = None
    indexed = hasattr(source, "__getitem__") and not hasattr(source, "__iter__")
    batches: Iterable[Any] = (source[place] for place in range(length or 0)) if indexed else iter(source)
    kept: list[tuple[Any, ...]] = []
    numbers = 0
    for batch in itertools.islice(batches, steps or length or 100_000):
        parts = tuple(array_of(_numpy(part)) for part in batch)
        if len(parts) < 2:
            raise TaskError("A data set must yield batches of inputs and labels, `(x, y)`. It yields inputs alone.")
        kept.append(parts)
        numbers += sum(array.size for array in _flat(parts[0]))
        if numbers > MOST_NUMBERS:
            raise TaskError(
                f"The data set must hold at most {MOST_NUMBERS:,} numbers: give a part of it, as `dataset.take(100)`."
            )
    if not kept:
        raise TaskError("The data set must yield batches. It yields none.")
    shuffled, left_out = True, ""
    if hasattr(source, "as_numpy_iterator"):
        again = [array_of(_numpy(batch[0])) for batch in itertools.islice(iter(source), len(kept))]
        shuffled = not _equal(again[0], kept[0][0])
        if shuffled and not _same_rows(again, [batch[0] for batch in kept]):
            left_out = "the changes that the data set makes to inputs at each pass (trials train on one pass)"
    elif length is None and steps:
        left_out = f"rows that the generator yields after the first epoch of {steps} steps"
    y = np.concatenate([batch[1] for batch in kept])
    weights = np.concatenate([batch[2] for batch in kept]) if len(kept[0]) > 2 else None
    return (
        _joined([batch[0] for batch in kept]),
        y,
        weights,
        NONE,
        Batches(size=len(kept[0][1]), shuffled=shuffled, left_out=left_out),
    )


def _equal(one: Any, other: Any) -> bool:
    """Return whether two batches of inputs are equal, in order."""
    pairs = zip(_flat(one), _flat(other), strict=True)
    return all(first.shape == second.shape and bool(np.array_equal(first, second)) for first, second in pairs)


def _same_rows(again: list[Any], kept: list[Any]) -> bool:
    """Return whether two passes hold the same rows in any order, by the sums of their numbers."""
    sums = []
    for batches in (again, kept):
        numbers = [part.reshape(len(part), -1) for batch in batches for part in _flat(batch)[:1]]
        if any(part.dtype.kind not in "biuf" for part in numbers):
            return True
        sums.append(np.sort(np.concatenate([part.sum(axis=1, dtype=np.float64) for part in numbers])))
    return sums[0].shape == sums[1].shape and bool(np.allclose(sums[0], sums[1]))


def _numpy(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: _numpy(inner) for name, inner in part.items()}
    if isinstance(part, list | tuple):
        return type(part)(_numpy(inner) for inner in part)
    return part.numpy() if hasattr(part, "numpy") else np.asarray(part)


def _flat(x: Any) -> list[np.ndarray]:
    return [
        np.asarray(part)
        for part in (x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else [x])
    ]


def _joined(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, Mapping):
        return {name: np.concatenate([part[name] for part in parts]) for name in first}
    if isinstance(first, list | tuple):
        return [np.concatenate([part[place] for part in parts]) for place in range(len(first))]
    return np.concatenate(parts)

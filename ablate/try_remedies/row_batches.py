"""Read rows from data sets and generators of batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ablate.core.errors import TaskError
from ablate.try_remedies.row_arrays import NONE, Read, array_of

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
    shuffled = True
    if hasattr(source, "as_numpy_iterator"):
        again = array_of(_numpy(next(iter(source))[1]))
        shuffled = not (
            again.shape == kept[0][1].shape and bool((again == kept[0][1]).all()) and _differs(kept, source)
        )
    y = np.concatenate([batch[1] for batch in kept])
    weights = np.concatenate([batch[2] for batch in kept]) if len(kept[0]) > 2 else None
    return _joined([batch[0] for batch in kept]), y, weights, NONE, (len(kept[0][1]), shuffled)


def _differs(kept: list[tuple[Any, ...]], source: Any) -> bool:
    """Return whether a second pass begins with the same inputs, so that the data set does not shuffle."""
    again = _flat(array_of(_numpy(next(iter(source))[0])))
    first = _flat(kept[0][0])
    return all(
        one.shape == other.shape and bool(np.array_equal(one, other)) for one, other in zip(again, first, strict=True)
    )


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

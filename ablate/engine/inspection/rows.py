"""Take the rows that `fit` gets as arrays, split as `fit` splits them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.engine.inspection.pairing import unpaired

QUICK = 1.0
"""A data set that takes more seconds is read only once."""

MOST = 4_096
"""Rows that are read of a data set that is not an array."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a `fit`.

    Attributes:
        x, y: training inputs (an array, or a list, tuple or mapping of arrays) and labels.
        weights: sample weights; None without.
        validation: inputs and labels that `fit` validates on; None without.
        batch: rows of a batch.
        per_epoch: steps of an epoch.
        source: arguments of `fit` that pass the data: `x`, and `y` if there is one.
        unpaired: share of rows that a data set gives another label when it is read again.
    """

    x: Any
    y: np.ndarray
    weights: np.ndarray | None
    validation: tuple[Any, np.ndarray] | None
    batch: int
    per_epoch: int
    source: Mapping[str, Any]
    unpaired: float = 0.0

    def few(self, chosen: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Return inputs, labels and weights of chosen training rows."""
        weights = None if self.weights is None else self.weights[chosen]
        return mapped(lambda part: part[chosen], self.x), self.y[chosen], weights


def mapped(function: Callable[[np.ndarray], Any], x: Any) -> Any:
    """Apply a function to each array of the inputs.

    Args:
        function: takes and returns an array.
        x: an array, or a list, tuple or mapping of arrays.
    """
    if isinstance(x, Mapping):
        return {name: mapped(function, part) for name, part in x.items()}
    return type(x)(mapped(function, part) for part in x) if isinstance(x, list | tuple) else function(x)


def arrays(x: Any) -> list[np.ndarray]:
    """Return the arrays of the inputs in a list."""
    if isinstance(x, Mapping):
        return [array for part in x.values() for array in arrays(part)]
    return [array for part in x for array in arrays(part)] if isinstance(x, list | tuple) else [x]


def tensors(x: Any) -> Any:
    """Return the arrays of the inputs as tensors."""
    from ablate.engine.runtime import tf

    return mapped(tf.constant, x)


def read(x: Any, y: Any, fit: Mapping[str, Any]) -> Rows:
    """Read the rows of a `fit`.

    Args:
        x: inputs: arrays, or a data set that yields batches (inputs, labels) or (inputs, labels, weights).
        y: labels; None if `x` yields them.
        fit: further arguments of `fit`.
    """
    if y is None:
        return _from_batches(x, fit)
    source, x, y = x, mapped(_array, x), _array(y)
    if not (isinstance(x, np.ndarray) and x.dtype == object):
        source = x  # texts stay the tensor that they are: `fit` takes no array of them
    weights = fit.get("sample_weight")
    weights = None if weights is None else _array(weights)
    count = len(y)
    held = int(count * (1 - fit["validation_split"])) if fit.get("validation_split") else count
    validation = fit.get("validation_data")
    if held < count and validation is None:
        validation = (mapped(lambda part: part[held:], x), y[held:])
    batch = int(fit.get("batch_size") or 32)
    return Rows(
        x=mapped(lambda part: part[:held], x),
        y=y[:held],
        weights=None if weights is None else weights[:held],
        validation=_pair(validation),
        batch=min(batch, held),
        per_epoch=int(fit.get("steps_per_epoch") or -(-held // batch)),
        source={"x": source, "y": y},
    )


def _array(part: Any) -> np.ndarray:
    return np.asarray(part)


def _pair(validation: Any) -> tuple[Any, np.ndarray] | None:
    if validation is None:
        return None
    if isinstance(validation, list | tuple):
        return mapped(_array, validation[0]), _array(validation[1])
    batches = _batches(validation)
    return joined([batch[0] for batch in batches]), np.concatenate([batch[1] for batch in batches])


def _batches(source: Any) -> list[tuple[Any, ...]]:
    """Return batches of a data set until MOST rows are read."""
    batches: list[tuple[Any, ...]] = []
    rows = 0
    for batch in itertools.islice(iter(source), 10_000):
        batches.append(tuple(mapped(_array, part) for part in batch))
        rows += len(batches[-1][1])
        if rows >= MOST:
            break
    return batches


def joined(parts: list[Any]) -> Any:
    """Return batches one after the other, in the form of the first: an array, or a mapping or list of these."""
    first = parts[0]
    if isinstance(first, Mapping):
        return {name: joined([part[name] for part in parts]) for name in first}
    if isinstance(first, list | tuple):
        return type(first)(joined([part[index] for part in parts]) for index in range(len(first)))
    return np.concatenate([np.asarray(part) for part in parts])


def _from_batches(source: Any, fit: Mapping[str, Any]) -> Rows:
    begun = time.monotonic()
    batches = _batches(source)
    quick = time.monotonic() - begun < QUICK and hasattr(source, "element_spec")
    try:
        length = len(source)
    except TypeError:
        length = len(batches)
    x, y = joined([batch[0] for batch in batches]), np.concatenate([batch[1] for batch in batches])
    weights = np.concatenate([batch[2] for batch in batches]) if len(batches[0]) > 2 else None
    return Rows(
        x=x,
        y=y,
        weights=weights,
        validation=_pair(fit.get("validation_data")),
        batch=len(batches[0][1]),
        per_epoch=int(fit.get("steps_per_epoch") or length),
        source={"x": source},
        unpaired=_unpaired(source, x, y) if quick else 0.0,
    )


def _unpaired(source: Any, x: Any, y: np.ndarray) -> float:
    """Return the share of rows that have another label when a data set is read again."""
    batches = _batches(source)
    again = joined([batch[0] for batch in batches]), np.concatenate([batch[1] for batch in batches])
    return unpaired((arrays(x), y), (arrays(again[0]), again[1]))

"""Take a few of the rows that `fit` trains and validates on, without moving a data set that `fit` reads from.

Arrays can be read at any time. Of a `tf.data.Dataset`, a fresh iterator would draw from the same source of random
order as `fit`, so only parts below the first shuffling are read. What else yields batches is not read at all.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np

from ablate.engine.callback.call_of_fit import Call
from ablate.engine.inspection import rows as user_rows
from ablate.engine.inspection.rows import Rows, arrays, joined, mapped

SAMPLE = 4_096
"""Training rows that are kept at most."""

VALIDATED = 512
"""Validation rows that are looked at, at most."""

WHOLE = 50_000_000
"""Inputs of at most so many numbers are searched for NaN in whole."""

STILL = ("TensorSlice", "Tensor", "Range", "Batch", "Prefetch", "Repeat", "Take", "Options", "ParallelBatch", "Skip")
"""Data sets that give the same rows each time and have no state that an iterator moves."""

ABOVE = (*STILL, "Shuffle", "Model", "AutoShard", "Rebatch")
"""Data sets that pass on rows as they are, in whatever order or batches."""


class HiddenError(Exception):
    """Rows cannot be read without changing what `fit` gets."""


def few(count: int, most: int) -> np.ndarray:
    """Return places of a few rows, spread over all.

    Args:
        count: rows that there are.
        most: rows that are wanted at most.

    Examples:
        >>> few(10, 4).tolist(), few(3, 4).tolist()
        ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def taken(call: Call, validation: Any) -> Rows:
    """Return the rows of a `fit`: all labels, and SAMPLE inputs at most.

    Args:
        call: how `fit` was called.
        validation: rows to look at in place of those that `fit` validates on; None to take these.

    Raises:
        HiddenError: the rows cannot be read without changing the training.
    """
    fit = {name: call.arguments[name] for name in ("batch_size", "steps_per_epoch") if name in call.arguments}
    if call.y is None:
        x, y, batch = _of_batches(call.x)
        apart = shuffled_apart(call.x)
        fit.setdefault("batch_size", batch)
    else:
        x, y, apart = call.x, call.y, False
    held = validation if validation is not None else call.validation
    rows = user_rows.read(x, y, {**fit, "sample_weight": call.weights, "validation_data": _pair(held)})
    source = {"x": call.x} if call.y is None else {"x": call.x, "y": call.y}
    return dataclasses.replace(rows, source=source, unpaired=float(apart))


def sampled(rows: Rows, most: int = SAMPLE) -> Rows:
    """Return rows with fewer of them: random training rows, and validation rows spread over all.

    Args:
        rows: the rows.
        most: training rows that are kept at most.
    """
    count = len(rows.y)
    chosen = np.random.default_rng(0).permutation(count)[:most] if count > most else np.arange(count)
    x, y, weights = rows.few(chosen)
    held = rows.validation
    if held is not None:
        keep = few(len(held[1]), VALIDATED)
        held = mapped(lambda part: part[keep], held[0]), held[1][keep]
    return dataclasses.replace(rows, x=x, y=y, weights=weights, validation=held)


def bad_rows(rows: Rows) -> int | None:
    """Return how many training rows hold NaN or infinity; None if that is too much to look through."""
    parts = [part for part in arrays(rows.x) if np.issubdtype(part.dtype, np.floating)]
    if sum(part.size for part in parts) > WHOLE:
        return None
    bad = np.zeros(len(rows.y), bool)
    for part in parts:
        bad |= ~np.isfinite(part.reshape(len(part), -1)).all(axis=1)
    return int(bad.sum())


def _pair(held: Any) -> Any:
    """Return validation rows as arrays, or None if they cannot be read."""
    if held is None or isinstance(held, list | tuple):
        return held
    try:
        x, y, _ = _of_batches(held)
    except HiddenError:
        return None
    return x, y


def _of_batches(source: Any) -> tuple[Any, np.ndarray, int]:
    """Return inputs, labels and rows of a batch of a data set.

    Raises:
        HiddenError: reading would change what the next reader gets.
    """
    kind = type(source)
    if not hasattr(source, "element_spec") or not kind.__module__.startswith("tensorflow."):
        raise HiddenError(f"rows come from a {kind.__name__}, which may not give the same rows twice")
    batch, below = _below(source)
    rows = list(itertools.islice(iter(below.batch(256) if _single(below, source) else below), SAMPLE // 256 + 1))
    if not rows or not isinstance(rows[0], tuple) or len(rows[0]) < 2:
        raise HiddenError("the data set yields no pairs of inputs and labels")
    x = joined([row[0] for row in rows])
    y = np.concatenate([np.asarray(row[1]) for row in rows])
    return x, y, batch


def _single(below: Any, source: Any) -> bool:
    """Return whether a data set below another one yields single rows where that one yields batches."""

    def dims(one: Any) -> int:
        spec = one.element_spec
        return len(spec[1].shape) if isinstance(spec, tuple) and len(spec) > 1 else 0

    return dims(below) < dims(source)


def _below(source: Any) -> tuple[int, Any]:
    """Return the rows of a batch, and the part of a data set that can be read without moving anything."""
    batch, one, answer = 32, source, source
    while True:
        name, inputs = _name(one), one._inputs()
        if name == "Zip" and all(_is_still(part) for part in inputs):
            return batch, answer
        if name == "Zip":
            return batch, type(source).zip(tuple(_below(part)[1] for part in inputs))
        if name not in ABOVE or len(inputs) > 1:
            raise HiddenError(f"rows pass a {name} data set, which may not give the same rows twice")
        if "Batch" in name:
            batch = int(one._batch_size)
        if name == "Shuffle":
            answer = inputs[0]
        if not inputs:
            return batch, answer
        one = inputs[0]


def shuffled_apart(source: Any) -> bool:
    """Return whether a data set zips inputs and labels that are shuffled each by itself, in orders of their own.

    Two shuffles give the same order only if they have the same seed, which is not 0, and the same buffer.
    """
    inputs = source._inputs()
    if _name(source) == "Zip":
        orders = [_orders(part) for part in inputs]
        return any(order != orders[0] or (0, 0) in [seeds[:2] for seeds in order] for order in orders)
    return any(shuffled_apart(part) for part in inputs)


def _orders(source: Any) -> list[tuple[int, int, int]]:
    """Return both seeds and the buffer of each shuffle in a data set."""
    mine = [source._seed, source._seed2, source._buffer_size] if _name(source) == "Shuffle" else []
    below = [order for part in source._inputs() for order in _orders(part)]
    return [*([(int(mine[0]), int(mine[1]), int(mine[2]))] if mine else []), *below]


def _name(source: Any) -> str:
    return type(source).__name__.strip("_").removesuffix("Dataset")


def _is_still(source: Any) -> bool:
    return _name(source) in STILL and all(_is_still(part) for part in source._inputs())

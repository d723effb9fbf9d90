"""Judge columns of inputs: whether whole numbers name things, and what the type of a model's input takes away."""

from __future__ import annotations

import itertools

import numpy as np

COLUMNS = 2_048
"""Columns that are measured at most; of wider inputs, evenly spaced ones."""

MOST_ROWS = 4_000
"""Inputs are measured on so many rows at most."""


def names(first: np.ndarray, good: np.ndarray) -> bool:
    """Return whether whole numbers look like names of words: many, alike in each column, unlike their neighbours.

    Args:
        first: the first input as it is given, to see whether its rows are lists of numbers.
        good: finite rows of all inputs, side by side.
    """
    if first.ndim != 2 or good.shape[1] < 4 or good.min() < 0 or not (good == np.round(good)).all():
        return False
    varying = good[:, good.std(axis=0) > 0]
    if varying.shape[1] < 4 or good.max() < 20:
        return False
    tops = varying.max(axis=0)
    with np.errstate(all="ignore"):
        neighbours = [abs(np.corrcoef(one, other)[0, 1]) for one, other in itertools.pairwise(varying.T[:41])]
    return bool(np.mean(tops > good.max() / 4) > 0.8 and np.nanmedian(neighbours) < 0.2)


def names_alone(good: np.ndarray, labels: np.ndarray) -> bool:
    """Return whether a single column of whole numbers names things: equal ones agree on a class, neighbours do not.

    Args:
        good: finite rows of all inputs, side by side.
        labels: labels of these rows.
    """
    if good.shape[1] != 1 or good.min() < 0 or good.max() < 20 or not (good == np.round(good)).all():
        return False
    numbers, places = np.unique(good[:, 0], return_inverse=True)
    classes = np.unique(labels, return_inverse=True)[1].reshape(-1)
    if len(numbers) < 20 or len(numbers) > len(good) / 2 or classes.max() > len(good) / 4:
        return False
    table = np.zeros((len(numbers), classes.max() + 1))
    np.add.at(table, (places, classes), 1)
    largest, chance = table.argmax(axis=1), (np.bincount(classes) / len(classes)) ** 2
    alike = float(np.mean(largest[1:] == largest[:-1]))
    others = table[places]
    others[np.arange(len(good)), classes] -= 1  # a row must not vouch for itself
    agree = float(np.mean((others.argmax(axis=1) == classes) & (others.sum(axis=1) > 0)))
    return agree > alike + 0.3 and alike < float(chance.sum()) + 0.2


def rounding(part: np.ndarray, kind: str) -> float:
    """Return the largest error of a column, over its deviation, that rounding to a type makes.

    Args:
        part: an input as it is given.
        kind: the type that the model's input has.

    Examples:
        >>> towns = 40_000.0 + np.arange(200)[:, None]
        >>> round(rounding(towns, "float16"), 2), round(rounding(towns, "float32"), 2)
        (0.16, 0.0)
        >>> rounding(np.linspace(0, 0.9, 50)[:, None], "int32") > 1
        True
    """
    if not np.issubdtype(part.dtype, np.number) or not kind.startswith(("float16", "bfloat16", "int", "uint")):
        return 0.0
    table = part[:: -(-len(part) // MOST_ROWS)].reshape(len(part[:: -(-len(part) // MOST_ROWS)]), -1)[:, :COLUMNS]
    table = table[np.isfinite(table).all(axis=1)].astype(np.float64)
    deviations = table.std(axis=0)
    if not (deviations > 0).any():
        return 0.0
    with np.errstate(all="ignore"):
        if kind == "bfloat16":  # the upper half of a float32
            taken = (table.astype(np.float32).view(np.uint32) + 0x8000 & 0xFFFF0000).view(np.float32)
        else:
            taken = table.astype(kind)
        error = np.sqrt(np.mean((taken.astype(np.float64) - table) ** 2, axis=0))
    return float(np.nan_to_num((error / np.where(deviations > 0, deviations, np.inf)).max(), posinf=1.0))

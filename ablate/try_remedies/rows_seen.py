"""See what a program's rows are, from their numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.engine.as_is import answers
from ablate.engine.as_is.answers import Labels

MANY = 20
"""Whole numbers with more distinct values than this may be names of words."""


@dataclass(frozen=True, kw_only=True)
class RowsSeen:
    """What the rows are.

    Attributes:
        rows: training rows.
        several: whether there are several inputs.
        shape: shape of one row of the inputs.
        numbers: whether the inputs are numbers.
        tensor: whether the inputs are texts as a tensor or a data set holds them.
        whole: whether all inputs are whole numbers, 0 or more, with many distinct values.
        tokens: whether they look like names of words: whole, and alike from column to column.
        lowest, highest: range of the inputs.
        deviation: standard deviation of all inputs.
        spread: largest over smallest range of a column that varies. A pixel that is rarely lit varies little, and its
            range is that of the others.
        bad: rows that are not finite.
        labels: what the labels are.
        low_label, high_label: the smallest and largest label.
        sorted: whether equal labels follow each other.
        majority: share of the most frequent class.
    """

    rows: int
    several: bool
    shape: tuple[int, ...]
    numbers: bool
    tensor: bool
    whole: bool
    tokens: bool
    lowest: float
    highest: float
    deviation: float
    spread: float
    bad: int
    labels: Labels
    low_label: float
    high_label: float
    sorted: bool
    majority: float


def see(x: Any, y: Any) -> RowsSeen:
    """Look at the rows that `fit` gets.

    Args:
        x: inputs: an array, or a list or mapping of arrays.
        y: labels.
    """
    several = isinstance(x, list | tuple | dict)
    first = np.asarray((list(x.values()) if isinstance(x, dict) else x)[0] if several else x)
    labels = answers.read(np.asarray(y))
    wanted = answers.truth(np.asarray(y), labels)
    numbers = first.dtype.kind in "biuf"
    flat = first[:20_000].reshape(min(len(first), 20_000), -1).astype(np.float64) if numbers else np.zeros((1, 1))
    finite = flat[np.isfinite(flat).all(1)]
    finite = finite if len(finite) else np.zeros((1, flat.shape[1]))
    ranges = np.ptp(finite, axis=0)
    ranges = ranges[ranges > 0]
    whole, tokens = _whole(finite)
    in_a_row = float((wanted[1:] == wanted[:-1]).mean()) if wanted.ndim == 1 and len(wanted) > 1 else 0.0
    counts = np.unique(wanted, return_counts=True)[1]
    changes = int((wanted[1:] != wanted[:-1]).sum()) if wanted.ndim == 1 else len(wanted)
    return RowsSeen(
        rows=len(wanted),
        several=several,
        shape=tuple(first.shape[1:]),
        numbers=numbers,
        tensor=first.dtype == object,
        whole=whole,
        tokens=tokens and first.ndim == 2 and not several,
        lowest=float(finite.min()),
        highest=float(finite.max()),
        deviation=float(finite.std()),
        spread=float(ranges.max() / ranges.min()) if len(ranges) else 1.0,
        bad=int(len(flat) - np.isfinite(flat).all(1).sum()),
        labels=labels,
        low_label=_number(labels.values[0]) if len(labels.values) else 0.0,
        high_label=_number(labels.values[-1]) if len(labels.values) else 0.0,
        sorted=in_a_row > 0.9 and changes < 4 * len(counts),
        majority=float(counts.max() / counts.sum()),
    )


def _number(label: Any) -> float:
    return float(label) if np.asarray(label).dtype.kind in "biuf" else float("nan")


def _whole(flat: np.ndarray) -> tuple[bool, bool]:
    """Return whether inputs are whole numbers with many values, and whether they look like names of words.

    The values of word numbers are alike from column to column and far apart within one: amounts of images are smooth,
    and those of tables differ from column to column.
    """
    part = flat[:2000]
    if not (part == np.round(part)).all() or part.min() < 0:
        return False, False
    distinct = len(np.unique(part))
    if distinct <= MANY or part.shape[1] < 4:
        return distinct > MANY, False
    medians = np.median(part, axis=0)
    alike = float(medians.std()) <= 0.5 * float(part.std())
    left, right = part[:, :-1].reshape(-1), part[:, 1:].reshape(-1)
    smooth = float(np.corrcoef(left, right)[0, 1]) if left.std() > 0 and right.std() > 0 else 0.0
    bytes_of_images = part.max() <= 255 and distinct > 100 and smooth > 0.5
    return True, bool(alike and smooth < 0.5 and not bytes_of_images and distinct > 30)

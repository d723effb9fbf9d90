"""See whether a data set gives a row the same label each time that it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

ENOUGH = 20
"""Fewer rows that were met twice say nothing."""


def unpaired(first: tuple[Sequence[np.ndarray], np.ndarray], second: tuple[Sequence[np.ndarray], np.ndarray]) -> float:
    """Return the share of rows that have another label the second time, among those met both times.

    Inputs and labels that are shuffled apart make new pairs at each reading. Rows that occur more than once are left
    out.

    Args:
        first: arrays of the inputs, and labels, as the first reading gave them.
        second: the same of the second reading.

    Examples:
        >>> x = np.arange(30.0).reshape(30, 1)
        >>> unpaired(([x], np.arange(30)), ([x[::-1]], np.arange(30)[::-1]))
        0.0
        >>> unpaired(([x], np.arange(30)), ([x[::-1]], np.arange(30)[::-1] + 1))
        1.0
    """
    before, after = _by_row(first), _by_row(second)
    both = before.keys() & after.keys()
    return sum(before[row] != after[row] for row in both) / len(both) if len(both) >= ENOUGH else 0.0


def _by_row(read: tuple[Sequence[np.ndarray], np.ndarray]) -> dict[bytes, bytes]:
    """Return the label of each row that occurs once, both as bytes."""
    parts, labels = read
    rows = [b"".join(np.ascontiguousarray(part[number]).tobytes() for part in parts) for number in range(len(labels))]
    found = {row: np.ascontiguousarray(label).tobytes() for row, label in zip(rows, labels, strict=True)}
    often = Counter(rows)
    return {row: label for row, label in found.items() if often[row] == 1}

"""The accuracy at the end of trials, beside every count of them: 8 of 8 above chance may be right about few rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("accuracy", "accuracy_min", "accuracy_max")
"""Median, smallest and largest share of correct validation rows at the last evaluation."""


def by_group(trials: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return one row a group: `keys`, and COLUMNS; NaN where no trial of the group was evaluated.

    Args:
        trials: one row a trial, with `final_accuracy`.
        keys: the columns in which the trials of a group agree.
    """
    groups = trials["final_accuracy"].groupby([trials[key] for key in keys], observed=True)
    names = dict(zip(COLUMNS, ("median", "min", "max"), strict=True))
    return groups.agg(list(names.values())).set_axis(list(COLUMNS), axis=1).reset_index()


def text(values: Iterable[float]) -> str:
    """Say the median and the range of accuracies at the end; an empty text without any.

    Examples:
        >>> text([0.4, 0.42, 0.5]), text([0.97, 0.97]), text([float("nan")])
        ('accuracy .42 (.40 to .50)', 'accuracy .97', '')
    """
    import statistics

    known = [value for value in values if value == value]
    return words(statistics.median(known), min(known), max(known)) if known else ""


def endings(trials: pd.DataFrame) -> str:
    """Say how many trials ended in which state, the most frequent first, each with the accuracy at the end.

    Args:
        trials: one row a trial, with `state` and `final_accuracy`.
    """
    counts = trials["state"].astype(str).value_counts()
    parts = []
    for state, count in counts.items():
        accuracy = text(trials["final_accuracy"][trials["state"] == state])
        parts.append(f"{count:,} {state}" + (f", {accuracy}" if accuracy else ""))
    return f"All trials, by how they ended: {'; '.join(parts)}."


def words(median: float, low: float, high: float) -> str:
    """Say a median with its range; an empty text if it is NaN.

    Args:
        median: the median.
        low: the smallest value.
        high: the largest value.
    """
    if median != median:
        return ""
    middle, first, last = (f"{value:.2f}".removeprefix("0") for value in (median, low, high))
    return f"accuracy {middle}" + ("" if first == last else f" ({first} to {last})")

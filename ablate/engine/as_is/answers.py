"""Read classes from labels and predictions, so that accuracy is counted whatever metric the user compiled.

A row of several numbers names the class of the largest one. A single number names a class by a threshold: .5 for
probabilities, 0 for logits and for labels -1 and 1. The problem is one of classes, or it is outside what can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["classes", "several_labels", "regression", "texts"]

MOST_CLASSES = 200
"""More distinct numbers than this, on less than five rows each, are amounts and not classes."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the labels are.

    Attributes:
        kind: `classes`, or why no accuracy can be counted.
        values: the distinct labels, sorted; for one-hot rows the column numbers.
        one_hot: whether each label is a row with a single one.
    """

    kind: Kind
    values: np.ndarray
    one_hot: bool = False


def read(y: np.ndarray) -> Labels:
    """Return what labels are, from the labels alone.

    Examples:
        >>> read(np.array([1, 2, 3, 2])).values.tolist(), read(np.eye(3)).one_hot
        ([1, 2, 3], True)
        >>> read(np.array([[1, 1], [0, 1]])).kind, read(np.linspace(0, 1, 500)).kind
        ('several_labels', 'regression')
    """
    if y.dtype.kind not in "biuf":
        return Labels(kind="texts", values=np.unique(y.astype(str)))
    y = y.reshape(len(y)) if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim >= 2 and y.shape[-1] > 1 and set(np.unique(y).tolist()) <= {0, 1}:
        sums = y.sum(-1)
        if (sums == 1).all():
            return Labels(kind="classes", values=np.arange(y.shape[-1]), one_hot=True)
        if y.ndim == 2:
            return Labels(kind="several_labels", values=np.arange(y.shape[-1]))
    values = np.unique(y[np.isfinite(y)])
    whole = bool((values == np.round(values)).all())
    few = len(values) <= min(MOST_CLASSES, max(2, y.size // 5)) if whole else len(values) <= min(20, y.size // 10)
    if y.ndim >= 2 and not whole:
        return Labels(kind="regression", values=values)
    return Labels(kind="classes" if few else "regression", values=values)


def truth(y: np.ndarray, labels: Labels) -> np.ndarray:
    """Return the label of each row, as one of `labels.values`.

    Args:
        y: labels as `fit` gets them.
        labels: what they are.
    """
    y = np.asarray(y)
    if labels.one_hot:
        return np.asarray(y.argmax(-1))
    return y.reshape(len(y)) if y.ndim == 2 and y.shape[1] == 1 else y


def named(predicted: np.ndarray, labels: Labels, zero: bool) -> np.ndarray:
    """Return the label that each prediction names.

    Args:
        predicted: the model's output.
        labels: what the labels are.
        zero: whether a single number is a logit or a margin, so that 0 divides the two classes.

    Examples:
        >>> two = read(np.array([0, 1, 1, 0]))
        >>> named(np.array([[0.2], [0.7]]), two, zero=False).tolist(), named(np.eye(2), two, zero=False).tolist()
        ([0, 1], [0, 1])
    """
    if predicted.ndim >= 2 and predicted.shape[-1] > 1:
        index = np.where(np.isfinite(predicted).all(-1), predicted.argmax(-1), 0)
        return np.asarray(index)
    numbers = predicted.reshape(predicted.shape[0]) if predicted.ndim <= 2 else predicted[..., 0]
    values = labels.values
    if len(values) != 2:
        return np.asarray(values[np.abs(numbers[..., None] - values).argmin(-1)])
    threshold = 0.0 if zero else float(values.mean())
    return np.asarray(np.where(numbers > threshold, values[1], values[0]))


def correct(predicted: np.ndarray, y: np.ndarray, labels: Labels, zero: bool) -> tuple[int, int]:
    """Return how many rows are right, and how many there are; a row of several labels counts by its share.

    Args:
        predicted: the model's output.
        y: labels as `fit` gets them.
        labels: what they are.
        zero: as for `named`.
    """
    answers, wanted = named(predicted, labels, zero), truth(y, labels)
    if answers.shape != wanted.shape:
        return 0, len(wanted)
    right = answers == wanted
    return round(float(right.reshape(len(right), -1).mean(-1).sum())), len(right)


JUDGED = 600
"""Validation rows that a trial is judged on, if there are more."""


def judged(count: int) -> np.ndarray:
    """Return the validation rows that a trial is judged on: all, or JUDGED of them spread evenly.

    Args:
        count: validation rows.

    Examples:
        >>> len(judged(100)), len(judged(10_000))
        (100, 600)
    """
    return np.unique(np.linspace(0, count - 1, min(count, JUDGED)).astype(int))

"""Compute accuracies from predictions, whatever a model's metrics say."""

from __future__ import annotations

from typing import Any

import numpy as np

from ablate.engine.any_backend import keras
from ablate.engine.inspection import data
from ablate.engine.inspection.head import last_activation
from ablate.engine.inspection.rows import Rows, arrays, mapped

JUDGED = 512
"""Rows that accuracies are computed on."""


def predictions(model: Any, x: Any, batch: int, *, training: bool) -> np.ndarray:
    """Return a model's predictions, batch by batch; in training mode a last batch that is not full is left out.

    Args:
        model: the model.
        x: inputs.
        batch: rows of a batch.
        training: whether layers run in training mode.
    """
    count, parts = len(arrays(x)[0]), []
    for start in range(0, count - batch + 1 if training and count > batch else count, batch):
        cut = slice(start, start + batch)
        part = model(mapped(lambda array, cut=cut: array[cut], x), training=training)  # type: ignore[misc]
        parts.append(np.asarray(keras.ops.convert_to_numpy(part), np.float64))
    return np.concatenate(parts)


def named(model: Any, rows: Rows, made: np.ndarray) -> np.ndarray:
    """Return the label that each prediction stands for; a single output is cut in the middle of the labels.

    Args:
        model: the model.
        rows: the rows, whose labels give the middle.
        made: predictions.
    """
    table = made.reshape(len(made), -1)
    if table.shape[1] > 1:
        return np.where(np.isfinite(table).all(axis=1), table.argmax(axis=1), -1)
    truth = data.values(rows.y)
    lowest, highest = float(truth.min()), float(truth.max())
    middle = 0.0 if takes_logits(model) else (lowest + highest) / 2
    return np.where(table[:, 0] > middle, highest, lowest)


def takes_logits(model: Any) -> bool:
    """Return whether a model's loss takes logits and its output is logits; behind a sigmoid Keras finds them itself.

    Args:
        model: the compiled model.
    """
    settings = model.loss.get_config() if hasattr(model.loss, "get_config") else {}
    logits = settings.get("from_logits", getattr(model.loss, "from_logits", False))
    return bool(logits) and last_activation(model) not in ("sigmoid", "hard_sigmoid")


def accuracy(model: Any, rows: Rows, x: Any, labels: np.ndarray, *, training: bool = False) -> float:
    """Return the share of rows whose prediction stands for the label.

    Args:
        model: the model.
        rows: the rows of `fit`.
        x: inputs to judge on.
        labels: their labels, one number each.
        training: whether layers run in training mode, with batches as large as in `fit`.
    """
    made = predictions(model, x, max(rows.batch, 2) if training else 256, training=training)
    return float(np.mean(named(model, rows, made) == labels[: len(made)]))


def best_cut(made: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the best accuracy that one cut through a single output gives, in either direction; None for more outputs.

    Args:
        made: predictions.
        labels: labels of two kinds.

    Examples:
        >>> best_cut(np.array([[0.9], [0.8], [0.3], [0.1]]), np.array([0, 0, 1, 1]))
        1.0
    """
    table = made.reshape(len(made), -1)
    classes = np.unique(labels, return_inverse=True)[1]
    if table.shape[1] > 1 or classes.max() != 1 or not np.isfinite(table).all():
        return None
    order = np.argsort(table[:, 0], kind="stable")
    ranked, ones = table[order, 0], classes[order]
    below = np.concatenate([[0], np.cumsum(ones == 0)])
    above = ones.sum() - np.concatenate([[0], np.cumsum(ones == 1)])
    allowed = np.concatenate([[True], ranked[1:] > ranked[:-1], [True]])
    right = (below + above)[allowed] / len(ones)
    return float(max(right.max(), 1 - right.min()))


def apart(made: np.ndarray, labels: np.ndarray) -> float | None:
    """Return how far the means of a single output over two classes lie apart; None for more outputs or classes.

    Args:
        made: predictions.
        labels: labels of two kinds; their distance is the unit.

    Examples:
        >>> apart(np.array([[0.9], [0.8], [0.3], [0.1]]), np.array([0, 0, 1, 1]))
        0.65
    """
    table, values = made.reshape(len(made), -1), np.unique(labels)
    if table.shape[1] > 1 or len(values) != 2 or not np.isfinite(table).all():
        return None
    means = [float(table[labels == value, 0].mean()) for value in values]
    return round(abs(means[1] - means[0]) / float(values[1] - values[0]), 6)


def most(labels: np.ndarray) -> float:
    """Return the share of the most frequent label."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))

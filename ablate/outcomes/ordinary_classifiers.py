"""What ordinary classifiers find: the accuracy to compare with, and whether labels have anything to do with inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.remedies import input_scale

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Task

ROWS = 800
"""The most rows that are used."""

SHUFFLES, FOLDS, NEIGHBOURS = 199, 5, 5

MOST_CLASSES = 50
"""With more classes only the nearest neighbours are asked: least squares would take minutes."""

STREAM = 204
"""Keeps these random numbers apart from those of tasks and trials."""


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Whether labels have anything to do with inputs: classifiers, cross-validated, against shuffled labels.

    The score is the share of rows that the better of two classifiers gets right, with every class weighted equally.
    The same score under shuffled labels gives the p-value, so it holds for any data (Ojala and Garriga 2010,
    "Permutation Tests for Studying Classifier Performance", test 1).

    Attributes:
        score: share of rows right, the mean over classes.
        shuffled: the score that one in twenty data sets with shuffled labels exceeds.
        p: p-value of the score if labels have nothing to do with inputs.
    """

    score: float
    shuffled: float
    p: float


def best_accuracy(task: Task) -> float:
    """Return the accuracy on the validation rows of the best of a few classifiers, trained on the training rows.

    No further one is trained once one reaches 99 %.
    """
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    inputs = input_scale.scale(input_scale.PLAIN, task.inputs, task.train_rows)
    train = task.train_rows[np.isfinite(inputs[task.train_rows]).all(axis=1)]
    train = train[:: -(-len(train) // 10_000)]
    best = 0.0
    for classifier in (
        KNeighborsClassifier(min(5, len(train)), weights="distance"),
        RandomForestClassifier(100, random_state=0),
        LogisticRegression(max_iter=200),
    ):
        if best < 0.99:
            classifier.fit(inputs[train], task.labels[train])
            best = max(best, float(classifier.score(inputs[task.probe_rows], task.labels[task.probe_rows])))
    return best


def relation(task: Task, among: np.ndarray | None = None) -> Relation:
    """Return whether labels have anything to do with the inputs of a task; equal tasks give equal answers.

    Args:
        task: the task.
        among: the rows to ask about; all of them by default.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM])))
    asked = np.arange(len(task.inputs)) if among is None else np.sort(among)
    rows = np.sort(rng.permutation(asked[np.isfinite(task.inputs[asked]).all(axis=1)])[:ROWS])
    inputs = input_scale.scale(input_scale.PLAIN, task.inputs, task.train_rows)[rows].astype(np.float64)
    labels = task.labels[rows]
    fold = rng.permutation(np.arange(len(rows)) % FOLDS)
    shuffled = rng.permuted(np.broadcast_to(labels, (SHUFFLES, len(rows))), axis=1)
    every = np.concatenate([labels[None], shuffled])
    weight = 1 / np.maximum(np.bincount(labels, minlength=task.classes), 1) / len(np.unique(labels))
    with threadpool_limits(limits=1, user_api="blas"):
        predictions = [_neighbours(inputs, fold, every)]
        if task.classes <= MOST_CLASSES:
            predictions.append(_least_squares(inputs, fold, every, task.classes))
    scores = np.max([((predicted == every) * weight[every]).sum(axis=1) for predicted in predictions], axis=0)
    return Relation(
        score=float(scores[0]),
        shuffled=float(np.quantile(scores[1:], 0.95)),
        p=float((scores[1:] >= scores[0] - 1e-12).sum() + 1) / (SHUFFLES + 1),
    )


def _neighbours(inputs: np.ndarray, fold: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the most frequent label among each row's nearest rows of other folds, [labellings, rows]."""
    import numpy as np

    square = (inputs**2).sum(axis=1)
    distance = square[:, None] + square[None, :] - 2 * inputs @ inputs.T
    distance[fold[:, None] == fold[None, :]] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    near = labels[:, nearest]
    votes = (near[..., :, None] == near[..., None, :]).sum(axis=-1)
    chosen: np.ndarray = np.take_along_axis(near, votes.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    return chosen


def _least_squares(inputs: np.ndarray, fold: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the class with the largest output of a ridge regression on the other folds, [labellings, rows]."""
    import numpy as np

    hat = np.zeros((len(fold), len(fold)), np.float32)
    for held in range(FOLDS):
        test, train = np.flatnonzero(fold == held), np.flatnonzero(fold != held)
        mean = inputs[train].mean(axis=0)
        known, asked = inputs[train] - mean, inputs[test] - mean
        ridge = 0.1 * len(train) * np.eye(inputs.shape[1])
        hat[np.ix_(test, train)] = asked @ np.linalg.solve(known.T @ known + ridge, known.T)
    outputs = []
    for label in range(classes):
        truth = (labels == label).astype(np.float32)
        share = np.stack([truth[:, fold != held].mean(axis=1) for held in range(FOLDS)])
        outputs.append((truth - share.mean(axis=0)[:, None]) @ hat.T)
    return np.asarray(np.argmax(outputs, axis=0))

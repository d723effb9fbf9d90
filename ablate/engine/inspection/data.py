"""Measure labels and inputs, and what ordinary classifiers learn from them; nothing here needs TensorFlow."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ablate.engine.inspection import columns
from ablate.engine.inspection.records import Inputs, Labels, Reference
from ablate.engine.inspection.rows import Rows, arrays

ROWS = 1_600
"""Rows that classifiers learn from and are judged on."""


def numbered(y: np.ndarray) -> np.ndarray:
    """Return the class of each label: the column of the largest number, or the rank of the label among all labels.

    Examples:
        >>> numbered(np.array([[0, 1], [1, 0]])), numbered(np.array([3.0, 1.0, 3.0]))
        (array([1, 0]), array([1, 0, 1]))
    """
    if y.ndim > 1 and y.shape[-1] > 1:
        return np.asarray(np.argmax(y.reshape(len(y), -1), axis=1))
    return np.unique(y.reshape(len(y), -1)[:, 0], return_inverse=True)[1].reshape(-1)


def values(y: np.ndarray) -> np.ndarray:
    """Return one number a label: the class number of one-hot rows, the label itself otherwise."""
    return numbered(y) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]


def class_numbers(y: np.ndarray) -> np.ndarray:
    """Return class numbers as the loss counts them: labels themselves where they are whole numbers from 0."""
    numbers = values(y)
    whole = numbers.dtype.kind in "biuf" and bool((numbers == np.floor(numbers)).all()) and numbers.min() >= 0
    return numbers.astype(int) if whole else numbered(y)


def labels(rows: Rows) -> Labels:
    """Measure the labels."""
    y = rows.y
    flat = y.reshape(len(y), -1)
    number = np.issubdtype(y.dtype, np.number) or y.dtype == bool
    finite = np.isfinite(flat.astype(float)).all(axis=1) if number else np.ones(len(y), bool)
    wide = flat.shape[1] > 1
    ones = (flat == 1).sum(axis=1) if number else np.zeros(len(y), int)
    binary = number and bool(np.isin(flat, (0, 1)).all())
    classes = numbered(y[finite])
    counts = np.bincount(classes)
    counts = counts[counts > 0]
    alike = float(np.mean(classes[1:] == classes[:-1])) if len(classes) > 1 else 0.0
    by_chance = float(((counts / counts.sum()) ** 2).sum())
    seen = set(np.unique(values(y)).tolist())
    other = set() if rows.validation is None else set(np.unique(values(rows.validation[1])).tolist())
    return Labels(
        rows=len(y),
        shape=tuple(y.shape[1:]),
        dtype=str(y.dtype),
        classes=len(counts),
        lowest=float(flat[finite].min()) if number else 0.0,
        highest=float(flat[finite].max()) if number else 0.0,
        whole=bool(number and (flat[finite] == np.round(flat[finite].astype(float))).all()),
        one_hot=bool(wide and binary and (ones == 1).all()),
        rows_of_several=float((ones > 1).mean()) if wide and binary else 0.0,
        bad_rows=int((~finite).sum()),
        majority=float(counts.max() / counts.sum()),
        minority=float(counts.min() / counts.sum()),
        sorted_share=(alike - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0,
        unseen=_share_of(rows, seen),
        absent=len(seen - other) / len(seen) if other else 0.0,
        validation_rows=0 if rows.validation is None else len(rows.validation[1]),
        counter=len(counts) > 0.9 * len(y) and len(y) > 20,
        unpaired=rows.unpaired,
    )


def _share_of(rows: Rows, seen: set[Any]) -> float:
    if rows.validation is None:
        return 0.0
    return float(np.mean([value not in seen for value in values(rows.validation[1]).tolist()]))


def flat(x: Any) -> np.ndarray | None:
    """Return the numbers of each row side by side, at most `columns.COLUMNS`; None if no input holds numbers."""
    parts = [part.reshape(len(part), -1) for part in arrays(x) if np.issubdtype(part.dtype, np.number)]
    if not parts:
        return None
    joined = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    return joined[:, :: -(-joined.shape[1] // columns.COLUMNS)].astype(np.float64)


def inputs(rows: Rows, embedded: bool, kinds: Sequence[str] = ()) -> Inputs | None:
    """Measure the inputs.

    Args:
        rows: the rows.
        embedded: whether an `Embedding` reads them.
        kinds: types that the model's inputs have; empty if unknown.
    """
    table = flat(rows.x)
    if table is None:
        return None
    table = table[:: -(-len(table) // columns.MOST_ROWS)]
    finite = np.isfinite(table).all(axis=1)
    good = table[finite]
    if not len(good):
        good = np.zeros((1, table.shape[1]))
    deviations = good.std(axis=0)
    varying = deviations[deviations > 0]
    first = arrays(rows.x)[0]
    other = None if rows.validation is None else flat(rows.validation[0])
    outside = 0.0
    if other is not None and len(varying) and len(other):
        shift = np.abs(np.nanmean(other, axis=0) - good.mean(axis=0))[deviations > 0] / varying
        outside = float(np.median(shift))
    return Inputs(
        shape=tuple(first.shape[1:]),
        dtype=str(first.dtype),
        bad_rows=int((~finite).sum()),
        lowest=float(good.min()),
        highest=float(good.max()),
        largest=float(np.abs(good).max()),
        mean=float(good.mean()),
        deviation=float(good.std()),
        narrowest=float(varying.min()) if len(varying) else 0.0,
        widest=float(varying.max()) if len(varying) else 0.0,
        offset=float((np.abs(good.mean(axis=0))[deviations > 0] / varying).max()) if len(varying) else 0.0,
        constant=float(np.mean(deviations == 0)),
        whole=bool((good == np.round(good)).all()),
        distinct=len(np.unique(good)),
        names=columns.names(first, good)
        or columns.names_alone(good, values(rows.y)[:: -(-len(rows.y) // columns.MOST_ROWS)][finite]),
        embedded=embedded,
        copies=1 - len(np.unique(good, axis=0)) / len(good),
        outside=outside,
        rounding=max(
            (columns.rounding(part, kind) for part, kind in zip(arrays(rows.x), kinds, strict=False)), default=0.0
        ),
    )


def reference(rows: Rows, names: bool) -> Reference | None:
    """Train ordinary classifiers on a random part of the rows and judge them on the rest.

    Args:
        rows: the rows; training and validation rows are pooled.
        names: whether the inputs look like names of words, which a further classifier then reads as such.
    """
    from threadpoolctl import threadpool_limits

    table, y = flat(rows.x), values(rows.y)
    if table is None or y.dtype.kind not in "biufUSO":
        return None
    if rows.validation is not None and (other := flat(rows.validation[0])) is not None:
        table, y = np.concatenate([table, other]), np.concatenate([y, values(rows.validation[1])])
    classes = np.unique(y, return_inverse=True)[1].reshape(-1)
    good = np.isfinite(table).all(axis=1)
    trained = (np.arange(len(classes)) < len(rows.y))[good]
    table, classes = table[good], classes[good]
    if len(classes) < 20 or len(np.unique(classes)) > len(classes) / 4 or len(np.unique(classes)) < 2:
        return None
    order = np.random.default_rng(0).permutation(len(classes))[:ROWS]
    cut = int(0.7 * len(order))
    train, test = order[:cut], order[cut:]
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = {name: model.fit(table[train], classes[train]).predict(table[test]) == classes[test]
                 for name, model in _classifiers(len(train)).items()}  # fmt: skip
        tokens = _tokens(table, classes, train, test) if names else None
    scores = {name: float(hits.mean()) for name, hits in right.items()}
    held = not trained[test].all()
    return Reference(
        accuracy=max([*scores.values(), tokens or 0.0]),
        majority=float(np.bincount(classes[test]).max() / len(test)),
        rows=len(test),
        p_value=_by_guessing([*right.values()], classes[test], tokens),
        by_name=scores,
        tokens=tokens,
        train_p_value=_by_guessing([hits[trained[test]] for hits in right.values()], classes[test][trained[test]])
        if held
        else None,
        validation_p_value=_by_guessing(
            [hits[~trained[test]] for hits in right.values()], classes[test][~trained[test]]
        )
        if held
        else None,
    )


def _by_guessing(right: list[np.ndarray], classes: np.ndarray, tokens: float | None = None) -> float:
    """Return the probability that naming the most frequent class is right as often as the best classifier.

    It is multiplied by the number of classifiers, after Bonferroni.
    """
    from scipy.stats import binom

    if not len(classes):
        return 1.0
    shares = [*(float(hits.mean()) for hits in right), *([] if tokens is None else [tokens])]
    majority = float(np.bincount(classes).max() / len(classes))
    alone = float(binom.sf(round(max(shares) * len(classes)) - 1, len(classes), majority))
    return min(1.0, alone * len(shares))


def _classifiers(rows: int) -> dict[str, Any]:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(min(5, rows), weights="distance")),
        "trees": ExtraTreesClassifier(100, random_state=0),
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=100)),
    }


def _tokens(table: np.ndarray, classes: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Return the accuracy of a classifier that counts how often each name occurs in a row."""
    from scipy.sparse import csr_matrix
    from sklearn.naive_bayes import MultinomialNB

    words = table.astype(np.int64)
    rows = np.repeat(np.arange(len(words)), words.shape[1])
    counts = csr_matrix((np.ones(words.size), (rows, words.reshape(-1))))
    return float(MultinomialNB().fit(counts[train], classes[train]).score(counts[test], classes[test]))


def readable(outputs: np.ndarray, classes: np.ndarray) -> float:
    """Return how well an ordinary classifier reads classes from a layer's outputs, in three-fold cross-validation.

    Args:
        outputs: numbers of each row, [rows, numbers].
        classes: class of each row.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folds = StratifiedKFold(3, shuffle=True, random_state=0)
        score = cross_val_score(ExtraTreesClassifier(30, random_state=0), outputs, classes, cv=folds)
    return float(score.mean())

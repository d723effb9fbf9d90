"""Make further small data sets of programs: pairs, sequences, spirals, parities, textures; the same at every call."""

from __future__ import annotations

import numpy as np
from sklearn import datasets

from validation.programs.data import Data, digits


def spirals(classes: int = 3, rows: int = 600, turns: float = 0.8, noise: float = 0.08) -> Data:
    """Arms of a spiral in the plane, one a class."""
    rng = np.random.RandomState(2)
    y = rng.permutation(np.arange(rows) % classes)
    radius = rng.uniform(0.15, 1.0, rows)
    angle = 2 * np.pi * (y / classes + turns * radius)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.normal(0, noise * 0.5, (rows, 2))
    return (2 * x).astype("float32"), y


def parity(signs: int = 3, rows: int = 1200, features: int = 8) -> Data:
    """Numbers of -1 and 1; the class says whether an odd number of the first ones is 1."""
    rng = np.random.RandomState(4)
    x = rng.choice([-1.0, 1.0], (rows, features))
    y = (x[:, :signs] > 0).sum(1) % 2
    return (x + rng.normal(0, 0.1, x.shape)).astype("float32"), y


def rings(classes: int = 3, rows: int = 900, features: int = 6) -> Data:
    """Shells around the origin, one a class."""
    x, y = datasets.make_gaussian_quantiles(n_samples=rows, n_features=features, n_classes=classes, random_state=7)
    return x.astype("float32"), y


def mixture(classes: int = 5, rows: int = 1000, features: int = 20, flipped: float = 0.0, apart: float = 1.5) -> Data:
    """Two clouds a class among columns that say nothing, as `sklearn.datasets.make_classification`."""
    x, y = datasets.make_classification(rows, features, n_informative=10, n_redundant=0, n_classes=classes,
                                        flip_y=flipped, class_sep=apart, random_state=11)  # fmt: skip
    return x.astype("float32"), y


def patients(rows: int = 442) -> Data:
    """Ten measures of patients; has their diabetes got worse than the median? Real and noisy."""
    d = datasets.load_diabetes()
    order = np.random.RandomState(0).permutation(len(d.target))[:rows]
    return (21 * d.data[order]).astype("float32"), (d.target > np.median(d.target)).astype(int)[order]


def pairs(rows: int = 1400) -> tuple[list[np.ndarray], np.ndarray]:
    """Two pictures of digits as 64 numbers; do they show the same digit?"""
    x, digit = digits(1797)
    rng = np.random.RandomState(3)
    first, y = rng.randint(0, len(x), rows), rng.permutation(np.arange(rows) % 2)
    second = np.array([rng.choice(np.flatnonzero((digit == digit[one]) == bool(same)))
                       for one, same in zip(first, y, strict=True)])  # fmt: skip
    return [x[first], x[second]], y


def tones(classes: int = 4, rows: int = 500, length: int = 24, channels: int = 2) -> Data:
    """Series of channels; the length of the wave tells the class."""
    rng = np.random.RandomState(5)
    y = rng.permutation(np.arange(rows) % classes)
    waves = np.array([3.0, 5.0, 8.0, 14.0, 24.0])[y][:, None, None]
    phase = rng.uniform(0, 2 * np.pi, (rows, 1, channels))
    x = np.sin(2 * np.pi * np.arange(length)[None, :, None] / waves + phase) + rng.normal(
        0, 0.2, (rows, length, channels)
    )
    return x.astype("float32"), y


def padded(rows: int = 700, length: int = 80, words: int = 60) -> Data:
    """Short rows of word numbers with zeros behind them; which half of the words are commoner tells the class."""
    rng = np.random.RandomState(6)
    y = rng.permutation(np.arange(rows) % 2)
    x = np.zeros((rows, length), int)
    for row in range(rows):
        count = rng.randint(5, 9)
        common = rng.randint(1, words // 2, count) + (words // 2 if y[row] else 0)
        x[row, :count] = np.where(rng.uniform(size=count) < 0.9, common, rng.randint(1, words, count))
    return x, y


def ordered(rows: int = 1600, length: int = 10, words: int = 8) -> Data:
    """Rows of word numbers that hold word 1 and word 2; which of them comes first tells the class."""
    rng = np.random.RandomState(8)
    y = rng.permutation(np.arange(rows) % 2)
    x = rng.randint(3, words, (rows, length))
    for row in range(rows):
        first, second = np.sort(rng.choice(length, 2, replace=False))
        x[row, first], x[row, second] = (1, 2) if y[row] else (2, 1)
    return x, y


def marked(rows: int = 900, length: int = 12, classes: int = 4) -> Data:
    """Rows of vectors of which one is marked; that one tells the class, the others tell of other classes."""
    rng = np.random.RandomState(9)
    y = rng.permutation(np.arange(rows) % classes)
    shown = rng.randint(0, classes, (rows, length))
    place = rng.randint(0, length, rows)
    shown[np.arange(rows), place] = y
    mark = rng.choice([-1.0, 1.0], (rows, length))
    mark[np.arange(rows), place] = 0.0
    x = np.concatenate([np.eye(classes)[shown], mark[..., None]], axis=2) + rng.normal(0, 0.05, (rows, length, 5))
    return x.astype("float32"), y


def numbers_of_items(rows: int = 2400, items: int = 300, classes: int = 5) -> Data:
    """Numbers of items; each item is of some class, in no order."""
    rng = np.random.RandomState(10)
    x = rng.randint(0, items, (rows, 1))
    return x, rng.permutation(np.arange(items) % classes)[x[:, 0]]


def textures(rows: int = 700, size: int = 12) -> Data:
    """Pictures of stripes, of spots or of flat noise, with three channels."""
    rng = np.random.RandomState(12)
    y = rng.permutation(np.arange(rows) % 3)
    places = np.arange(size)
    x = rng.normal(0, 0.25, (rows, size, size, 3))
    for row in range(rows):
        across, down = rng.uniform(0, 2 * np.pi, 2)
        stripes = np.sin(2 * np.pi * places / 4 + across)[:, None] * np.ones(size)
        spots = np.sin(2 * np.pi * places / 4 + across)[:, None] * np.sin(2 * np.pi * places / 4 + down)
        x[row] += (stripes, spots, 0 * spots)[y[row]][..., None]
    return x.astype("float32"), y

"""Make the small data sets of the programs; each is the same at every call."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn import datasets

Data = tuple[np.ndarray, np.ndarray]


def _mixed(x: np.ndarray, y: np.ndarray, rows: int | None = None, seed: int = 0) -> Data:
    order = np.random.RandomState(seed).permutation(len(y))[:rows]
    return np.ascontiguousarray(x[order]), y[order]


@cache
def _loaded(name: str) -> Any:
    return getattr(datasets, f"load_{name}")()


def digits(rows: int = 800) -> Data:
    """Pictures of digits as 64 numbers from 0 to 1; ten classes."""
    d = _loaded("digits")
    return _mixed((d.data / 16).astype("float32"), d.target, rows)


def pictures(rows: int = 800) -> Data:
    """Pictures of digits, 8 x 8 x 1."""
    x, y = digits(rows)
    return x.reshape(-1, 8, 8, 1), y


def moons(rows: int = 600, noise: float = 0.1) -> Data:
    """Two half moons."""
    x, y = datasets.make_moons(rows, noise=noise, random_state=3)
    return x.astype("float32"), y


def circles(rows: int = 600) -> Data:
    """A circle inside another."""
    x, y = datasets.make_circles(rows, noise=0.08, factor=0.4, random_state=3)
    return x.astype("float32"), y


def table(name: str, *, standard: bool = True) -> Data:
    """Return `wine` (13 columns, 3 classes), `iris` (4, 3) or `breast_cancer` (30, 2)."""
    d = _loaded(name)
    x = (d.data - d.data.mean(0)) / d.data.std(0) if standard else d.data
    return _mixed(x.astype("float32"), d.target)


def blobs(classes: int = 4, rows: int = 600, features: int = 8, spread: float = 1.0, seed: int = 1) -> Data:
    """Clouds of points around one centre a class."""
    rng = np.random.RandomState(seed)
    y = np.arange(rows) % classes
    x = 2.0 * rng.normal(size=(classes, features))[y] + rng.normal(0, spread, (rows, features))
    return _mixed(x.astype("float32"), y)


def words(classes: int = 2, rows: int = 800, length: int = 20, count: int = 400) -> Data:
    """Rows of word numbers; some words are commoner in one class."""
    rng = np.random.RandomState(0)
    y = np.arange(rows) % classes
    x = rng.randint(1, count, (rows, length))
    marked = np.random.RandomState(9).permutation(np.arange(1, count))[: 30 * classes].reshape(classes, 30)
    for row in range(rows):
        x[row, rng.choice(length, 5, replace=False)] = rng.choice(marked[y[row]], 5)
    return _mixed(x, y)


def waves(rows: int = 500, length: int = 32) -> Data:
    """Waves of two lengths with random phases and mean 0, as (length, 1)."""
    rng = np.random.RandomState(0)
    y = np.arange(rows) % 2
    phase = rng.uniform(0, 6.3, (rows, 1))
    x = np.sin(2 * np.pi * np.arange(length) / np.where(y == 0, 16, 5)[:, None] + phase) + rng.normal(
        0, 0.3, (rows, length)
    )
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return _mixed(x[..., None].astype("float32"), y)


def bars(rows: int = 500, size: int = 10, classes: int = 2) -> Data:
    """Pictures of a bright bar, upright, lying or slanting, at a random place."""
    rng = np.random.RandomState(0)
    y = np.arange(rows) % classes
    x = rng.uniform(0, 0.3, (rows, size, size, 1))
    for row in range(rows):
        r, c, k = rng.randint(0, size - 6), rng.randint(0, size - 6), np.arange(6)
        places = ((r + k, c + 2), (r + 2, c + k), (r + k, c + k))[y[row]]
        x[row, places[0], places[1]] += 0.7
    return _mixed(x.astype("float32"), y)


def noise(classes: int = 4, rows: int = 800, features: int = 10) -> Data:
    """Inputs and labels that have nothing to do with each other."""
    rng = np.random.RandomState(5)
    return rng.normal(size=(rows, features)).astype("float32"), rng.randint(0, classes, rows)


def one_hot(data: Data) -> Data:
    """Return the data with labels as one-hot rows."""
    x, y = data
    return x, np.eye(y.max() + 1, dtype="float32")[y]

"""Make the small data sets of the fourth programs: outlines, chains, sets, boards; the same at every call."""

from __future__ import annotations

import numpy as np

from validation.programs.data import Data


def outlines(rows: int = 700, size: int = 12, classes: int = 4, noise: float = 0.15) -> Data:
    """Pictures of a square, a cross, a disc or a ring, at any place and in any size."""
    rng = np.random.RandomState(21)
    y = rng.permutation(np.arange(rows) % classes)
    down, across = np.mgrid[:size, :size]
    x = rng.normal(0, noise, (rows, size, size, 1))
    for row in range(rows):
        radius = rng.uniform(2.0, 3.5)
        high, wide = rng.uniform(radius, size - 1 - radius, 2)
        v, w = np.abs(down - high), np.abs(across - wide)
        far = np.sqrt(v**2 + w**2)
        drawn = (
            np.maximum(v, w) <= radius,
            (np.minimum(v, w) <= 0.8) & (np.maximum(v, w) <= radius),
            far <= radius,
            np.abs(far - radius) <= 0.7,
        )
        x[row, ..., 0] += (*drawn[2:], drawn[1], drawn[0])[y[row]]
    return x.astype("float32"), y


def chains(rows: int = 900, length: int = 24, signs: int = 10, classes: int = 3) -> Data:
    """Rows of signs, numbers from 1; which sign follows which tells the class, how often each comes does not."""
    rng = np.random.RandomState(22)
    y = rng.permutation(np.arange(rows) % classes)
    after = np.array([np.roll(np.arange(signs), 1 + 3 * name) for name in range(classes)])
    x = rng.randint(0, signs, (rows, length))
    for place in range(1, length):
        held = rng.uniform(size=rows) < 0.6
        x[:, place] = np.where(held, after[y, x[:, place - 1]], x[:, place])
    return x + 1, y


def point_sets(rows: int = 800, points: int = 16) -> Data:
    """Sets of points in the plane: two clouds, a line or a circle."""
    rng = np.random.RandomState(23)
    y = rng.permutation(np.arange(rows) % 3)
    x = rng.normal(0, 0.12, (rows, points, 2))
    for row in range(rows):
        angle, along = rng.uniform(0, 2 * np.pi), rng.uniform(-1.5, 1.5, points)
        ways = rng.uniform(0, 2 * np.pi, points)
        direction = np.array([np.cos(angle), np.sin(angle)])
        x[row] += (
            np.sign(along)[:, None] * direction,
            along[:, None] * direction,
            np.stack([np.cos(ways), np.sin(ways)], axis=1),
        )[y[row]]
    return x.astype("float32"), y


def board(rows: int = 1200, cells: int = 3) -> Data:
    """Points on a chessboard of `cells` x `cells`; the colour is the class."""
    rng = np.random.RandomState(24)
    x = rng.uniform(-1, 1, (rows, 2))
    y = np.floor((x + 1) / 2 * cells).astype(int).sum(1) % 2
    return x.astype("float32"), y


def customers(rows: int = 1200, towns: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Income, age and debts as measured, and the number of a town: is a customer of class 0, 1 or 2?"""
    rng = np.random.RandomState(25)
    town = rng.randint(0, towns, (rows, 1))
    income, age = rng.lognormal(10.3, 0.5, rows), rng.uniform(18, 90, rows)
    debts = rng.gamma(2.0, 6000.0, rows)
    level = np.log(income) - 10.3 - debts / 30_000 + 0.8 * rng.normal(size=towns)[town[:, 0]] + (age - 54) / 60
    y = np.searchsorted(np.quantile(level, [1 / 3, 2 / 3]), level + 0.1 * rng.normal(size=rows))
    return [np.stack([income, age, debts], axis=1).astype("float32"), town], y


def bumps(rows: int = 700, length: int = 40, channels: int = 3) -> Data:
    """Series of channels that each hold a bump; the channel whose bump comes first is the class."""
    rng = np.random.RandomState(26)
    places = rng.uniform(4, length - 4, (rows, channels))
    steps = np.arange(length)[None, :, None]
    x = np.exp(-(((steps - places[:, None, :]) / 2.0) ** 2)) + rng.normal(0, 0.1, (rows, length, channels))
    return x.astype("float32"), places.argmin(1)


def drawn_anew(data: Data, share: float, seed: int = 27) -> Data:
    """Return the data with a share of its labels drawn anew."""
    x, y = data
    rng = np.random.RandomState(seed)
    return x, np.where(rng.uniform(size=len(y)) < share, rng.randint(0, y.max() + 1, len(y)), y)

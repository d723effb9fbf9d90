"""Make the small data sets of the fifth programs: films, graphs, likes, sums, notes; the same at every call."""

from __future__ import annotations

import numpy as np

from validation.programs.data import Data


def films(rows: int = 500, frames: int = 6, size: int = 8, classes: int = 4) -> Data:
    """Films of a dot that goes right, left, down or up, round the edges of the picture."""
    rng = np.random.RandomState(31)
    y = rng.permutation(np.arange(rows) % classes)
    x = rng.normal(0, 0.1, (rows, frames, size, size, 1))
    down, across = rng.randint(0, size, (2, rows))
    ways = np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])[y]
    for frame in range(frames):
        x[np.arange(rows), frame, (down + frame * ways[:, 0]) % size, (across + frame * ways[:, 1]) % size] += 1.5
    return x.astype("float32"), y


def graphs(rows: int = 700, nodes: int = 8) -> tuple[list[np.ndarray], np.ndarray]:
    """Weights of the nodes, and who is joined to whom: a ring, a star or two groups; a few joins are drawn anew."""
    rng = np.random.RandomState(32)
    y = rng.permutation(np.arange(rows) % 3)
    joined = np.zeros((3, nodes, nodes))
    places = np.arange(nodes)
    joined[0, places, (places + 1) % nodes] = joined[1, 0, 1:] = 1
    joined[2, : nodes // 2, : nodes // 2] = joined[2, nodes // 2 :, nodes // 2 :] = 1
    joined = np.triu(np.maximum(joined, joined.transpose(0, 2, 1)), 1)[y]
    drawn = np.triu(rng.uniform(size=joined.shape) < 0.06, 1)
    joined = np.abs(joined - drawn)
    joined = joined + joined.transpose(0, 2, 1)
    order = np.argsort(rng.uniform(size=(rows, nodes)), axis=1)
    joined = joined[np.arange(rows)[:, None, None], order[:, :, None], order[:, None, :]]
    return [rng.uniform(0.5, 1.5, (rows, nodes, 2)).astype("float32"), joined.astype("float32")], y


def likes(rows: int = 2400, users: int = 40, items: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Numbers of users and of items; does the one like the other? Two hidden tastes decide."""
    rng = np.random.RandomState(33)
    taste, kind = rng.normal(size=(users, 2)), rng.normal(size=(items, 2))
    user, item = rng.randint(0, users, (rows, 1)), rng.randint(0, items, (rows, 1))
    return [user, item], ((taste[user[:, 0]] * kind[item[:, 0]]).sum(1) > 0).astype(int)


def sums(rows: int = 1500, modulus: int = 11) -> Data:
    """Two numbers; the class is their sum modulo `modulus`."""
    x = np.random.RandomState(34).randint(0, modulus, (rows, 2))
    return x, x.sum(1) % modulus


def readings(rows: int = 600, channels: int = 4, length: int = 32) -> Data:
    """Readings of electrodes in volts; the channel that holds a slow wave tells the class."""
    rng = np.random.RandomState(35)
    y = rng.permutation(np.arange(rows) % channels)
    x = rng.normal(0, 0.7, (rows, channels, length))
    wave = np.sin(2 * np.pi * np.arange(length) / 10 + rng.uniform(0, 6.3, (rows, 1)))
    x[np.arange(rows), y] += 1.5 * wave
    return (1e-5 * x[..., None]).astype("float32"), y


def notes(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Short texts about the weather, the kitchen or the road."""
    rng = np.random.RandomState(36)
    common, *topics = (line.split() for line in (
        "today we had some very nice and rather long while there was a little more of it",
        "rain wind cloud storm sunny frost snow mild",
        "bread soup salt oven plate spoon onion butter",
        "wheel lorry bridge traffic lane petrol brake signal",
    ))  # fmt: skip
    y = rng.permutation(np.arange(rows) % 3)
    texts = [" ".join(rng.permutation([*rng.choice(common, 6), *rng.choice(topics[topic], 2)])) for topic in y]
    return np.array(texts, dtype=object), y


def bars_and_sizes(rows: int = 700, size: int = 9) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures of an upright or lying line, and two columns; line and sign of the first column make four classes."""
    rng = np.random.RandomState(37)
    lying, great = rng.randint(0, 2, (2, rows))
    x = rng.uniform(0, 0.4, (rows, size, size, 1))
    place = rng.randint(0, size, rows)
    for row in range(rows):
        (x[row, place[row]] if lying[row] else x[row, :, place[row]])[...] += 0.6
    columns = np.stack([(2 * great - 1) * rng.uniform(0.2, 2, rows), rng.normal(size=rows)], axis=1)
    return [x.astype("float32"), columns.astype("float32")], 2 * lying + great


def overlapping(rows: int = 2000, features: int = 6, strength: float = 1.2) -> Data:
    """Columns of which two say a little about four classes: half of the rows can be told at best."""
    rng = np.random.RandomState(38)
    y = rng.randint(0, 4, rows)
    x = rng.normal(size=(rows, features))
    x[:, 0] += strength * (y // 2 - 0.5)
    x[:, 1] += strength * (y % 2 - 0.5)
    return x.astype("float32"), y

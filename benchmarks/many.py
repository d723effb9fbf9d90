"""`python -m benchmarks.many [FOLDER]`: `ablate.fit_many` against `fit` of Keras at its best, network by network.

Writes FOLDER/many.csv (results/published/bench if not given): microseconds of a step of one model with 16 models side
by side, and of the same model alone under the faster of XLA and no XLA, both with 32 steps an execution. Turns
alternate in one process. Compiling is left out: the time of a short call is taken from that of a long one.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

import ablate

MODELS, BATCH, STEPS, EXECUTION = 16, 32, 64, 32
SHORT, LONG, PEER, ROUNDS = 1, 11, 3, 3
OUT = Path(__file__).parents[1] / "results" / "published" / "bench"
COLUMNS = ("network", "us_a_step", "keras_us_a_step", "keras_with", "ratio", "ratio_low", "ratio_high", "first_call_s")

NETWORKS: dict[str, Callable[[], list[Any]]] = {
    "Conv2D 16, batch norm, pooling, dropout, 8 x 8": lambda: [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.MaxPooling2D(),
        layers.Dropout(0.2),
        layers.Flatten(),
    ],
    "LSTM 16, 16 times": lambda: [keras.Input((16, 4)), layers.LSTM(16)],
    "LSTM 64, 16 times": lambda: [keras.Input((16, 4)), layers.LSTM(64)],
    "GRU 32, 16 times": lambda: [keras.Input((16, 4)), layers.GRU(32)],
}


def model(make: Callable[[], list[Any]], **options: Any) -> keras.Model:
    """Return a compiled model with ten outputs."""
    net = keras.Sequential([*make(), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(1e-3), loss, **options)
    return net


def seconds(work: Callable[[], object]) -> float:
    """Return the time that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rows() -> Iterator[dict[str, object]]:
    """Yield one row a network."""
    for name, make in NETWORKS.items():
        rng = np.random.default_rng(0)
        x = rng.normal(size=(STEPS * BATCH, *model(make).input_shape[1:])).astype(np.float32)
        y = rng.integers(0, 10, len(x))
        peers = {
            "XLA": model(make, jit_compile=True, steps_per_execution=EXECUTION),
            "no XLA": model(make, jit_compile=False, steps_per_execution=EXECUTION),
        }
        for peer in peers.values():
            peer.fit(x, y, batch_size=BATCH, verbose=0)
        yield row(name, make, (x, y), peers)


def row(
    name: str, make: Callable[[], list[Any]], data: tuple[np.ndarray, np.ndarray], peers: dict[str, keras.Model]
) -> dict[str, object]:
    """Return the row of one network."""
    ours: list[float] = []
    first: list[float] = []
    theirs: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(ROUNDS):
        taken = {}
        for epochs in (SHORT, LONG):
            nets = [model(make) for _ in range(MODELS)]
            taken[epochs] = seconds(lambda: ablate.fit_many(nets, *data, batch_size=BATCH, epochs=epochs))  # noqa: B023
        first.append(taken[SHORT])
        ours.append((taken[LONG] - taken[SHORT]) / ((LONG - SHORT) * STEPS * MODELS) * 1e6)
        for peer, net in peers.items():
            spent = seconds(lambda: net.fit(*data, batch_size=BATCH, epochs=PEER, verbose=0))  # noqa: B023
            theirs[peer].append(spent / (PEER * STEPS) * 1e6)
    best = min(peers, key=lambda peer: statistics.median(theirs[peer]))
    ratios = [keras_us / us for us, keras_us in zip(ours, theirs[best], strict=True)]
    return {
        "network": name,
        "us_a_step": round(statistics.median(ours)),
        "keras_us_a_step": round(statistics.median(theirs[best])),
        "keras_with": best,
        "ratio": round(statistics.median(ratios), 1),
        "ratio_low": round(min(ratios), 1),
        "ratio_high": round(max(ratios), 1),
        "first_call_s": round(statistics.median(first), 1),
    }


def main() -> None:
    """Measure every network and write the table."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.mkdir(parents=True, exist_ok=True)
    with (out / "many.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for measured in rows():
            print(measured, flush=True)
            table.writerow(measured)
            file.flush()


if __name__ == "__main__":
    main()

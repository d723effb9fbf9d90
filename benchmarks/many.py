"""`python -m benchmarks.many [FOLDER [NETWORK ...]]`: `ablate.fit_many` against `fit` of Keras at its best.

Writes FOLDER/many.csv (results/published/bench if not given): microseconds of a step of one model with 16 models side
by side, and of the same model alone under the faster of XLA and no XLA, both with 32 steps an execution. Turns
alternate in one process. Compiling is left out: the time of a short call is taken from that of a long one.
`first_call_s` is a first call's time, compiling included. Rows of networks that are not named stay.
`python docs/layers.py` shows the table.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["ABLATE_PROGRAMS"] = "off"  # what an earlier run has compiled would count as a short first call

import keras
import numpy as np
from keras import layers

import ablate

MODELS, BATCH, STEPS, EXECUTION = 16, 32, 64, 32
SHORT, PEER, ROUNDS = 1, 3, 3
OUT = Path(__file__).parents[1] / "results" / "published" / "bench"
COLUMNS = ("network", "us_a_step", "keras_us_a_step", "keras_with", "ratio", "ratio_low", "ratio_high", "first_call_s")
WORDS = 100
"""Token ids that an embedding knows."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that is measured: its inputs' shape, and what stands between inputs and the last dense layer.

    Attributes:
        shape: of an input.
        body: returns the layers, to be called in order.
        residual: whether the layers' input is added to their output.
        tokens: whether the inputs are token ids.
        epochs: of a long call; quick networks take more of them.
    """

    shape: tuple[int, ...]
    body: Callable[[], list[Any]]
    residual: bool = False
    tokens: bool = False
    epochs: int = 11


IMAGE, SERIES, TEXT = (8, 8, 4), (16, 4), (16,)


def attention() -> list[Any]:
    """Return a block of attention; its first layer takes one tensor as query, key and value."""
    attend = layers.MultiHeadAttention(2, 8)
    return [lambda x: attend(x, x), layers.LayerNormalization()]


NETWORKS: dict[str, Network] = {
    "Dense 64, twice": Network(
        epochs=101, shape=(64,), body=lambda: [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
    ),
    "Embedding, GlobalAveragePooling1D": Network(
        epochs=101, shape=TEXT, tokens=True, body=lambda: [layers.Embedding(WORDS, 16), layers.GlobalAveragePooling1D()]
    ),
    "Embedding, LSTM 16": Network(shape=TEXT, tokens=True, body=lambda: [layers.Embedding(WORDS, 16), layers.LSTM(16)]),
    "MultiHeadAttention, LayerNormalization, Add": Network(shape=SERIES, body=attention, residual=True),
    "Conv1D 16 dilated, SpatialDropout1D": Network(
        epochs=101,
        shape=SERIES,
        body=lambda: [layers.Conv1D(16, 3, dilation_rate=2, padding="same"), layers.SpatialDropout1D(0.2)],
    ),
    "Conv2D 16, MaxPooling2D": Network(
        shape=IMAGE, body=lambda: [layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D()]
    ),
    "Conv2D 16, BatchNormalization, MaxPooling2D, Dropout": Network(
        shape=IMAGE,
        body=lambda: [
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
        ],
    ),
    "Conv2D 4, BatchNormalization, Add": Network(
        shape=IMAGE,
        body=lambda: [layers.Conv2D(4, 3, padding="same", activation="relu"), layers.BatchNormalization()],
        residual=True,
    ),
    "DepthwiseConv2D, GlobalAveragePooling2D": Network(
        epochs=101,
        shape=IMAGE,
        body=lambda: [layers.DepthwiseConv2D(3, activation="relu"), layers.GlobalAveragePooling2D()],
    ),
    "SeparableConv2D 16": Network(
        epochs=101, shape=IMAGE, body=lambda: [layers.SeparableConv2D(16, 3, activation="relu")]
    ),
    "GaussianNoise, Dense 64": Network(
        epochs=101, shape=(64,), body=lambda: [layers.GaussianNoise(0.1), layers.Dense(64, activation="relu")]
    ),
    "SimpleRNN 32": Network(shape=SERIES, body=lambda: [layers.SimpleRNN(32)]),
    "GRU 32": Network(shape=SERIES, body=lambda: [layers.GRU(32)]),
    "LSTM 16": Network(shape=SERIES, body=lambda: [layers.LSTM(16)]),
    "LSTM 64": Network(shape=SERIES, body=lambda: [layers.LSTM(64)]),
    "Bidirectional LSTM 16": Network(shape=SERIES, body=lambda: [layers.Bidirectional(layers.LSTM(16))]),
}


def model(network: Network, **options: Any) -> keras.Model:
    """Return a compiled model with ten outputs."""
    start = keras.Input(network.shape)
    x = start
    for layer in network.body():
        x = layer(x)
    if network.residual:
        x = layers.Add()([start, x])
    net = keras.Model(start, layers.Dense(10)(x if len(x.shape) == 2 else layers.Flatten()(x)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(1e-3), loss, **options)
    return net


def seconds(work: Callable[[], object]) -> float:
    """Return the time that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rows(names: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield one row a network."""
    for name, network in ((name, NETWORKS[name]) for name in names):
        rng = np.random.default_rng(0)
        shape = (STEPS * BATCH, *network.shape)
        x = rng.integers(0, WORDS, shape) if network.tokens else rng.normal(size=shape).astype(np.float32)
        y = rng.integers(0, 10, len(x))
        peers = {
            "XLA": model(network, jit_compile=True, steps_per_execution=EXECUTION),
            "no XLA": model(network, jit_compile=False, steps_per_execution=EXECUTION),
        }
        for peer in peers.values():
            peer.fit(x, y, batch_size=BATCH, verbose=0)
        yield row(name, network, (x, y), peers)


def row(
    name: str, network: Network, data: tuple[np.ndarray, np.ndarray], peers: dict[str, keras.Model]
) -> dict[str, object]:
    """Return the row of one network."""
    ours: list[float] = []
    first = 0.0
    theirs: dict[str, list[float]] = {peer: [] for peer in peers}
    for measured in (False, *[True] * ROUNDS):  # the first time compiles
        taken = {}
        for epochs in (SHORT, network.epochs):
            nets = [model(network) for _ in range(MODELS)]
            taken[epochs] = seconds(lambda: ablate.fit_many(nets, *data, batch_size=BATCH, epochs=epochs))  # noqa: B023
        if not measured:
            first = taken[SHORT]
            continue
        ours.append((taken[network.epochs] - taken[SHORT]) / ((network.epochs - SHORT) * STEPS * MODELS) * 1e6)
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
        "first_call_s": round(first, 1),
    }


def main() -> None:
    """Measure every network and write the table."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.mkdir(parents=True, exist_ok=True)
    kept = dict(_measured(out / "many.csv"))
    for measured in rows(sys.argv[2:] or list(NETWORKS)):
        print(measured, flush=True)
        kept[str(measured["network"])] = measured
        with (out / "many.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(kept[name] for name in NETWORKS if name in kept)


def _measured(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the rows of an earlier run, by network."""
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            yield from ((row["network"], dict(row)) for row in csv.DictReader(file))


if __name__ == "__main__":
    main()

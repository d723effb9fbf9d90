"""A small convolutional network on the digits, against Keras at its best: the model of a user of `model=`."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.rows import Found
from benchmarks.steps import BEST
from benchmarks.turns import fastest, in_turn, micros, running
from benchmarks.work import Case

TITLE = "a trial-step, small CNN (8 x 8, two convolutions)"
TARGET = ">= 5"
STEPS = 100


def make() -> Any:
    """Two convolutions with pooling, one dense layer; compiled as a user would."""
    import keras
    from keras import layers

    net = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    net.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return net


def measure(found: Found, rounds: int) -> None:
    """Add the ratio: we train a stack on each core; peers fit the same model for as many steps from other weights."""
    cores = len(os.sched_getaffinity(0))
    words = ("study=cnn", "task=digits", "model=benchmarks.cnn:make", f"steps={STEPS}", "looks=5")
    case = Case(words=(*words, f"seed=range({8 * cores})"))
    with running("fused") as us, running("keras_cnn") as keras:
        ours = us.prepare(TITLE, [case])
        peers = {
            f"{BEST}, {name}": keras.prepare(name, [Case(words=words, option=option)])
            for name, option in {"no jit": "best", "jit": "best_jit"}.items()
        }
        (name,) = fastest(peers, dict.fromkeys(peers, BEST)).values()
        pairs = in_turn(ours, {name: peers[name]}, rounds)[name]
    found.figure(TITLE, "ablate, a worker a core", "us", [micros(turn) for turn, _ in pairs])
    found.figure(TITLE, name, "us", [micros(turn) for _, turn in pairs])
    found.ratio(TITLE, BEST, [micros(his) / micros(my) for my, his in pairs], TARGET)

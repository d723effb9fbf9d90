"""Models of a user of `model=`, a convolutional network and an LSTM on the digits, against Keras at its best."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ablate.engine import program
from benchmarks import work
from benchmarks.rows import Found
from benchmarks.steps import BEST
from benchmarks.turns import fastest, in_turn, micros, running
from benchmarks.work import Case

STEPS, LOOKS = 100, 5


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that is measured.

    Attributes:
        title: the benchmark's name.
        builder: name of the function of this module that makes it.
        target: of the ratio.
    """

    title: str
    builder: str
    target: str


MODELS = (
    Model(title="a trial-step, small CNN (8 x 8, two convolutions)", builder="cnn", target=">= 10"),
    Model(title="a trial-step, LSTM (8 times, 32 units)", builder="lstm", target=">= 4"),
)


def cnn() -> Any:
    """Return two convolutions with pooling and one dense layer, compiled as a user would."""
    from keras import layers

    return _compiled(
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
    )


def lstm() -> Any:
    """Return an LSTM over the eight lines of a digit, compiled as a user would."""
    from keras import layers

    return _compiled(layers.Reshape((8, 8)), layers.LSTM(32))


def _compiled(*hidden: Any) -> Any:
    import keras

    net = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10)])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    return net


def measure(found: Found, rounds: int) -> None:
    """Add each model's ratio: we train a full stack on each core; Keras fits the same model for as many steps."""
    for model in MODELS:
        _measure(found, model, rounds)


def _measure(found: Found, model: Model, rounds: int) -> None:
    cores = len(os.sched_getaffinity(0))
    network = f"model=benchmarks.models:{model.builder}"
    words = ("study=model", "task=digits", network, f"steps={STEPS}", f"looks={LOOKS}")
    slots = program.slots_of(work.trials((*words, "seed=0"))[0])
    case = Case(words=(*words, f"seed=range({slots * cores})"))
    with running("fused") as us, running("keras_model") as keras:
        ours = us.prepare(model.title, [case])
        peers = {
            f"{BEST}, {name}": keras.prepare(name, [Case(words=(model.builder,), option=option)])
            for name, option in {"no jit": "best", "jit": "best_jit"}.items()
        }
        (name,) = fastest(peers, dict.fromkeys(peers, BEST)).values()
        pairs = in_turn(ours, {name: peers[name]}, rounds)[name]
    found.figure(model.title, "ablate, a worker a core", "us", [micros(turn) for turn, _ in pairs])
    found.figure(model.title, name, "us", [micros(turn) for _, turn in pairs])
    found.ratio(model.title, BEST, [micros(his) / micros(my) for my, his in pairs], model.target)

"""Which compiled models share a program, and which of its losses and activations each has."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ablate.engine.many import alike, program
from ablate.engine.runtime import keras

L = keras.layers


def net(
    *layers: Any, rate: float = 0.1, loss: Any = "mse", momentum: float = 0.0, metrics: Any = None, features: int = 4
) -> Any:
    model = keras.Sequential([keras.Input((features,)), *(layers or (L.Dense(3),))])
    model.compile(keras.optimizers.SGD(rate, momentum=momentum), loss, metrics=metrics)
    return model


@pytest.mark.parametrize(
    ("other", "alone"),
    [
        (lambda: net(rate=0.2), False),
        (lambda: net(loss="mae"), False),
        (lambda: net(L.Dense(3, activation="relu")), False),
        (lambda: net(L.Dense(3, kernel_initializer="zeros")), False),
        (lambda: net(L.Dense(3, name="another")), False),
        (lambda: net(L.Dense(4)), True),
        (lambda: net(L.Dense(3, use_bias=False)), True),
        (lambda: net(momentum=0.5), True),
        (lambda: net(metrics=["accuracy"]), True),
        (lambda: net(rate=keras.optimizers.schedules.CosineDecay(0.1, 10)), True),
        (lambda: net(features=5), True),
    ],
)
def test_models_of_one_program_differ_in_numbers_losses_and_activations(other: Any, alone: bool) -> None:
    assert (alike.mark(net()) != alike.mark(other())) is alone
    assert len(alike.groups([net(), other()])) == 1 + alone


def test_each_model_has_its_own_loss_and_activations() -> None:
    def model(first: str, last: str, loss: Any) -> Any:
        return net(L.Dense(4, activation=first), L.Dropout(0.1), L.Dense(3, activation=last), loss=loss)

    models = [model("relu", "softmax", "mse"), net(), model("tanh", "softmax", "mae"), model("relu", "softmax", "mae")]
    group, single = alike.groups(models)
    assert (group.numbers, single.numbers) == ((0, 2, 3), (1,))
    assert {index: [json.loads(one) for one in kinds] for index, kinds in group.activations.items()} == {
        0: ["relu", "tanh"]
    }
    assert [json.loads(loss) for loss in group.losses] == ["mse", "mae"]
    assert group.chosen == ({"loss": 0, "0": 0}, {"loss": 1, "0": 1}, {"loss": 1, "0": 0})
    assert (single.activations, single.losses, single.chosen) == ({}, ('"mse"',), ({"loss": 0},))


def test_arguments_of_a_loss_that_keras_leaves_out_are_kept() -> None:
    y, p = np.eye(3, dtype="float32"), 9 * np.eye(3, dtype="float32")[::-1]
    (group,) = alike.groups([net(loss=keras.losses.Huber(delta=delta)) for delta in (0.5, 2.0)])
    values = [float(program._loss(json.loads(text))(y, p)) for text in group.losses]
    assert values == pytest.approx([float(keras.losses.Huber(delta=delta)(y, p)) for delta in (0.5, 2.0)])


def both(*inputs: Any) -> Any:
    return keras.Model(inputs, L.Add()(inputs))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (lambda: net(), ""),
        (lambda: net(loss=lambda y, p: y - p), "`__lambda__` is code of your own"),
        (lambda: net(L.Dense(3, activation=lambda x: x)), "`<lambda>` is code of your own"),
        (lambda: keras.Sequential([keras.Input((None, 2)), L.Dense(3)]), "its input has no fixed shape"),
        (lambda: both(keras.Input((2,)), keras.Input((2,))), "it has 2 inputs and 1 outputs"),
        (lambda: type("Mine", (keras.Model,), {})(), "it is a Mine, so its layers cannot be read"),
    ],
)
def test_what_trains_alone_is_said(model: Any, why: str) -> None:
    said = alike.why_alone(model())
    assert said.startswith(why)
    assert bool(said) == bool(why)

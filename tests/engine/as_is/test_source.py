"""Objects of Keras as source text: the text makes the same object, and says no default."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.as_is import source
from ablate.engine.as_is.source import NoSourceError, text_of

L = keras.layers
COSINE = "keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.1, decay_steps=30)"


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (None, "None"),
        (True, "True"),
        ("relu", "'relu'"),
        (np.float32(0.1), "0.1"),
        (1e-7, "1e-07"),
        (float("inf"), "inf"),
        ([1, (2,), (3, 4)], "[1, (2,), (3, 4)]"),
        ({"a": 0.5, 1: [None]}, "{'a': 0.5, 1: [None]}"),
        (keras.activations.tanh, "'tanh'"),
        (keras.losses.hinge, "'hinge'"),
        (keras.metrics.binary_accuracy, "'binary_accuracy'"),
        (keras.optimizers.SGD(), "keras.optimizers.SGD()"),
        (keras.optimizers.SGD(0.3, nesterov=True), "keras.optimizers.SGD(learning_rate=0.3, nesterov=True)"),
        (keras.initializers.HeNormal(), "'he_normal'"),
        (keras.initializers.RandomNormal(stddev=2.0), "keras.initializers.RandomNormal(stddev=2.0)"),
        (keras.losses.Huber(delta=0.5), "keras.losses.Huber(delta=0.5)"),
        (keras.losses.BinaryCrossentropy(from_logits=True), "keras.losses.BinaryCrossentropy(from_logits=True)"),
        (L.Dense(3), "keras.layers.Dense(units=3)"),
        (L.Dense(3, activation="linear", use_bias=False), "keras.layers.Dense(units=3, use_bias=False)"),
        (L.Dense(3, bias_regularizer="l2"), "keras.layers.Dense(units=3, bias_regularizer=keras.regularizers.L2())"),
        (L.Conv2D(4, 3), "keras.layers.Conv2D(filters=4, kernel_size=(3, 3))"),
        (L.Conv2D(4, 3, strides=2), "keras.layers.Conv2D(filters=4, kernel_size=(3, 3), strides=(2, 2))"),
        (L.MaxPooling2D((2, 1)), "keras.layers.MaxPooling2D(pool_size=(2, 1), strides=(2, 1))"),
        (L.Dropout(0.25, seed=3, name="x"), "keras.layers.Dropout(rate=0.25)"),
        (
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 30)),
            f"keras.optimizers.Adam(learning_rate={COSINE})",
        ),
        (
            L.Dense(2, kernel_initializer=keras.initializers.HeNormal(seed=1)),
            "keras.layers.Dense(units=2, kernel_initializer='he_normal')",
        ),
    ],
)  # fmt: skip
def test_what_is_written_makes_the_same(thing: Any, text: str) -> None:
    assert text_of(thing) == text
    made = eval(text, {"keras": keras, "inf": float("inf")})  # noqa: S307 - our own text
    assert text_of(made) == text


def mine(x: Any) -> Any:
    return x


class Mine(L.Layer):
    """A layer of one's own."""


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (mine, "the function mine is the user's own"),
        (Mine(), "Mine is the user's own"),
        (L.Dense(3, activation=mine), "the function 'mine' is the user's own"),
        ({"class_name": "Thing", "module": "elsewhere"}, "Thing is the user's own"),
        ({"class_name": "Thing", "module": "keras.layers"}, "Thing is not a class of Keras"),
        (object(), "object is the user's own"),
    ],
)
def test_what_is_the_users_own_has_no_text(thing: Any, message: str) -> None:
    with pytest.raises(NoSourceError, match=message):
        text_of(thing)


@pytest.mark.parametrize(
    ("value", "default", "name", "equal"),
    [
        (1.0, 1.0 + 1e-7, "x", True),
        (1.0, 1.00001, "x", False),
        ("linear", None, "activation", True),
        ("linear", None, "other", False),
        ("relu", None, "activation", False),
        ((1, 1), 1, "strides", True),
        ([1, 2], 1, "strides", False),
        ([1, 2], (1, 2), "strides", True),
        ("channels_last", None, "data_format", True),
        ("channels_first", None, "data_format", False),
        ({"class_name": "GlorotUniform", "config": {"seed": None}}, "glorot_uniform", "x", True),
        ({"class_name": "GlorotUniform", "config": {"seed": 1}}, "glorot_uniform", "x", False),
        ({"class_name": "GlorotNormal", "config": {}}, "glorot_uniform", "x", False),
    ],
)
def test_defaults_are_known_in_whatever_form_keras_keeps_them(value: Any, default: Any, name: str, equal: bool) -> None:
    assert source._equal(value, default, name) is equal

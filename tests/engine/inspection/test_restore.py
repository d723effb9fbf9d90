"""A model is put back as it was, with everything that a training moves."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.inspection import restore

L = keras.layers
X, Y = np.random.default_rng(0).normal(size=(8, 3)).astype("float32"), np.arange(8) % 2


class Drawing(keras.Model):
    """A subclassed model that draws random numbers itself, in a layer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.Sequential([L.Dense(4), L.BatchNormalization(), L.Dropout(0.5, seed=1)])
        self.last, self.seeds = L.Dense(2), keras.random.SeedGenerator(3)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.last(self.inner(x, training=training) + keras.random.normal((1, 4), seed=self.seeds))


def built(optimizer: Any = "adam") -> Any:
    made = Drawing()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(optimizer, loss, metrics=["accuracy"], run_eagerly=True)
    made.train_on_batch(X, Y)
    return made


def test_every_variable_is_there_once() -> None:
    made = built()
    several = restore.variables(made)
    assert len({id(one) for one in several}) == len(several)
    kept = {id(one) for one in several}
    assert kept >= {id(one) for one in (*made.variables, *made.optimizer.variables, made.seeds.state)}
    assert id(made.inner.layers[-1].seed_generator.state) in kept
    assert kept >= {id(one) for metric in made.metrics for one in metric.variables}


def test_a_model_that_is_not_compiled_has_its_weights_alone() -> None:
    made = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    assert [id(one) for one in restore.variables(made)] == [id(one) for one in made.variables]


@pytest.mark.parametrize("stop", [None, False, True])
def test_a_training_leaves_nothing_behind(stop: bool | None) -> None:
    made = built()
    if stop is not None:
        made.stop_training = stop
    before = [np.array(one.numpy()) for one in restore.variables(made)]
    random.seed(4)
    np.random.seed(5)  # noqa: NPY002
    drawn = random.random(), np.random.random()  # noqa: NPY002, S311
    random.seed(4)
    np.random.seed(5)  # noqa: NPY002
    with pytest.raises(KeyError), restore.unchanged(made):  # noqa: PT012
        made.train_on_batch(X, Y)
        random.random(), np.random.random()  # noqa: NPY002, S311
        made.stop_training = not stop
        raise KeyError
    assert (random.random(), np.random.random()) == drawn  # noqa: NPY002, S311
    for one, value in zip(restore.variables(made), before, strict=True):
        np.testing.assert_array_equal(one.numpy(), value)
    assert made.stop_training is bool(stop)


def test_a_model_that_never_trained_does_not_stop() -> None:
    made = SimpleNamespace(variables=[], metrics=[], _flatten_layers=lambda include_self: [made] * include_self)
    with restore.unchanged(made):
        made.stop_training = True
    assert made.stop_training is False

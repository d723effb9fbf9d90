"""A look leaves every number and every source of randomness as it was."""

from __future__ import annotations

import logging
import random
import warnings
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ablate.engine.callback import untouched as looks
from ablate.engine.callback.untouched import untouched

L = keras.layers
X, Y = np.random.default_rng(0).normal(size=(8, 3)).astype("float32"), np.arange(8) % 2


def built() -> Any:
    inner = keras.Sequential([keras.Input((3,)), L.Dense(4), L.BatchNormalization(), L.Dropout(0.5, seed=1)])
    made = keras.Sequential([keras.Input((3,)), inner, L.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile("adam", loss, metrics=["accuracy"], run_eagerly=True)
    made.train_on_batch(X, Y)
    return made


def test_variables_that_a_look_could_move_are_there_once() -> None:
    made = built()
    keras.random.uniform(())  # makes Keras' own generator
    few, whole = (looks.variables(made, trained=trained) for trained in (False, True))
    ids = {id(one) for one in few}
    assert len(ids) == len(few)
    assert ids >= {id(one) for one in (*made.non_trainable_variables, made.layers[0].layers[-1].seed_generator.state)}
    assert ids >= {id(one) for metric in made.metrics for one in metric.variables}
    assert ids.isdisjoint({id(one) for one in made.trainable_variables})
    assert {id(one) for one in whole} == ids | {
        id(one) for one in (*made.trainable_variables, *made.optimizer.variables)
    }
    common = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    assert id(common.state) in ids
    keras.src.backend.common.global_state.set_global_attribute("global_seed_generator", None)
    assert {id(one) for one in looks.variables(made, trained=False)} == ids - {id(common.state)}


def test_the_model_itself_may_draw() -> None:
    made = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    made.seeds = keras.random.SeedGenerator(3)
    generators = list(looks._generators(made))
    assert generators == [made.seeds]


@pytest.mark.parametrize("stop", [None, True])
def test_a_training_inside_leaves_nothing_behind(stop: bool | None) -> None:
    made = built()
    if stop is not None:
        made.stop_training = stop
    logger = logging.getLogger("tensorflow")
    level = logger.level
    keras.utils.set_random_seed(3)
    drawn = random.random(), float(np.random.random())  # noqa: NPY002, S311
    keras.utils.set_random_seed(3)
    source = looks._drawn()
    assert source is not None
    before = [np.array(one.numpy()) for one in looks.variables(made, trained=True)]
    with pytest.raises(KeyError), untouched(made, trained=True):  # noqa: PT012
        assert logger.level == logging.ERROR
        warnings.warn("of the model", stacklevel=1)
        made.train_on_batch(X, Y)
        random.random(), np.random.random(), tf.random.uniform(())  # noqa: NPY002, S311
        made.stop_training = not stop
        raise KeyError
    after = [np.array(one.numpy()) for one in looks.variables(made, trained=True)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (random.random(), float(np.random.random())) == drawn  # noqa: NPY002, S311
    assert looks._drawn() == source, "seeds that TensorFlow gives to operations"
    assert (made.stop_training, logger.level) == (bool(stop), level)


@pytest.mark.parametrize(("most", "trained", "kept"), [(308, False, 2), (307, False, 1), (307, True, 2)])
def test_only_small_variables_of_a_large_model_are_put_back(
    monkeypatch: pytest.MonkeyPatch, most: int, trained: bool, kept: int
) -> None:
    small, large, odd = (keras.Variable(np.zeros(size)) for size in (99, 109, 100))
    monkeypatch.setattr(looks, "MOST", most)
    monkeypatch.setattr(looks, "variables", lambda *_, trained: [small, large, odd])  # noqa: ARG005
    model = SimpleNamespace()
    with untouched(model, trained=trained):
        for one in (small, large, odd):
            one.assign_add(np.ones(one.shape))
    assert model.stop_training is False
    assert [float(one[0]) == 0.0 for one in (small, large, odd)] == [True, kept == 2, kept == 2]


def test_other_back_ends_have_no_source_of_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    tf.random.set_seed(3)
    assert looks._drawn() is not None
    monkeypatch.setattr(looks, "keras", SimpleNamespace(backend=SimpleNamespace(backend=lambda: "jax")))
    assert looks._drawn() is None

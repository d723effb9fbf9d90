"""A model that is built from its config leaves room for the layers of a repair."""

from __future__ import annotations

import collections
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.engine.callback import rebuild
from ablate.engine.runtime import keras


def test_a_new_layer_beside_those_of_a_config_has_a_name_of_its_own() -> None:
    layers = keras.layers
    named = [layers.Dense(3, name="dense"), layers.Dense(3, name="dense_2"), layers.Dense(3, name="mine_7")]
    model = keras.Sequential([keras.Input((4,)), *named])
    model.compile("adam", "mse")
    build = rebuild.builder_of(model)
    keras.utils.clear_session()  # as in another process, Keras has counted no name
    names = [layer.name for layer in build().layers]
    assert names == ["dense", "dense_2", "mine_7"]
    assert not {layers.Dense(1).name for _ in range(3)} & set(names)


class Shift(keras.layers.Layer):  # type: ignore[misc]
    """A layer of the user's own, which is not registered with Keras."""

    def build(self, _: Any) -> None:
        self.shift = self.add_weight(shape=(), initializer="ones")

    def call(self, x: Any) -> Any:
        return x + self.shift


def own_loss(truth: Any, made: Any) -> Any:
    return keras.ops.mean((truth - made) ** 2, -1)


def own_activation(x: Any) -> Any:
    return 2.0 * x


def model(loss: Any = own_loss, *parts: Any) -> Any:
    dense = keras.layers.Dense(2, activation=own_activation)
    made = keras.Sequential([*parts, dense, keras.Sequential([Shift()])])
    made.compile(keras.optimizers.SGD(0.25), loss, metrics=[own_loss])
    return made


def test_a_model_with_classes_and_functions_of_the_users_own_is_built_anew() -> None:
    given = model(own_loss, keras.Input((3,)))
    made = rebuild.builder_of(given)()
    assert made is not given
    assert (made.compiled, float(made.optimizer.learning_rate)) == (True, 0.25)
    made.set_weights(given.get_weights())
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(made(x), given(x), rtol=1e-6)
    assert {name for name, _ in rebuild._of_users(given)} >= {"Shift", "own_activation", "own_loss"}


@pytest.mark.parametrize(
    ("thing", "ours"),
    [
        (keras.layers.Dense, True), (dict, True), (np.ndarray, True), (collections.OrderedDict, True),
        (SimpleNamespace(__module__="_thread.inner"), True), (SimpleNamespace(__module__="jaxed"), False),
        (Shift, False), (own_loss, False),
    ],
)  # fmt: skip
def test_what_keras_knows_is_told_from_the_users_own(thing: Any, *, ours: bool) -> None:
    assert rebuild._is_ours(thing) is ours


def test_losses_and_metrics_are_found_in_any_nest() -> None:
    assert rebuild._flat({"a": [1, (2, {"b": 3})], "c": None}) == [1, 2, 3, None]


def test_a_model_that_keras_cannot_write_down_is_refused() -> None:
    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self, size: int) -> None:
            super().__init__()
            self.last = keras.layers.Dense(size)

        def call(self, x: Any) -> Any:
            return self.last(x)

    made = Net(2)
    made.compile("sgd", "mse")
    with pytest.raises(ConfigError, match=r"^The model cannot be built anew from itself: .*prove\(make_model="):
        rebuild.builder_of(made)
    with pytest.raises(ConfigError, match="loss or optimizer cannot be written down"):
        rebuild.builder_of(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]))


def test_training_goes_on_from_the_weights() -> None:
    x = np.ones((1, 3), np.float32)
    weights = [np.full((3, 2), 0.5, np.float32), np.zeros(2, np.float32), np.asarray(4.0, np.float32)]
    for parts in ((), (keras.Input((3,)),)):
        made = rebuild.going_on(lambda parts=parts: model(own_loss, *parts), weights, x)()  # type: ignore[misc]
        np.testing.assert_allclose(made(x), [[7.0, 7.0]])


def test_names_are_counted_up_to_those_of_the_model() -> None:
    layers = keras.layers
    keras.utils.clear_session()
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(2, name="dense_1")], name="inner")
    made = keras.Sequential(
        [keras.Input((2,)), layers.Flatten(name="flatten"), inner, layers.Dense(2, name="other_5"),
         layers.ReLU(name="re_lu_3")]
    )  # fmt: skip
    keras.utils.clear_session()
    rebuild.count_names(made)
    assert [kind().name for kind in (layers.Flatten, layers.ReLU)] == ["flatten_1", "re_lu_4"]
    assert layers.Dense(1).name == "dense_2"
    assert layers.Softmax().name == "softmax"

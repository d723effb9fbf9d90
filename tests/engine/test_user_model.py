"""A model is built from its template with another width, and its weights are drawn layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.engine import user_model
from ablate.engine.network import precision
from ablate.engine.runtime import keras

L = keras.layers


def node(kind: str, units: int, name: str = "dense_1") -> Json:
    return {"name": name, "layer": {"class_name": kind, "config": {"units": units, "use_bias": True}}}


@pytest.mark.parametrize(
    ("units", "width", "widest", "made"),
    [(16, 32, 16, 32), (8, 32, 16, 16), (3, 8, 16, 2), (1, 1, 16, 1), (5, 5, 5, 5)],
)
def test_hidden_layers_keep_their_ratio_to_the_widest(units: int, width: int, widest: int, made: int) -> None:
    layer = user_model._resized(node("Dense", units), width, widest, {"use_bias": None, "kernel_constraint": "x"})
    assert layer["config"] == {"units": made, "use_bias": True, "kernel_constraint": "x"}


@pytest.mark.parametrize(("kind", "name"), [("Dense", "output"), ("LSTM", "lstm_1")])
def test_other_layers_stay_as_they_are(kind: str, name: str) -> None:
    one = node(kind, 16, name)
    assert user_model._resized(one, 32, 16, {"kernel_constraint": "x"}) == one["layer"]


@pytest.mark.parametrize("kind", ["Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Dense", "Softmax"])
def test_activations_are_hidden_outputs(kind: str) -> None:
    assert user_model._is_activation(node(kind, 1)) is (kind not in ("Dense", "Softmax"))
    assert not user_model._is_activation({"remedy": "activation", "place": 0})


def test_variables_of_one_name_are_counted() -> None:
    class Twice(L.Layer):
        def build(self, _: Any) -> None:
            for at in range(3):
                self.add_weight(shape=(at + 1,), name="kernel")

    layer = Twice()
    layer.build((1, 2))
    named = user_model.variables([("twice_1", layer), ("none", L.Flatten())])
    assert [(name, tuple(one.shape)) for name, one in named] == [
        ("twice_1/kernel", (1,)),
        ("twice_1/kernel.2", (2,)),
        ("twice_1/kernel.3", (3,)),
    ]


def test_every_initializer_without_a_seed_gets_one() -> None:
    config = {"a": {"seed": None}, "b": [{"seed": 3}, ({"seed": None},)], "seed": None, "c": 1}
    assert user_model._seeded(config, iter([5, 2**31 + 7, 9])) == {
        "a": {"seed": 5},
        "b": [{"seed": 3}, [{"seed": 7}]],
        "seed": 9,
        "c": 1,
    }


def test_layers_draw_apart_by_seed_and_place_and_keep_a_users_seed() -> None:
    seeded = keras.initializers.GlorotUniform(seed=4)
    layers = [
        ("one", L.Dense(3)),
        ("flat", L.Flatten()),
        ("two", L.Dense(3)),
        ("own", L.Dense(3, kernel_initializer=seeded)),
    ]
    for _, layer in layers:
        layer.build((None, 3))
    before = layers[0][1].kernel.numpy().copy()
    first, again, other = (user_model.drawn(layers, seed) for seed in (1, 1, 2))
    assert list(first) == ["one/kernel", "one/bias", "two/kernel", "two/bias", "own/kernel", "own/bias"]
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["one/kernel"], other["one/kernel"])
    assert not np.array_equal(first["one/kernel"], first["two/kernel"])
    assert np.array_equal(first["own/kernel"], other["own/kernel"])
    assert np.array_equal(before, layers[0][1].kernel.numpy().copy()), "the layers themselves stay as they are"


ONE_OF_EACH = {
    "BatchNormalization": lambda: (L.BatchNormalization(gamma_initializer="glorot_uniform"), (3, 4)),
    "Conv1D": lambda: (L.Conv1D(4, 2, groups=2, bias_initializer="random_normal"), (6, 4)),
    "Conv2D": lambda: (L.Conv2D(3, (3, 2), use_bias=False), (6, 5, 2)),
    "Conv3D": lambda: (L.Conv3D(2, 2, kernel_initializer=keras.initializers.HeNormal(seed=3)), (4, 4, 4, 1)),
    "Dense": lambda: (L.Dense(5, kernel_initializer="orthogonal", bias_initializer="random_uniform"), (4,)),
    "Embedding": lambda: (L.Embedding(7, 3), (4,)),
    "LayerNormalization": lambda: (L.LayerNormalization(beta_initializer="random_normal"), (5,)),
}


def built(layers: Any, seed: int) -> dict[str, np.ndarray]:
    """Return what Keras draws where it builds each layer anew with the trial's seeds."""
    fresh = []
    for index, (name, layer) in enumerate(layers):
        seeds = np.random.SeedSequence([seed, user_model.WEIGHTS, index, 1]).generate_state(64).tolist()
        fresh.append((name, type(layer).from_config(user_model._seeded(layer.get_config(), iter(seeds)))))
        fresh[-1][1].build_from_config(layer.get_build_config())
    return {name: np.asarray(variable) for name, variable in user_model.variables(fresh)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", sorted(user_model.BY_NAME))
def test_a_layer_that_is_not_built_draws_what_a_built_one_draws(kind: str, dtype: str) -> None:
    layers = []
    with precision(dtype):
        for name in ("first", "second"):
            layer, shape = ONE_OF_EACH[kind]()
            layer.build((None, *shape))
            layers.append((name, layer))
        drawn, wanted = user_model.drawn(layers, 7), built(layers, 7)
    assert list(drawn) == list(wanted)
    for name, values in wanted.items():
        assert values.dtype == drawn[name].dtype == dtype
        assert np.array_equal(values, drawn[name])


def test_a_users_layer_with_the_name_of_keras_is_built() -> None:
    @keras.saving.register_keras_serializable("tests")
    class Dense(keras.layers.Layer):
        def build(self, shape: tuple[int, ...]) -> None:
            self.kernel = self.add_weight(name="kernel", shape=(shape[-1], 2), initializer="ones")

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "kernel_initializer": "zeros"}

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            return cls(name=config["name"])

    layer = Dense()
    layer.build((None, 3))
    assert np.array_equal(user_model.drawn([("own", layer)], 1)["own/kernel"], np.ones((3, 2)))

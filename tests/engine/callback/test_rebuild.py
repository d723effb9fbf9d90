"""A model that is built from its config leaves room for the layers of a repair."""

from __future__ import annotations

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

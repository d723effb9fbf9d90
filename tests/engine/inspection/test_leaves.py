"""The layers of a model are listed in the order in which rows pass."""

from __future__ import annotations

import keras
from keras import layers

from ablate.engine.inspection.leaves import leaves


def test_layers_of_nested_models_stand_in_the_order_of_the_rows() -> None:
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, name="one"), layers.Dense(3, name="two")])
    middle = keras.Sequential([keras.Input((3,)), inner, layers.Dense(3, name="three")])
    model = keras.Sequential([keras.Input((3,)), middle, layers.Dense(2, name="four")])
    assert [layer.name for layer in leaves(model)] == ["one", "two", "three", "four"]


def test_a_layer_that_is_used_twice_is_listed_once_and_cells_are_not_listed() -> None:
    shared = layers.Dense(4, name="shared")
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, layers.GRU(2, name="last")(shared(shared(inputs))))
    assert [layer.name for layer in leaves(model)] == ["shared", "last"]

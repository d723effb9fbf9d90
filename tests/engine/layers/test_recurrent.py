"""A recurrent layer by our loops is Keras' own, in values and gradients, and says why it trains alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.engine.layers import recurrent
from ablate.engine.runtime import keras, tf

L = keras.layers
X = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
MASK = np.array([[True, True, True, True], [False, True, True, False], [True, False, False, False]])


def cells(make: Any) -> tuple[Any, Any]:
    """Return a layer by our form and the same in Keras, with equal weights."""
    mine, theirs = make(), make()
    for layer in (mine, theirs):
        layer(tf.constant(X))
    rng = np.random.default_rng(1)
    weights = [rng.normal(scale=0.7, size=weight.shape) for weight in theirs.get_weights()]
    mine.set_weights(weights)
    theirs.set_weights(weights)
    recurrent.install(mine)
    return mine, theirs


def weighed(output: Any, at: int) -> Any:
    """Return numbers that tell all places of an output apart."""
    return tf.reshape(tf.sin(1.0 + at + tf.range(tf.size(output), dtype=tf.float32)), output.shape)


def outcome(layer: Any, mask: Any) -> list[np.ndarray]:
    """Return what a layer gives, and the gradients by its inputs and weights."""
    weights, x = [variable.value for variable in layer.trainable_variables], tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        made = layer(x, mask=None if mask is None else tf.constant(mask))
        outputs = made if isinstance(made, list | tuple) else [made]
        total = tf.add_n([tf.reduce_sum(output * weighed(output, at)) for at, output in enumerate(outputs)])
    return [np.asarray(part) for part in (*outputs, *tape.gradient(total, [x, *weights]))]


@pytest.mark.parametrize(
    ("make", "mask"),
    [
        (lambda: L.LSTM(3, return_sequences=True, return_state=True), MASK),
        (lambda: L.GRU(3, go_backwards=True, return_sequences=True), MASK),
        (lambda: L.SimpleRNN(3, zero_output_for_mask=True), MASK),
        (lambda: L.SimpleRNN(3, zero_output_for_mask=True), None),
    ],
)
def test_values_and_gradients_are_keras_own(make: Any, mask: Any) -> None:
    for one, other in zip(*(outcome(layer, mask) for layer in cells(make)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_cell_has_the_given_masks_of_dropout_inside_the_block_alone() -> None:
    cell = SimpleNamespace(_dropout_mask="kept")
    with recurrent._masks(cell, {"_dropout_mask": "given"}):
        assert cell._dropout_mask == "given"
    with pytest.raises(KeyError), recurrent._masks(cell, {"_dropout_mask": "given"}):
        raise KeyError
    assert cell._dropout_mask == "kept"


def inner(kind: str, **config: Json) -> Json:
    return {"class_name": kind, "config": {"units": 4, **config}}


STATES, OUTPUTS = "its states outlive a batch", "it has more than one output"


@pytest.mark.parametrize(
    ("kind", "config", "why"),
    [
        ("LSTM", {}, ""),
        ("GRU", {"stateful": True}, STATES),
        ("SimpleRNN", {"return_state": True}, OUTPUTS),
        ("RNN", {"cell": inner("GRUCell")}, ""),
        ("RNN", {"cell": inner("GRUCell"), "stateful": True}, STATES),
        ("RNN", {"cell": inner("GRU")}, "the GRU inside it has no form for many slots"),
        ("RNN", {"cell": [inner("GRUCell")]}, "the list of cells inside it has no form for many slots"),
        ("Bidirectional", {"layer": inner("GRU"), "backward_layer": None}, ""),
        ("Bidirectional", {"layer": inner("GRU")}, ""),
        ("Bidirectional", {"layer": inner("GRU", stateful=True)}, STATES),
        ("Bidirectional", {"layer": inner("GRU"), "backward_layer": inner("LSTM", return_state=True)}, OUTPUTS),
        ("Bidirectional", {"layer": inner("RNN", cell=inner("LSTMCell"))}, ""),
        ("Bidirectional", {"layer": inner("Dense")}, "the Dense inside it has no form for many slots"),
    ],
)
def test_a_layer_says_why_it_trains_alone(kind: str, config: Any, why: str) -> None:
    assert recurrent._refusal(kind, config) == why


@pytest.mark.parametrize(
    ("kind", "config", "numbers"),
    [
        ("GRU", {"units": 3}, 5 * 7 * 3),
        ("LSTM", {"units": 3}, 5 * 7 * 3 * 2),
        ("RNN", {"cell": inner("LSTMCell")}, 5 * 7 * 4 * 2),
        ("RNN", {"cell": inner("SimpleRNNCell")}, 5 * 7 * 4),
        ("Bidirectional", {"layer": inner("LSTM")}, 2 * 5 * 7 * 4 * 2),
    ],
)
def test_states_of_all_times_are_kept_for_the_way_back(kind: str, config: Any, numbers: int) -> None:
    assert recurrent._held(kind, config, (5, 7, 2), (4,)) == numbers

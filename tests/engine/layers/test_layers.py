"""Layers train side by side as they train in Keras: outputs, penalties, gradients and states, of every kind."""

from __future__ import annotations

import pytest

from ablate.engine import layers as kinds
from ablate.engine.layers import plain
from ablate.engine.runtime import keras
from tests.engine.layers import side_by_side

SINGLE = {name for name in side_by_side.CASES if name.endswith("Pooling3D") and not name.startswith("Global")}
"""TensorFlow pools solids in float32 alone on a CPU."""


@pytest.fixture
def apart() -> dict[str, float]:
    """How far each kind of layer is from Keras. Kinds without a form of ours are not compiled, which takes a minute."""
    cases = side_by_side.CASES
    solid = {name: case for name, case in cases.items() if name in SINGLE}
    formed = {name: case for name, case in cases.items() if name not in {*SINGLE, *plain.KINDS}}
    others = {name: case for name, case in cases.items() if name not in {*SINGLE, *formed}}
    single = side_by_side.together(solid, "float32", compiled=False)
    double = side_by_side.together(formed, "float64", compiled=True)
    known = side_by_side.together(others, "float64", compiled=False)
    return {**double, **known, **{name: value * 1e-8 for name, value in single.items()}}


def test_every_kind_that_has_a_form_is_compared() -> None:
    assert set(side_by_side.CASES) == set(kinds.KINDS)
    for name, case in side_by_side.CASES.items():
        assert keras.saving.serialize_keras_object(case.make())["class_name"] == name, "as a template names it"


def test_each_layer_in_many_slots_is_keras_own(apart: dict[str, float]) -> None:
    # One test, so that one process of the suite trains them; a test a layer had each process do so, some twice.
    assert set(apart) == set(side_by_side.CASES)
    assert {kind: far for kind, far in apart.items() if not far < 1e-13} == {}


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: keras.layers.LSTM(3, return_state=True), "LSTM: it has more than one output"),
        (lambda: keras.layers.GRU(3, stateful=True), "GRU: its states outlive a batch"),
        (lambda: keras.layers.Bidirectional(keras.layers.ConvLSTM1D(2, 2)), "Bidirectional: the ConvLSTM1D inside"),
        (
            lambda: keras.layers.RNN(keras.layers.StackedRNNCells([keras.layers.GRUCell(2)])),
            "RNN: the StackedRNNCells inside",
        ),
        (lambda: keras.layers.TimeDistributed(keras.layers.LSTM(3)), "TimeDistributed: the LSTM inside"),
        (lambda: keras.layers.Conv2D(3, 2, data_format="channels_first"), "Conv2D: `channels_first`"),
        (lambda: keras.layers.ConvLSTM2D(3, 2), "ConvLSTM2D: it has no form for many slots"),
        (lambda: keras.layers.Conv2D(3, 2), "Conv2D: it holds 262144 numbers of each row; at most 65536"),
    ],
)
def test_a_layer_that_trains_alone_says_why(layer: object, reason: str) -> None:
    made = layer()  # type: ignore[operator]
    config = keras.saving.serialize_keras_object(made)["config"]
    assert kinds.why_alone(type(made).__name__, config, (256, 256, 1), (256, 256, 3)).startswith(reason)


def test_only_a_layer_with_a_form_to_install_computes_otherwise_than_keras() -> None:
    convolution, dense, own = keras.layers.Conv1D(2, 3), keras.layers.Dense(2), keras.layers.ConvLSTM2D(3, 2)
    for layer in (convolution, dense, own):
        kinds.install(layer)
    assert ["call" in vars(layer) for layer in (convolution, dense, own)] == [True, False, False]

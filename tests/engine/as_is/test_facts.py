"""What a model says about itself, and how it is written as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.engine.as_is import facts
from ablate.engine.as_is.source import NoSourceError, text_of
from tests.engine.as_is import programs


def test_a_graph_is_read_layer_by_layer(tmp_path: Path) -> None:
    found = facts.read(programs.saved(programs.one_softmax, tmp_path))
    assert found.error == ""
    assert found.graph
    assert [layer.kind for layer in found.layers] == ["Dense", "Dense"]
    assert found.layers[0].arguments == {"units": "8", "activation": "'tanh'"}
    assert found.head is not None
    assert found.head.activation == "softmax"
    assert (found.schedule, found.optimizer, found.loss) == ("ExponentialDecay", "AdamW", "binary_crossentropy")
    assert found.optimizer_arguments["weight_decay"] == "0.1"
    assert (found.low, found.high) == (1.0, 1.0)


def test_a_class_of_ones_own_is_taken_as_it_is(tmp_path: Path) -> None:
    found = facts.read(programs.saved(programs.subclassed, tmp_path, classes=3))
    assert not found.graph
    assert found.outputs == (3,)
    assert found.rate == pytest.approx(0.1)
    assert found.weights == 6 * 8 + 8 + 8 * 3 + 3


def test_a_builder_that_raises_is_said(tmp_path: Path) -> None:
    assert facts.read(programs.saved(int, tmp_path, arguments={"x": 1})).error.startswith("TypeError")
    assert "compiled Keras model" in facts.read(programs.saved(int, tmp_path)).misuse


def test_objects_of_keras_are_written_with_what_differs_from_the_defaults() -> None:
    import keras

    start = keras.optimizers.schedules.CosineDecay(0.1, 50)
    made = [
        keras.layers.Conv2D(5, 4, strides=2, padding="same"),
        keras.layers.Dense(3, kernel_initializer="he_normal"),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.optimizers.SGD(start),
    ]
    assert text_of(start) == "keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.1, decay_steps=50)"
    texts = [
        "keras.layers.Conv2D(filters=5, kernel_size=(4, 4), strides=(2, 2), padding='same')",
        "keras.layers.Dense(units=3, kernel_initializer='he_normal')",
        "keras.layers.BatchNormalization(momentum=0.9)",
        "keras.losses.BinaryCrossentropy(from_logits=True)",
        f"keras.optimizers.SGD(learning_rate={text_of(start)})",
    ]
    for thing, text in zip(made, texts, strict=True):
        assert text_of(thing) == text
        assert text_of(eval(text, {"keras": keras})) == text  # noqa: S307 - our own text
    with pytest.raises(NoSourceError):
        text_of(programs.rows)

"""How `fit` was called is read from its frame while it runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from ablate.engine.callback import call_of_fit


class Running:
    """Calls back as Keras' `fit` does: with the callbacks in a list of its own, or in a plain one."""

    def fit(self, x: Any = None, y: Any = None, listed: bool = True, inner: Any = None, **more: Any) -> Any:
        sample_weight, validation_data, batch_size, epochs, shuffle = (
            more.get(name) for name in ("sample_weight", "validation_data", "batch_size", "epochs", "shuffle")
        )
        callbacks = more.get("callbacks")
        callbacks = SimpleNamespace(callbacks=callbacks) if listed else callbacks
        epoch_iterator = None
        told = inner()
        return told, (x, y, sample_weight, validation_data, batch_size, epochs, shuffle, epoch_iterator, callbacks)


class Other:
    """Has a `fit` that is not Keras'."""

    def fit(self, inner: Any, callbacks: Any = None) -> Any:  # noqa: ARG002 - read from its frame
        return inner()


def test_rows_callbacks_and_arguments_are_read() -> None:
    model = Running()
    seen, _ = model.fit(
        "x", "y", sample_weight="w", validation_data="v", batch_size=8, shuffle=False, callbacks=["one", "two"],
        inner=lambda: call_of_fit.read(model),
    )  # fmt: skip
    assert seen == call_of_fit.Call(
        x="x",
        y="y",
        weights="w",
        validation="v",
        callbacks=("one", "two"),
        arguments={"batch_size": 8, "shuffle": False},
    )
    for given in (["one"], None):
        seen, _ = model.fit(listed=False, callbacks=given, inner=lambda: call_of_fit.read(model))
        assert seen.callbacks == tuple(given or ())
        assert seen.arguments == {}


def test_the_fit_of_this_model_is_found_among_several() -> None:
    outer, inner = Running(), Running()
    (seen, _), _ = outer.fit("outer", inner=lambda: inner.fit("inner", inner=lambda: call_of_fit.read(outer)))
    assert seen.x == "outer"
    assert call_of_fit.read(outer) is None
    assert inner.fit("inner", inner=lambda: call_of_fit.read(outer))[0] is None
    assert Other().fit(lambda: call_of_fit.read(outer)) is None


def test_fits_that_a_callback_was_passed_to_are_counted() -> None:
    one, other, model = object(), object(), Running()

    def counted() -> list[int]:
        return [call_of_fit.depth(one), call_of_fit.depth(other)]

    assert counted() == [0, 0]
    assert model.fit(callbacks=[other, one, one], inner=counted)[0] == [1, 1]
    assert Other().fit(counted, SimpleNamespace(callbacks=[one])) == [0, 0], "another function of that name"
    (seen, _), _ = model.fit(callbacks=[one], inner=lambda: model.fit(callbacks=[other, one], inner=counted))
    assert seen == [2, 1]


def test_keras_own_fit_is_read() -> None:
    class Reads(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self.seen, self.depth = call_of_fit.read(self.model), call_of_fit.depth(self)

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    reads, x, y = Reads(), np.zeros((8, 2), np.float32), np.zeros(8, np.float32)
    model.fit(x, y, batch_size=4, epochs=1, verbose=0, callbacks=[reads], validation_split=0.5)
    assert reads.depth == 1
    assert reads.seen is not None
    assert (len(reads.seen.x), len(reads.seen.y), len(reads.seen.validation[0])) == (4, 4, 4)
    assert reads in reads.seen.callbacks
    assert {name: reads.seen.arguments[name] for name in ("batch_size", "epochs", "validation_split")} == {
        "batch_size": 4, "epochs": 1, "validation_split": 0.5,
    }  # fmt: skip

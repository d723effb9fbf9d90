"""`fit_many` trains models of many kinds as their own `fit` does, in float64 to the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ablate
from ablate.core.errors import ConfigError
from ablate.engine.many import alike, fit
from ablate.engine.network import precision
from ablate.engine.runtime import keras

ROWS, EPOCHS, BATCH = 20, 2, 8


def net(activation: str = "relu", rate: float = 0.01, loss: str = "mse", width: int = 4, stateful: bool = False) -> Any:
    """A small network with dropout and batch normalization, compiled; stateful ones train alone."""
    layers = keras.layers
    keras.utils.set_random_seed(width)
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(width, activation=activation), layers.Dropout(0.2, seed=1)]
    )
    model.add(layers.Lambda(lambda x: x) if stateful else layers.BatchNormalization())
    model.add(layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model


def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and one-hot targets; the last batch is not whole."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(ROWS, 6)), np.eye(3)[rng.integers(0, 3, ROWS)]


ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"activation": "tanh", "rate": 0.1},
    {"loss": "categorical_crossentropy"},
    {"stateful": True},
]


def test_every_model_is_trained_as_by_its_own_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "SLOTS", 2)  # three models share a program: the second stack is not full
    (x, y), watched = data(0), data(1)
    options: dict[str, Any] = {"batch_size": BATCH, "epochs": EPOCHS, "validation_data": watched, "shuffle": False}
    with precision("float64"):
        fitted = ablate.fit_many(net, x, y, ARGUMENTS, **options)
        for arguments, mine in zip(ARGUMENTS, fitted, strict=True):
            model = net(**arguments)
            history = model.fit(x, y, verbose=0, **options).history
            assert set(mine.history) == set(history)
            for name, values in history.items():
                np.testing.assert_allclose(mine.history[name], values, rtol=1e-9)
            for one, other, kept in zip(mine.weights, model.get_weights(), mine.model.get_weights(), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
                np.testing.assert_array_equal(one, kept)
    assert [bool(each.alone) for each in fitted] == [False, False, False, True]
    assert fitted[3].alone == "Lambda: it has no form for many slots"


def test_models_share_a_program_if_they_differ_in_activation_loss_and_rate_alone() -> None:
    models = [net(**arguments) for arguments in (*ARGUMENTS[:3], {"width": 5})]
    first, second = alike.groups(models)
    assert (first.numbers, second.numbers) == ((0, 1, 2), (3,))
    assert first.chosen == ({"loss": 0, "0": 0}, {"loss": 0, "0": 1}, {"loss": 1, "0": 0})


def test_functions_that_no_config_holds_are_never_taken_for_each_other() -> None:
    x, y = data(0)

    def scaled(by: float) -> Any:
        def loss(truth: Any, output: Any) -> Any:
            return by * keras.losses.mean_squared_error(truth, output)

        return loss

    with precision("float64"):
        losses = [net(loss=scaled(by)) for by in (1.0, 10.0)]  # type: ignore[arg-type]
        activations = [net(activation=lambda z, by=by: z * by) for by in (1.0, 2.0)]  # type: ignore[arg-type, misc]
        fitted = ablate.fit_many([*losses, *activations], x, y, shuffle=False)
    assert [each.alone.split()[0] for each in fitted] == ["`loss`", "`loss`", "`<lambda>`", "`<lambda>`"]
    assert fitted[0].alone == "`loss` is code of your own"
    first, second = (each.history["loss"][0] for each in fitted[:2])
    assert second > 5 * first


def test_a_second_call_finds_the_compiled_program() -> None:
    (x, y), options = data(0), {"batch_size": BATCH, "shuffle": False}
    with precision("float64"):
        first = ablate.fit_many([net(), net(rate=0.1)], x, y, **options)  # rates are no part of the program
        count = len(fit._ready)
        second = ablate.fit_many([net(rate=0.1), net()], x, y, **options)
        assert len(fit._ready) == count > 0
    assert [each.history for each in first] == [each.history for each in reversed(second)]


def test_what_cannot_be_trained_is_said_before_anything_is() -> None:
    x, y = data(0)
    with pytest.raises(ConfigError, match="Model 1 is not one: call `compile`"):
        ablate.fit_many([net(), keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])], x, y)
    with pytest.raises(ConfigError, match="Received 20 and 19"):
        ablate.fit_many([net()], x, y[:19])

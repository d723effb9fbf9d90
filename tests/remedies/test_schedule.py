"""The plateau rule lowers the rate exactly as Keras' callback does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ablate.remedies import schedule

PLATEAU = some.fixed_dictionaries(
    {
        "factor": some.sampled_from([0.1, 0.5]),
        "patience": some.integers(0, 4),
        "min_delta": some.sampled_from([0.0, 1e-4, 0.3]),
        "cooldown": some.integers(0, 3),
        "minimum": some.sampled_from([0.0, 0.2]),
    }
)


@pytest.fixture(scope="module")
def tiny() -> Any:
    """Return a Keras model, for its optimizer's learning rate."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    return model


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras' callback reads its variable so
@settings(max_examples=25)
@given(params=PLATEAU, losses=some.lists(some.sampled_from([0.5, 1.0, 1.2, 1.2001, 2.0]), min_size=1, max_size=20))
def test_the_plateau_rule_is_keras_own(tiny: Any, params: dict[str, float], losses: list[float]) -> None:
    import tensorflow as tf

    (callback,) = schedule.REMEDY.keras_callbacks({"kind": "plateau", **params})
    tiny.optimizer.learning_rate = 1.0
    callback.set_model(tiny)
    callback.on_train_begin()
    state = schedule.start(tf.constant(1.0))
    for look, loss in enumerate(losses):
        callback.on_epoch_end(look, {"val_loss": np.float32(loss)})
        numbers = {f"schedule.{name}": tf.constant(float(value)) for name, value in params.items()}
        state = schedule.follow(state, tf.constant(loss), numbers.__getitem__)
        np.testing.assert_allclose(float(state["rate"]), tiny.optimizer.learning_rate.numpy(), rtol=1e-6)


def test_what_a_user_leaves_out_is_what_keras_takes() -> None:
    """Not `factor` and `patience`, which are chosen for short budgets."""
    import inspect

    import keras

    rule = inspect.signature(keras.callbacks.ReduceLROnPlateau).parameters
    given = {name: default for name, (_, default) in schedule.KINDS["plateau"].parameters.items()}
    assert given == {"factor": 0.5, "patience": 3} | {
        "min_delta": rule["min_delta"].default,
        "cooldown": rule["cooldown"].default,
        "minimum": rule["min_lr"].default,
    }

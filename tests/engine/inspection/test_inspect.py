"""Real models of several kinds are measured, and stay bit for bit as they were."""

from __future__ import annotations

import pickle
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from ablate import audit
from ablate.engine.as_is import answers, probing
from ablate.engine.inspection import head, restore
from ablate.engine.inspection.accuracy import takes_logits
from ablate.engine.inspection.inspect import inspect

RNG = np.random.RandomState(0)
Y = np.arange(240) % 3
X = (2.0 * RNG.normal(size=(3, 6))[Y] + RNG.normal(size=(240, 6))).astype("float32")
FIT: dict[str, Any] = {"epochs": 6, "batch_size": 16, "validation_data": (X[200:], Y[200:])}


@pytest.fixture(autouse=True)
def same_weights() -> None:
    """Give every run the same initial weights: the loss before training is held to a range."""
    keras.utils.set_random_seed(0)


def model(head: str | None = "softmax", optimizer: Any = "adam", **loss: Any) -> Any:
    made = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(16, activation="relu"),
            layers.LayerNormalization(),
            layers.Dense(3, activation=head),
        ]
    )
    made.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(**loss), metrics=["accuracy"])
    return made


class Hidden(keras.Model):
    """A subclassed model whose loss clips, because a reshape hides the logits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = layers.Dense(16, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=9.0))
        self.last = layers.Dense(3, kernel_initializer=keras.initializers.RandomNormal(stddev=9.0))

    def call(self, x: Any) -> Any:
        return ops.reshape(ops.softmax(self.last(self.first(x))), (-1, 3))

    def train_step(self, data: Any) -> Any:
        x, y = data  # two parts, as users write it: `fit` without sample weights gives no third
        return super().train_step((x, y))


def test_a_healthy_model_is_measured_and_stays_as_it_is() -> None:
    healthy = model(optimizer=keras.optimizers.Adam(0.02))
    healthy.optimizer.build(healthy.trainable_variables)
    kept = restore.variables(healthy)
    before = [np.array(variable.numpy()) for variable in kept]
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    seen = inspect(healthy, X[:200], Y[:200], fit=FIT)
    after = [np.array(variable.numpy()) for variable in kept]
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert "call" not in vars(healthy.layers[0])
    assert seen.head.fused
    assert (seen.head.units, seen.head.activation, seen.head.takes) == (3, "softmax", "sparse")
    assert seen.head.agreement == 1.0
    assert seen.head.start == pytest.approx(np.log(3), abs=1.0)
    assert [layer.kind for layer in seen.layers] == ["Dense", "LayerNormalization", "Dense"]
    assert seen.layers[0].weights == 6 * 16 + 16
    assert seen.rehearsal is not None
    assert seen.rehearsal.complete
    assert seen.rehearsal.steps == 6 * 13
    assert seen.rehearsal.reported_validation == pytest.approx(seen.rehearsal.validation)
    assert set(seen.probes) == {"compiled", "adam", "scaled", "shuffled", "zeroed"}
    assert seen.probes["zeroed"].accuracy < 0.5 < seen.probes["adam"].accuracy
    assert seen.reference is not None
    assert seen.reference.accuracy > 0.8
    assert audit.findings(seen) == ()
    assert pickle.loads(pickle.dumps(seen)) == seen  # noqa: S301


def test_a_subclassed_model_without_gradient_is_seen() -> None:
    fit = {**FIT, "epochs": 2}
    seen = inspect(_compiled(Hidden()), X[:200], Y[:200], fit=fit, seconds=1.0)
    assert seen.head.zero_rows is not None
    assert not seen.head.fused
    assert seen.head.zero_rows > 0.5
    assert [layer.kind for layer in seen.layers] == ["Dense", "Dense"]
    assert "compiled" in seen.probes
    assert seen.unchecked == ()


def _compiled(made: Any) -> Any:
    made.compile(keras.optimizers.SGD(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def test_what_fit_refuses_is_a_result_and_not_an_error() -> None:
    seen = inspect(model(), X, Y + 1, fit={"epochs": 1}, seconds=1.0)
    assert seen.rehearsal is not None
    assert "outside the valid range" in seen.rehearsal.error or seen.head.error
    assert audit.state(seen) == "failed"
    assert audit.findings(seen)[0].cause == "label_range"


def test_a_data_set_of_batches_is_read() -> None:
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(20)
    seen = inspect(model(), batches, fit={"epochs": 2}, seconds=1.0)
    assert (seen.labels.rows, seen.labels.classes, seen.steps.batch, seen.steps.per_epoch) == (240, 3, 20, 12)
    assert not seen.steps.shuffled


def test_penalties_on_outputs_have_no_number_outside_a_step_and_are_left_out() -> None:
    held = layers.Dense(16, activation="relu", activity_regularizer="l1", kernel_regularizer=keras.regularizers.L2(0.5))
    penalized = keras.Sequential([keras.Input((6,)), held, layers.Dense(3, activation="softmax")])
    penalized.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seen = inspect(penalized, X, Y, fit=FIT | {"epochs": 1}, seconds=2.0)
    assert seen.rehearsal is not None
    assert 0 < seen.rehearsal.penalty < 100


def test_what_hides_in_a_model_is_measured() -> None:
    """Weights in a Lambda, a softmax over places, a penalty, and a callback that ends `fit`."""
    hidden = layers.Dense(6)
    made = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Lambda(lambda x: hidden(x), output_shape=(6,)),
            layers.Dense(6, kernel_regularizer="l2"),
            layers.Reshape((2, 3)),
            layers.Softmax(axis=1),
            layers.GlobalAveragePooling1D(),
        ]
    )
    stops = keras.callbacks.EarlyStopping("loss", mode="max", patience=1)
    seen = inspect(_compiled(made), X[:200], Y[:200], fit={**FIT, "callbacks": [stops]}, seconds=0.5)
    assert seen.head.untracked == 6 * 6 + 6
    assert {layer.kind: layer.shared for layer in seen.layers if layer.shared} == {"Softmax": 1}
    assert "free" in seen.probes
    assert seen.rehearsal is not None
    assert (seen.rehearsal.complete, seen.rehearsal.steps) == (True, 2 * 13)


class Steps(keras.Model):
    """A model whose step calls the loss itself."""

    def train_step(self, data: Any) -> Any:
        return {"loss": data}


@pytest.mark.parametrize(("kind", "columns", "pairs"), [(Steps, 0, True), (Steps, 1, False), (keras.Model, 0, False)])
def test_labels_without_a_column_meet_all_predictions_of_a_batch(kind: Any, columns: int, *, pairs: bool) -> None:
    given = keras.Input((6,))
    made = kind(given, layers.Dense(1)(given))
    made.compile("sgd", lambda y, p: ops.square(y - p))
    y = Y.astype("float32").reshape(-1, *(1,) * columns)
    assert head._pairs(made, y, made.predict(X, verbose=0)) is pairs


@pytest.mark.parametrize(
    ("head_of", "logits", "zero"), [("sigmoid", True, False), (None, True, True), (None, False, False)]
)
def test_a_sigmoid_is_cut_at_a_half_although_the_loss_takes_logits(head_of: Any, *, logits: bool, zero: bool) -> None:
    """Keras finds the logits behind a sigmoid, and the network learns."""
    made = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation=head_of)])
    made.compile("adam", keras.losses.BinaryCrossentropy(from_logits=logits))
    assert takes_logits(made) is zero
    assert probing.divided_at_zero(made, answers.read(np.array([0, 1, 1]))) is zero

"""A program's epochs, batches and sums are those that are counted by hand, slot by slot."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from ablate.engine.many import alike, program
from ablate.engine.runtime import keras, tf
from ablate.remedies import _slot_numbers as scope

L = keras.layers
X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-2.0, 4.0], [1.5, 1.0]], np.float32)
Y = np.array([[1.0], [0.0], [2.0], [3.0], [-1.0]], np.float32)
ORDER = np.array([[[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]], [[2, 0, 4, 1, 3], [1, 2, 3, 4, 0]]])
STATE = {
    "weights": np.array([[1.0, 0.5], [0.25, -1.0]], np.float32),
    "buffers": np.array([3.0, 5.0], np.float32),
    "moments": np.array([0.0, 10.0], np.float32),
}
RATE, PENALTY = 0.1, 0.25


class Model:
    """A linear model that counts its batches in training, and adds a penalty to the loss."""

    def __init__(self, penalty: float) -> None:
        self.penalty = penalty

    def stateless_call(self, weights: Any, buffers: Any, x: Any, training: bool, return_losses: bool) -> Any:
        assert return_losses
        penalties = [self.penalty * tf.reduce_sum(weights[0] ** 2)] if self.penalty else []
        return tf.linalg.matvec(x, weights[0])[:, None], [buffers[0] + (1.0 if training else 0.0)], penalties


class Descent:
    """Gradient descent that counts its steps."""

    def stateless_apply(self, moments: Any, gradients: Any, weights: Any) -> Any:
        return [weights[0] - RATE * gradients[0]], [moments[0] + 1.0]


class Metrics:
    """The largest label seen, and the number of rows."""

    def result(self) -> dict[str, Any]:
        return {"largest": 0, "count": 0}

    def stateless_update_state(self, values: Any, y: Any, _: Any) -> Any:
        return [tf.maximum(values[0], tf.reduce_max(y)), values[1] + tf.cast(tf.shape(y)[0], tf.float32)]

    def stateless_result(self, values: Any) -> Any:
        return {"largest": values[0], "count": values[1]}


def squared(y: Any, output: Any) -> Any:
    return tf.reduce_mean((output - y) ** 2)


def absolute(y: Any, output: Any) -> Any:
    return tf.reduce_mean(tf.abs(output - y))


def parts(*, metrics: bool = False, penalty: float = PENALTY) -> program.Parts:
    fresh = (np.float32(-5.0), np.float32(0.0)) if metrics else ()
    return program.Parts(
        model=Model(penalty), optimizer=Descent(), losses=(squared, absolute),
        metrics=Metrics() if metrics else None, fresh=cast("Any", fresh),
    )  # fmt: skip


def by_hand(slot: int, batch: int, epochs: int, penalty: float) -> tuple[np.ndarray, int, list[float]]:
    """Return the weights, the number of batches, and the mean losses of epochs, of one slot in NumPy."""
    w, batches, losses = STATE["weights"][slot].astype(float), 0, []
    for epoch in range(epochs):
        total = 0.0
        for start in range(0, 5, batch):
            rows = ORDER[slot, epoch, start : start + batch]
            error = X[rows] @ w - Y[rows, 0]
            loss = np.mean(error**2) if slot == 0 else np.mean(np.abs(error))
            slope = (2 * error if slot == 0 else np.sign(error)) @ X[rows] / len(rows) + 2 * penalty * w
            total += (loss + penalty * np.sum(w**2)) * len(rows)
            w, batches = w - RATE * slope, batches + 1
        losses.append(total / 5)
    return w, batches, losses


def trained(made: program.Parts, batch: int, epochs: int, *validation: Any) -> Any:
    state = {name: [tf.constant(value)] for name, value in STATE.items()}
    run = program.fitting(made, batch=batch, epochs=epochs, watched=len(validation[0]) if validation else 0)
    choices = {"loss": tf.constant([0, 1])}
    return run(state, choices, tf.constant(ORDER[:, :epochs]), tf.constant(X), tf.constant(Y), *validation)


@pytest.mark.parametrize(("batch", "epochs", "penalty"), [(2, 2, PENALTY), (5, 1, 0.0), (8, 1, PENALTY)])
def test_each_slot_is_trained_in_its_own_order_on_its_own_loss(batch: int, epochs: int, penalty: float) -> None:
    state, (history,) = trained(parts(penalty=penalty), batch, epochs)
    for slot in (0, 1):
        weights, batches, losses = by_hand(slot, batch, epochs, penalty)
        np.testing.assert_allclose(state["weights"][0][slot], weights, rtol=1e-4)
        np.testing.assert_allclose(history[:, slot], losses, rtol=1e-4)
        assert float(state["buffers"][0][slot]) == STATE["buffers"][slot] + batches
        assert float(state["moments"][0][slot]) == STATE["moments"][slot] + batches


def test_validation_rows_are_measured_and_train_nothing() -> None:
    made = parts(metrics=True)
    state, history = trained(made, 5, 2, tf.constant(X[:3]), tf.constant(Y[:3]))
    names = program.columns(made, 3)
    assert names == ["count", "largest", "loss", "val_count", "val_largest", "val_loss"]
    seen = {name: values.numpy().tolist() for name, values in zip(names, history, strict=True)}
    assert seen["count"] == [[5.0, 5.0], [5.0, 5.0]], "metrics begin anew in each epoch"
    assert seen["val_count"] == [[3.0, 3.0], [3.0, 3.0]]
    assert (seen["largest"][0], seen["val_largest"][0]) == ([3.0, 3.0], [2.0, 2.0])
    weights, batches, _ = by_hand(0, 5, 2, PENALTY)
    np.testing.assert_allclose(state["weights"][0][0], weights, rtol=1e-4)
    assert float(state["buffers"][0][0]) == STATE["buffers"][0] + batches
    loss = np.mean((X[:3] @ weights - Y[:3, 0]) ** 2) + PENALTY * np.sum(weights**2)
    assert seen["val_loss"][1][0] == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize(
    ("metrics", "watched", "names"),
    [(False, 0, ["loss"]), (False, 1, ["loss", "val_loss"]), (True, 0, ["count", "largest", "loss"])],
)
def test_a_history_has_a_column_for_each_figure(metrics: bool, watched: int, names: list[str]) -> None:
    assert program.columns(parts(metrics=metrics), watched) == names


def test_a_number_of_the_slot_chooses() -> None:
    values = [tf.constant(float(value)) for value in (3, 5, 8)]
    for index, value in enumerate((3, 5, 8)):
        with scope.slot({"which": tf.constant(index)}, {}):
            assert float(program.select("which", values)) == value
            chosen = program._choice("which", ['"relu"', '"tanh"', '"linear"'])
            assert float(chosen(tf.constant(-1.0))) == pytest.approx([0.0, np.tanh(-1.0), -1.0][index])
    assert program.select("unread", values[:1]) is values[0]


def compiled(activation: str, metrics: Any = None) -> Any:
    model = keras.Sequential([keras.Input((2,)), L.Dense(4, activation=activation), L.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse" if activation == "relu" else "mae", metrics=metrics)
    return model


def test_a_group_has_one_model_with_the_activations_and_losses_of_all() -> None:
    (group,) = alike.groups([compiled("relu"), compiled("tanh")])
    made = program.parts(group, X, Y)
    assert (made.metrics, made.fresh, len(made.losses)) == (None, (), 2)
    x, weights = tf.constant(X), [tf.constant(one) for one in group.models[0].get_weights()]
    for index, model in enumerate(group.models):
        model.set_weights(weights)
        with scope.slot({"0": tf.constant(index)}, {}):
            output, _ = made.model.stateless_call(weights, [], x)
        np.testing.assert_allclose(output, model(x), rtol=1e-5, atol=1e-6)
        truth = [np.mean((Y - model(x)) ** 2), np.mean(np.abs(Y - model(x)))][index]
        assert float(made.losses[index](tf.constant(Y), output)) == pytest.approx(truth, rel=1e-5)
    assert type(made.optimizer).__name__ == "StatelessSGD"


def test_compiled_metrics_begin_where_keras_begins() -> None:
    (group,) = alike.groups([compiled("relu", ["mae"])])
    made = program.parts(group, X, Y)
    assert [float(value) for value in made.fresh] == [0.0] * len(made.metrics.variables)
    assert program.columns(made, 0) == ["loss", "mae"]
    assert made.model.layers[1].activation is keras.activations.linear

"""Predictions, losses, gradients and units of a model are those that are computed by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.as_is import probing
from ablate.engine.as_is.answers import Labels

L = keras.layers
X = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5], [4.0, 4.0], [0.0, -3.0]], np.float32)
Y = np.array([0, 1, 1, 0, 2])


def labels(*values: float) -> Labels:
    return Labels(kind="classes", values=np.array(values))


@pytest.mark.parametrize(
    ("loss", "values", "zero"),
    [
        ("binary_crossentropy", (0, 1), False),
        ("hinge", (0, 1), True),
        ("squared_hinge", (0, 1), True),
        (keras.losses.CategoricalHinge(), (0, 1), True),
        (keras.losses.squared_hinge, (0, 1), True),
        ("mse", (-1, 1), True),
        ("mse", (-0.5, 1), True),
        ("mse", (-1, 0, 1), False),
        ("mse", (0, 3), False),
        ("mse", (0.5, 3), False),
        (keras.losses.BinaryCrossentropy(from_logits=True), (0, 1), True),
    ],
)
def test_zero_divides_the_classes_of_margins_and_of_labels_around_it(loss: Any, values: Any, *, zero: bool) -> None:
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    model.loss = loss
    assert probing.divided_at_zero(model, labels(*values)) is zero


def test_a_loss_without_a_name_divides_nothing() -> None:
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    model.loss = SimpleNamespace()
    assert not probing.divided_at_zero(model, labels(0, 1))


def test_a_few_rows_are_spread_over_all() -> None:
    x, y = np.arange(300).reshape(300, 1), np.arange(300)
    few, chosen = probing.some({"a": x, "b": 2 * x}, y, 4)
    assert chosen.tolist() == [0, 99, 199, 299]
    assert few["b"][:, 0].tolist() == [0, 198, 398, 598]
    assert len(probing.some(x, y)[1]) == 128
    assert probing.some(x[:3], y[:3], 4)[1].tolist() == [0, 1, 2]


def model(*parts: Any, units: int = 3, **settings: Any) -> Any:
    made = keras.Sequential([keras.Input((2,)), *parts, L.Dense(units, name="last", **settings)])
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    return made


def cross_entropy(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y]


@pytest.mark.parametrize("batch", [2, 5, 512])
def test_predictions_and_the_mean_loss_do_not_depend_on_the_batch(batch: int) -> None:
    made = model(L.Dropout(0.5), L.BatchNormalization(epsilon=1e-9))
    predicted, loss = probing.evaluated(made, X, Y, batch)
    kernel, bias = made.layers[-1].kernel.numpy(), made.layers[-1].bias.numpy()
    np.testing.assert_allclose(predicted, X @ kernel + bias, rtol=1e-5, atol=1e-5)
    assert loss == pytest.approx(cross_entropy(predicted, Y).mean(), rel=1e-5)


def test_batches_are_weighed_by_their_rows_and_modes_are_those_of_inference() -> None:
    modes: list[tuple[str, bool]] = []

    class Fake:
        def __call__(self, x: Any, training: bool) -> Any:
            modes.append(("call", training))
            return x

        def compute_loss(self, x: Any, y: Any, y_pred: Any, training: bool) -> Any:
            assert len(x) == len(y) == len(y_pred)
            modes.append(("loss", training))
            return float(np.asarray(y).sum())

    predicted, loss = probing.evaluated(Fake(), X, np.array([1.0, 5.0, 2.0, 0.0, 7.0]), 2)
    np.testing.assert_array_equal(predicted, X)
    assert loss == pytest.approx((6 * 2 + 2 * 2 + 7) / 5)
    assert modes == [("call", False), ("loss", False)] * 3


def test_a_loss_that_cannot_be_computed_is_none() -> None:
    made = model()
    made.compile("sgd", "mse")
    made.compute_loss = lambda **_: 1 / 0
    assert np.isnan(probing.evaluated(made, X, Y)[1])


def gradients(made: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the last layer's kernel and bias, by hand."""
    logits = X @ made.layers[-1].kernel.numpy() + made.layers[-1].bias.numpy()
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    slope = (shares - np.eye(3)[Y]) / len(Y)
    return X.T @ slope, slope.sum(0)


def test_gradients_are_measured_by_layer() -> None:
    made = model()
    kernel, bias = gradients(made)
    seen = probing._gradients(made, X, Y)
    logits = X @ made.layers[-1].kernel.numpy()
    assert seen == pytest.approx(
        {
            "gradient": np.sqrt(np.square(kernel).sum() + np.square(bias).sum()),
            "first_gradient": np.linalg.norm(kernel),
            "last_gradient": np.linalg.norm(kernel),
            "no_gradient": 0.0,
            "loss": cross_entropy(logits, Y).mean(),
        },
        rel=1e-4,
    )


def test_first_and_last_gradients_are_those_of_kernels_and_zeros_are_counted() -> None:
    norms = iter([3.0, 4.0, 0.0, 12.0, 0.0])
    shapes = [(2,), (2, 3), (2, 2), (2, 2), (3,)]
    weights = [SimpleNamespace(shape=shape, value=None) for shape in shapes]
    made = SimpleNamespace(
        trainable_weights=weights, compute_loss=lambda **given: 2.5 if given["training"] else 0.0, __call__=None
    )
    modes: list[bool] = []

    class Tape:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def gradient(self, *_: Any) -> list[Any]:
            return [None if (norm := next(norms)) == 0 else np.array([norm]) for _ in shapes]

    class Model:
        trainable_weights, compute_loss = made.trainable_weights, staticmethod(made.compute_loss)

        def __call__(self, x: Any, training: bool) -> Any:
            modes.append(training)
            return x

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing.tf, "GradientTape", Tape)
        seen = probing._gradients(Model(), X, Y)
    assert seen == {"gradient": 13.0, "first_gradient": 4.0, "last_gradient": 12.0, "no_gradient": 0.4, "loss": 2.5}
    assert modes == [True]


def test_biases_alone_are_first_and_last() -> None:
    class Shift(L.Layer):
        def build(self, _: Any) -> None:
            self.shift = self.add_weight(shape=(2,), initializer="zeros")

        def call(self, x: Any) -> Any:
            return x + self.shift

    made = keras.Sequential([keras.Input((2,)), Shift()])
    made.compile("sgd", "mse")
    seen = probing._gradients(made, X, X - [3.0, 4.0])
    assert (seen["first_gradient"], seen["last_gradient"]) == pytest.approx((5.0, 5.0))


def test_without_weights_or_a_loss_there_is_no_gradient() -> None:
    empty = keras.Sequential([keras.Input((2,)), L.Flatten()])
    assert probing._gradients(empty, X, Y) == {"gradient": 0.0}
    made = model()
    made.compute_loss = lambda **_: 1 / 0
    assert probing._gradients(made, X, Y) == {}


def test_gradients_at_the_start_leave_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keras.Sequential([L.BatchNormalization(), L.Dense(3)])
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    names = {"x": np.tile(X, (30, 1)), "y": np.tile(Y, 30)}
    seen = probing.at_start(made, names)
    assert set(seen) == {
        "start_gradient", "start_first_gradient", "start_last_gradient", "start_no_gradient", "start_loss"
    }  # fmt: skip
    assert made.layers[0].moving_mean.numpy().tolist() == [0.0, 0.0]
    rows: list[int] = []
    monkeypatch.setattr(probing, "_gradients", lambda _model, x, _y: rows.append(len(x)) or {})
    probing.at_start(made, names)
    assert rows == [64]
    modes: list[bool] = []
    told = lambda x, training: modes.append(training)  # noqa: ARG005, E731
    told.non_trainable_variables = []  # type: ignore[attr-defined]
    probing.at_start(told, names)
    assert modes == [False]


def test_a_trained_model_is_measured_in_both_modes() -> None:
    made = model(L.BatchNormalization(epsilon=1e-9), L.Dropout(0.0))
    seen = probing.at_end(made, X, Y)
    normed = (X - X.mean(0)) / X.std(0)
    kernel = made.layers[-1].kernel.numpy()
    np.testing.assert_allclose(seen.predicted, normed @ kernel, rtol=1e-3, atol=1e-4)
    assert seen.signals["weights"] == pytest.approx(np.sqrt(np.square(kernel).sum() + 2.0))
    assert set(seen.signals) == {
        "weights", "dead", "constant", "largest", *(f"end_{name}" for name in probing._gradients(made, X, Y))
    }  # fmt: skip
    assert probing.at_end(made, X[:, :1], Y).predicted is None
    assert probing.at_end(made, X[:, :1], Y).signals == {}


def inner(*parts: Any) -> Any:
    return keras.Sequential([keras.Input((2,)), *parts, L.Dense(2)])


def dense(*kernel: Any, activation: str | None = None) -> Any:
    return L.Dense(
        len(kernel[0]), activation, use_bias=False, kernel_initializer=keras.initializers.Constant(np.array(kernel))
    )


def test_dead_and_constant_units_and_the_largest_output_are_the_worst_of_all_layers() -> None:
    first = dense([1.0, 0.0, 3.0, 0.0], [0.0, 0.0, 1.0, 0.0], activation="relu")
    made = inner(first, L.Flatten(), L.ReLU(max_value=2.5), L.Dropout(0.9))
    assert dict(probing._units(made, X)) == {"dead": 0.5, "constant": 0.5, "largest": 16.0}
    shared = inner(dense([0.0, 1.0], [0.0, 0.0]), L.Dense(3, bias_initializer="ones", kernel_initializer="zeros"))
    assert dict(probing._units(shared, X)) == {"dead": 0.5, "constant": 1.0, "largest": 4.0}
    noisy = inner(L.Dropout(0.9, seed=1), dense([1.0, 1.0], [0.0, 0.0]))
    assert dict(probing._units(noisy, X)) == {"dead": 0.0, "constant": 0.0, "largest": 4.0}
    leaky = inner(L.LeakyReLU(negative_slope=0.5), L.Rescaling(10.0))
    assert dict(probing._units(leaky, X)) == {"dead": 0.0, "constant": 0.0, "largest": 4.0}


def test_numbers_that_are_not_finite_are_not_the_largest() -> None:
    made = inner(dense([np.inf, 1.0], [0.0, 0.0]), L.Flatten())
    assert dict(probing._units(made, X[:2]))["largest"] == 3.0
    nothing = inner(dense([np.nan], [0.0]))
    assert dict(probing._units(nothing, X))["largest"] == 0.0


def test_layers_between_images_are_read_row_by_row_and_several_inputs_are_taken() -> None:
    one, other = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    both = L.Dense(3, use_bias=False, kernel_initializer="ones")(L.Concatenate()([one, other]))
    made = keras.Model([one, other], L.Dense(2)(L.Reshape((3, 1))(both)))
    seen = dict(probing._units(made, [X, X]))
    assert (seen["dead"], seen["constant"], seen["largest"]) == (0.0, 0.0, 16.0)


def test_a_model_that_keras_cannot_take_apart_has_no_units() -> None:
    class Own(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    assert dict(probing._units(Own(), X)) == {}
    assert dict(probing._units(keras.Sequential([keras.Input((2,)), L.Dense(1)]), X)) == {}

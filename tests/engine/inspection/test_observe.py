"""A pass through a model sees outputs, gradients and kernels of each layer as NumPy computes them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.inspection import observe
from ablate.engine.runtime import tf

L = keras.layers
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5, 3), (5, 700), (5, 4, 300)])
def test_an_output_is_kept_as_a_sample_and_the_peak_of_each_unit(shape: tuple[int, ...]) -> None:
    output = RNG.normal(size=shape).astype("float32")
    seen = observe._measured(tf.constant(output))
    width = int(np.prod(shape[1:]))
    every = -(-width // observe.SAMPLE)
    np.testing.assert_array_equal(seen["rows"], output.reshape(5, -1)[:, ::every])
    assert int(seen["width"]) == width
    np.testing.assert_array_equal(seen["peak"], np.abs(output).reshape(-1, shape[-1]).max(axis=0))
    assert bool(seen["finite"])
    assert not bool(observe._measured(tf.constant([[1.0, np.inf]]))["finite"])


def softmax(shape: tuple[int, ...], axis: int) -> np.ndarray:
    powers = np.exp(RNG.normal(size=shape))
    return np.asarray(powers / powers.sum(axis, keepdims=True), "float32")


@pytest.mark.parametrize(
    ("output", "axis"),
    [
        (softmax((2, 3, 4), 1), 1),
        (softmax((2, 3, 4), 2), 0),
        (softmax((2, 3, 4, 5), 2), 2),
        (softmax((2, 3, 4), 1) * 1.004, 1),
        (softmax((2, 3, 4), 1) * 1.006, 0),
        (np.full((2, 4, 4), 0.25, "float32"), 0),
        (softmax((4, 3), 1), 0),
        (softmax((2, 3, 4), 1) + np.array([[0.5], [-0.5], [0.0]], "float32"), 0),
        (np.stack([np.ones((2, 4)), np.zeros((2, 4))], 1).astype("float32"), 1),
    ],
    ids=[
        "first",
        "last",
        "second of three",
        "nearly",
        "not nearly",
        "also the last",
        "a table",
        "below 0",
        "a share of 0",
    ],
)
def test_shares_along_another_axis_than_the_last_are_seen(output: np.ndarray, axis: int) -> None:
    assert int(observe._shared(tf.constant(output))) == axis


@pytest.mark.parametrize(
    ("rows", "rank"),
    [
        (np.zeros((4, 3)), 0),
        (np.outer(np.arange(4.0), [1, 2, 3]), 1),
        (np.diag([10.0, 0.9, 0.1]), 1),
        (np.diag([10.0, 2.0, 0.5]), 2),
        (np.eye(3), 3),
    ],
)
def test_the_rank_is_the_directions_of_nearly_all_variance(rows: np.ndarray, rank: int) -> None:
    assert observe._rank(rows) == rank


def test_kernels_that_are_zero_or_copies() -> None:
    zero, bias, some = np.zeros((3, 4)), np.zeros(4), np.eye(3)
    assert [observe._zero(kernels) for kernels in ([zero, bias], [zero, some], [bias], [np.zeros((1, 1))], [])] == [
        *(True, False, False, False, False)
    ]
    same = np.arange(6.0).reshape(6, 1)
    tables = (same.repeat(3, 1), same.repeat(2, 1), zero, some, same.reshape(2, 3, 1).repeat(4, 2))
    assert [observe._copies(table) for table in tables] == [True, False, False, False, True]


def plain(rows: np.ndarray, **more: Any) -> dict[str, Any]:
    return {"rows": rows, "peak": np.abs(rows).max(0), "finite": True, "width": rows.shape[1], **more}


def test_each_number_of_an_output_is_its_formula() -> None:
    rows = np.array([[0.0, 0.0, 1.0], [0.0, 0.5, 0.996], [0.0, 0.99, 0.004], [0.0, 0.2, 0.5]])
    layer = SimpleNamespace(activation=keras.activations.sigmoid)
    seen = observe._output(layer, plain(rows, shared=2), None)
    spread = np.sqrt(np.mean((rows - rows.mean(0)) ** 2)) / np.sqrt(np.mean(rows**2))
    assert seen == {
        "largest": 1.0,
        "spread": pytest.approx(spread),
        "rank": 2,
        "width": 3,
        "dead": pytest.approx(1 / 3),
        "saturated": pytest.approx(8 / 12),
        "shared": 2,
        "readable": None,
    }
    tanh = observe._output(SimpleNamespace(activation=keras.activations.tanh), plain(rows - 0.99), None)
    assert (tanh["saturated"], tanh["shared"]) == (pytest.approx(0.0), 0)
    wide = observe._output(SimpleNamespace(activation=keras.activations.tanh), plain(2 * rows), None)
    assert wide["saturated"] == pytest.approx(5 / 12)
    nothing = observe._output(SimpleNamespace(), plain(np.zeros((4, 2))), np.array([0, 1, 1, 1]))
    assert (nothing["spread"], nothing["saturated"], nothing["readable"]) == (0.0, None, 0.75)
    passing = observe._output(L.Flatten(), plain(rows), np.array([0, 1, 1, 1]))
    assert passing["readable"] is None
    assert observe._output(SimpleNamespace(), plain(rows), np.array([0, 1]))["readable"] is None
    assert observe._output(SimpleNamespace(), {**plain(rows), "finite": False}, None) == {"finite": False, "width": 3}
    assert observe._output(SimpleNamespace(), None, None) == {}


def test_settings_are_plain_values() -> None:
    regular = L.Dense(
        3,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.5),
        kernel_constraint="non_neg",
        trainable=False,
    )
    assert observe._settings(regular) == {
        "activation": "relu",
        "units": 3,
        "kernel_regularizer": "{'l2': 0.5}",
        "kernel_constraint": {},
        "trainable": False,
        "initializer": "GlorotUniform",
    }
    assert observe._settings(L.MaxPooling1D((2,)))["pool_size"] == [2]
    assert observe._settings(L.BatchNormalization())["epsilon"] == 1e-3


def test_a_pass_sees_what_numpy_computes() -> None:
    first, last = L.Dense(4, activation="relu"), L.Dense(3, activation="softmax")
    given = keras.Input((5,))
    made = keras.Model(given, last(first(given)))
    made.compile("sgd", "sparse_categorical_crossentropy")
    x, y = RNG.normal(size=(6, 5)).astype("float32"), np.arange(6) % 3
    seen = observe.tracer(made, training=False)(x, y, None)
    assert "call" not in vars(first)
    hidden = np.maximum(x @ np.asarray(first.kernel), 0)
    raised = np.exp(hidden @ np.asarray(last.kernel))
    p = raised / raised.sum(1, keepdims=True)
    slope = (p - np.eye(3)[y]) / 6
    np.testing.assert_allclose(seen["predictions"], p, rtol=1e-5)
    np.testing.assert_allclose(seen["slope"], slope, atol=1e-6)
    assert float(seen["loss"]) == pytest.approx(np.mean(-np.log(p[np.arange(6), y])), rel=1e-5)
    assert (bool(seen["fused"]), bool(seen["known"]), int(seen["untracked"])) == (True, True, 0)
    norms = np.linalg.norm(hidden.T @ slope), np.linalg.norm(slope.sum(0))
    assert [float(one) for one in seen["gradients"]][2:] == pytest.approx(norms, rel=1e-4)
    one, two = observe.records(made, seen, None)
    assert (one.kind, one.weights, one.trained, one.connected, one.copies, one.zero, one.finite) == (
        *("Dense", 5 * 4 + 4, True, True),
        *(False, False, True),
    )
    assert two.gradient == pytest.approx(np.hypot(*norms), rel=1e-4)
    assert one.norm == pytest.approx(np.linalg.norm(np.asarray(first.kernel)), rel=1e-5)
    first.kernel.assign(np.full((5, 4), np.nan))
    assert (observe.records(made, seen, None)[0].norm, observe.records(made, seen, None)[0].finite) == (np.inf, False)
    cut = {**seen, "gradients": [-1.0, -1.0, 0.0, -1.0]}
    parts = observe.records(made, cut, None)
    assert [(part.connected, part.gradient) for part in parts] == [(False, 0.0), (True, 0.0)]


def test_floats_of_this_graph_alone_are_watched() -> None:
    floats, whole = tf.constant([1.0]), tf.constant([1])
    with tf.Graph().as_default():
        other = tf.constant([1.0])
    results = [floats, whole, [floats, whole], (whole, floats), [], None, np.ones(2), other]
    layers: list[Any] = [SimpleNamespace(call=lambda one=one: one) for one in results]
    outputs: dict[int, Any] = {}
    watched: list[Any] = []
    with observe._listening(layers, outputs, SimpleNamespace(watch=watched.append)):
        for layer, result in zip(layers, results, strict=True):
            assert layer.call() is result
    assert list(outputs) == [0, 2]
    assert all(one is floats for one in (*outputs.values(), *watched))


@pytest.mark.parametrize(("row", "column", "rank"), [(255, 255, 1), (256, 0, 0), (0, 256, 0)])
def test_the_rank_is_that_of_the_first_rows_and_columns(row: int, column: int, rank: int) -> None:
    centred = np.zeros((258, 258))
    centred[row, column] = 1.0
    assert observe._rank(centred) == rank


def test_ends_that_are_just_reached_are_not_flat_and_only_units_at_0_are_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(rows: np.ndarray, name: str = "linear", classes: Any = None) -> dict[str, Any]:
        return observe._output(SimpleNamespace(activation=getattr(keras.activations, name)), plain(rows), classes)

    assert seen(np.array([[0.004, 0.005, 0.006, 0.994, 0.995, 0.996, 0.998]]), "sigmoid")["saturated"] == 3 / 7
    assert seen(np.array([[-0.995, -0.99, -0.98, 0.98, 0.99, 0.995, 0.999]]), "tanh")["saturated"] == 3 / 7
    small = seen(np.array([[0.0, 0.5, 0.25], [0.0, 0.25, -0.5]]))
    assert (small["largest"], small["dead"], small["saturated"]) == (0.5, 1 / 3, None)
    ones = seen(np.ones((2, 3)))
    assert (ones["largest"], ones["dead"], ones["spread"], ones["rank"]) == (1.0, 0.0, 0.0, 0)
    monkeypatch.setattr(observe.data, "readable", lambda *_: 0.125)
    near = np.array([[2.0, 3.0], [2.5, 3.5], [2.0, 3.5]])
    assert seen(near, classes=np.array([0, 1, 1]))["readable"] == 0.125, "however small the spread is"


def test_a_kernel_of_two_zeros_is_zero_and_of_more_axes_is_compared_by_units() -> None:
    assert observe._zero([np.zeros((1, 2))])
    same = np.arange(8.0).reshape(2, 4, 1).repeat(3, 2)
    one = same.copy()
    one[1, 0, 0] += 1
    assert [observe._copies(kernel) for kernel in (same, one, same[:, 0])] == [True, False, True]

"""A compiled loss is known by what it computes; what it takes is read from its name, else tried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.engine import graph, loss_path
from ablate.engine.runtime import keras
from ablate.remedies import _loss_path

L = keras.layers
SPARSE, CROSS = "sparse_categorical_crossentropy", keras.losses.categorical_crossentropy


def read(loss: Any, *layers: Any, units: int = 3) -> loss_path.LossPath:
    made = keras.Sequential([keras.Input((4,)), L.Dense(units), *layers])
    made.compile("sgd", loss)
    return loss_path.read(made, graph.of(made), source(getattr(loss, "__name__", "")))


def source(name: str) -> Json:
    return {"builder": f"{__name__}:built", "arguments": {"name": name}}


def built(name: str) -> Any:
    """Return what stands for a model that is compiled with the loss of that name."""
    return SimpleNamespace(loss=globals()[name])


def squared(truth: Any, p: Any) -> Any:
    return keras.ops.mean((truth - p) ** 2, -1)


def by_number(truth: Any, logits: Any) -> Any:
    return keras.ops.sparse_categorical_crossentropy(truth, logits, from_logits=True)


def flat(truth: Any, logits: Any) -> Any:
    return 0 * keras.ops.sum(truth * logits, -1)


@pytest.mark.parametrize(
    ("loss", "layers", "sparse", "from_logits", "name", "tail"),
    [
        (SPARSE, [L.Softmax()], True, False, SPARSE, ("softmax",)),
        (keras.losses.CategoricalCrossentropy(from_logits=True), [], False, True, "categorical_crossentropy", ()),
        (CROSS, [L.Activation("softmax")], False, None, "categorical_crossentropy", ("softmax",)),
        (squared, [L.Softmax(), L.ReLU()], False, None, "squared", ("softmax", "relu")),
        (by_number, [], True, None, "by_number", ()),
        (flat, [], False, None, "flat", ()),
    ],
)  # fmt: skip
def test_what_a_loss_takes_is_read(
    loss: Any, layers: Any, sparse: bool, from_logits: bool | None, name: str, tail: tuple[str, ...]
) -> None:
    path = read(loss, *layers)
    assert (path.sparse, path.from_logits, path.name, path.tail) == (sparse, from_logits, name, tail)


@pytest.mark.parametrize(
    ("loss", "layers", "level"),
    [
        (by_number, [], {"kind": "fused"}),
        (CROSS, [L.Activation("softmax")], {"kind": "keras"}),
        (squared, [L.Softmax()], {"kind": "mse"}),
        (keras.losses.MeanSquaredError(), [L.Softmax()], {"kind": "mse"}),
        (keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3), [], ("label_smoothing", 0.3)),
    ],
)
def test_the_level_computes_the_same(loss: Any, layers: Any, level: Any) -> None:
    wanted = level if isinstance(level, dict) else {"kind": level[0], "alpha": level[1]}
    assert read(loss, *layers).level == wanted


def test_a_loss_that_no_level_computes_is_kept_with_its_path() -> None:
    level = read(flat, units=2).level
    assert (level["kind"], level["path"]["labels"], level["path"]["tail"]) == ("own", "one_hot", [])
    assert level["path"]["loss"].keys() == {"builder", "arguments", "code"}
    known = loss_path._written(keras.losses.Huber(delta=0.5), {})
    assert (known["class_name"], known["config"]["delta"], "dtype" in known["config"]) == ("Huber", 0.5, False)
    truth, p = np.eye(3, dtype="float32"), np.eye(3, dtype="float32")[::-1] * 9
    made = _loss_path.loss({"tail": [], "loss": known, "labels": "one_hot"})(truth, p)
    assert float(made) == pytest.approx(float(keras.losses.Huber(delta=0.5)(truth, p)))
    assert loss_path.serialized(keras.losses.Huber())["config"].keys() == {"name", "reduction"}
    for loss in ("huber", keras.losses.huber):
        assert loss_path._written(loss, {}) == {"name": "huber"}


def test_points_reach_from_near_zero_past_every_clip() -> None:
    (truth, near), *far = loss_path._points(4)
    assert truth.argmax(1).tolist() == [0, 1, 2, 3, 0]
    assert near.std() == pytest.approx(1.0, abs=0.4)
    assert [(truth.tolist(), logits.tolist()) for truth, logits in far] == [
        ([[1, 0, 0, 0]], [[0, gap, 0, 0]]) for gap in (2, 12, 30, 60, 100)
    ]


@pytest.mark.parametrize(
    ("farthest", "eps"), [(16.118, 1e-7), (6.9078, 1e-3), (1.0, None), (1.1, 0.333), (87.0, None), (np.inf, None)]
)
def test_the_largest_value_of_a_clipped_loss_gives_its_clip(farthest: float, eps: float | None) -> None:
    levels = list(loss_path._candidates(farthest, True, "mse"))
    assert [level["kind"] for level in levels[:6]] == [
        *("keras", "fused", "keras_logits_lost", "double_softmax", "mse", "naive")
    ]
    assert [level["eps"] for level in levels[6:]] == ([] if eps is None else [pytest.approx(eps, rel=2e-3)])
    assert next(loss_path._candidates(farthest, False, "mse"))["kind"] == "fused"


@pytest.mark.parametrize(
    ("value", "slope", "same"),
    [(1.0, 0.5, True), (1.001, 0.5005, True), (1.003, 0.5, False), (1.0, 0.502, False), (np.nan, 0.5, False)],
)
def test_values_and_gradients_are_equal_to_two_thousandths(value: float, slope: float, same: bool) -> None:
    one, other = (np.array(1.0), np.array([0.5])), (np.array(value), np.array([slope]))
    assert loss_path._same(one, other) is same
    assert loss_path._same((np.array(np.nan), np.array([0.5])), (np.array(np.nan), np.array([0.5])))


def test_what_cannot_be_read_is_refused() -> None:
    made = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    with pytest.raises(ConfigError, match="must be compiled with a loss"):
        loss_path.read(made, graph.of(made), source(""))
    made.compile("sgd", ["mse"])
    with pytest.raises(ConfigError, match="one loss"):
        loss_path.read(made, graph.of(made), source(""))
    with pytest.raises(ConfigError, match=r"one output per class.*Dense\(classes\)"):
        read("binary_crossentropy", units=1)
    with pytest.raises(ConfigError, match=r"`raises` must be computable on the model's output\. ZeroDivisionError"):
        read(raises)


def raises(truth: Any, logits: Any) -> Any:  # noqa: ARG001
    raise ZeroDivisionError("no")

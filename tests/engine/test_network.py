"""A program's network is Keras' own model and optimizer, named by position, and called statelessly."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.engine import network
from ablate.engine.runtime import keras, tf

SGD: Json = {"kind": "sgd", "momentum": 0.5, "nesterov": False}
BAKED: dict[str, Json] = {"activation": {"on": True}, "depth": 2, "width": 5, "optimizer": SGD}
BATCH: Json = {"kind": "batch", "momentum": 0.9, "epsilon": 0.001}
CHOICES = {"activation.kind": ("relu", "tanh")}
L = keras.layers


def built(**changed: Json) -> network.Network:
    """Return the network of 3 columns and 4 classes with hidden layers of 5 units."""
    numbers = ["activation.kind", "optimizer.epsilon"]
    return network.build({**BAKED, **changed}, features=3, classes=4, numbers=numbers, choices=CHOICES)


def test_layers_are_named_by_position_and_their_kernels_are_found() -> None:
    net = built(normalization=BATCH)
    names = [f"{kind}_{n}/{name}" for n in (1, 2) for kind, names in (
        ("dense", ("kernel", "bias")), ("normalization", ("gamma", "beta"))
    ) for name in names]  # fmt: skip
    assert net.names == (*names, "output/kernel", "output/bias")
    assert net.buffer_names == tuple(
        f"normalization_{n}/{name}" for n in (1, 2) for name in ("moving_mean", "moving_variance")
    )
    assert (net.depth, net.hidden_outputs, net.hidden_kernels, net.penalized) == (2, 2, [0, 4], False)
    assert [name for name, _ in net.layers] == [
        *("dense_1", "normalization_1", "activation_1", "dense_2", "normalization_2", "activation_2", "output")
    ]
    assert [layer.place for name, layer in net.layers if "activation" in name] == [0, 1]
    assert [tuple(output.shape) for output in net.model.outputs] == [(None, 4), (None, 5), (None, 5)]


def test_the_model_gives_logits_and_what_follows_each_activation() -> None:
    net = built(depth=1)
    rng = np.random.default_rng(0)
    kernel, bias, last, shift = (rng.normal(size=shape).astype("float32") for shape in ((3, 5), 5, (5, 4), 4))
    x = rng.normal(size=(6, 3)).astype("float32")
    with network.scope.slot({"activation.kind": tf.constant(1)}, CHOICES):
        (logits, hidden), buffers, penalties = network.forward(net, [kernel, bias, last, shift], [], x, True)
    np.testing.assert_allclose(hidden, np.tanh(x @ kernel + bias), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(logits, np.tanh(x @ kernel + bias) @ last + shift, rtol=1e-5, atol=1e-5)
    assert (buffers, penalties) == ([], [])


def test_without_hidden_layers_the_logits_are_the_only_output() -> None:
    net = built(depth=0)
    assert (net.names, net.hidden_outputs, net.hidden_kernels) == (("output/kernel", "output/bias"), 0, [])
    outputs, _, _ = network.forward(
        net, [np.ones((3, 4), "float32"), np.zeros(4, "float32")], [], np.ones((2, 3)), True
    )
    assert [np.asarray(output).tolist() for output in outputs] == [[[3.0] * 4] * 2]


def test_penalties_of_the_models_own_layers_and_its_buffers_are_returned() -> None:
    layer = L.Dense(2, kernel_regularizer=keras.regularizers.L2(0.25), use_bias=False)
    model = keras.Sequential([keras.Input((2,)), layer, L.BatchNormalization(momentum=0.5)])
    net = dataclasses.replace(built(), model=model, penalized=True)
    weights = [np.array([[1.0, 2.0], [3.0, 0.0]], "float32"), np.ones(2, "float32"), np.zeros(2, "float32")]
    buffers = [np.zeros(2, "float32"), np.ones(2, "float32")]
    x = np.array([[1.0, 0.0], [0.0, 1.0]], "float32")
    outputs, after, penalties = network.forward(net, weights, buffers, x, True)
    assert [float(value) for value in penalties] == [0.25 * (1 + 4 + 9)]
    np.testing.assert_allclose(after[0], [1.0, 0.5])
    np.testing.assert_allclose(outputs[0], [[-1.0, 1.0], [1.0, -1.0]], atol=1e-3)
    _, still, _ = network.forward(net, weights, buffers, x, False)
    np.testing.assert_array_equal(still[0], buffers[0])
    assert network.forward(dataclasses.replace(net, penalized=False), weights, buffers, x, False)[2] == []


def test_a_template_builds_the_users_model_with_its_penalties() -> None:
    dense = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 4, "kernel_regularizer": "l2"}}
    node = {"name": "output", "from": [0], "listed": False, "layer": dense}
    template = {"shape": [3], "nodes": [node], "width": 5, "alone": False}
    net = built(model={"template": template})
    assert (net.names, net.penalized) == (("output/kernel", "output/bias"), True)


@pytest.mark.parametrize("kind", ["sgd", "adam", "nadam"])
def test_the_optimizer_takes_a_step_as_keras_own_does(kind: str) -> None:
    settings: dict[str, Any] = {"momentum": 0.5} if kind == "sgd" else {"beta_1": 0.8, "epsilon": 1e-3}
    made = network._stateless(network.optimizers.make({"kind": kind, **settings}, 0.25))
    theirs = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "nadam": keras.optimizers.Nadam}[kind](
        0.25, **settings
    )
    weights = keras.Variable(np.array([1.0, -2.0], "float32"))
    made.build([weights])
    theirs.apply([tf.constant([0.5, 3.0])], [other := keras.Variable(weights.numpy())])
    (moved,), moments = made.stateless_apply(made.variables, [tf.constant([0.5, 3.0])], [weights.value])
    np.testing.assert_allclose(moved, other.numpy(), rtol=1e-6)
    assert weights.numpy().tolist() == [1.0, -2.0], "the variables themselves stay"
    assert len(moments) == len(made.variables)
    assert type(made).__name__ == f"Stateless{type(theirs).__name__}"


@pytest.mark.parametrize("kind", ["sgd", "nadam"])
def test_the_learning_rate_is_one_of_the_optimizers_variables(kind: str) -> None:
    net = built(optimizer=SGD if kind == "sgd" else {"kind": kind, "beta_1": 0.9, "beta_2": 0.999})
    rate = net.optimizer.variables[net.rate_index]
    assert rate is net.optimizer._learning_rate
    assert float(rate) == 0.0, "each step of a slot sets its own"
    if kind == "nadam":
        assert any(variable is net.optimizer._u_product for variable in net.optimizer.variables)


def test_choices_seeds_and_counters_are_whole_numbers() -> None:
    names = ("step", "loss.kind", "dropout.seed", "steps", "loss.kinds", "loss.floor", "kind")
    whole = ["step", "loss.kind", "dropout.seed"]
    assert [name for name in names if network.number_type(name) == tf.int32] == whole
    with network.precision("float64"):
        assert network.number_type("loss.floor") == tf.float64
    assert network.number_type("loss.floor") == tf.float32


def test_keras_is_traced_with_every_number_at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def hidden(_: Json) -> list[Any]:
        seen.update({name: network.scope.number(name).numpy() for name in ("a.kind", "b")})
        return []

    remedy = SimpleNamespace(hidden=hidden)
    monkeypatch.setattr(
        network, "registry", lambda: {"normalization": remedy, "other": remedy, "task": SimpleNamespace(hidden=None)}
    )
    baked = {**BAKED, "normalization": BATCH, "depth": 1}
    network.build(baked, features=3, classes=4, numbers=["a.kind", "b"], choices={})
    assert seen == {"a.kind": 0, "b": 0.0}


def test_precision_holds_inside_the_block_alone() -> None:
    def kinds() -> tuple[str, str]:
        return keras.config.floatx(), keras.config.dtype_policy().name

    with network.precision("float64"):
        assert kinds() == ("float64", "float64")
    assert kinds() == ("float32", "float32")
    with pytest.raises(KeyError), network.precision("float64"):
        raise KeyError
    assert kinds() == ("float32", "float32")

"""A first phase is training in two parts, and a factor that cannot be stacked trains as plain Keras does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate import tasks
from tests.engine import contract, small
from tests.engine.alone import cannot_stack


@pytest.mark.usefixtures("new_programs", "short_switches")
def test_alone_gives_what_plain_keras_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    levels = {"regularizer": {"kind": "l2", "strength": 0.1}, "normalization": "batch", "dropout": 0.2}
    (compared,) = contract.compare(small.only([small.trial(seed=contract.SEED, depth=1, **levels)]))
    assert compared.problems == ()


@pytest.fixture(scope="module")
def rescued() -> dict[str, Any]:
    """Train trials that go on from a first phase, in float64; return them by level of `start`."""
    from ablate.engine import training

    finished = {}
    for name in ("collapsed", "collapsed_kept"):
        trial = small.trial(seed=2, learning_rate=0.01, start=name)
        with small.short_switches():
            (finished[name],) = training.run(small.only([trial]), "float64")
    return finished


@pytest.mark.parametrize("name", ["collapsed", "collapsed_kept"])
def test_a_first_phase_is_training_in_two_parts(name: str, rescued: dict[str, Any]) -> None:
    weights, losses = in_two_parts(kept=name == "collapsed_kept")
    for key, value in rescued[name].variables.weights.items():
        np.testing.assert_allclose(value, weights[key], rtol=1e-9, atol=1e-12)
    signals = rescued[name].curves.signals
    seen = [signals["start_loss"][0], signals["start_loss"][-1], signals["loss"][-1]]
    np.testing.assert_allclose(seen, losses, rtol=1e-5)
    assert (signals["start_step"][0], signals["start_step"][-1]) == (0, small.PHASE)
    assert signals["loss"][0] == signals["start_loss"][-1]


def in_two_parts(*, kept: bool) -> tuple[dict[str, np.ndarray], list[float]]:
    """Train the same in a few lines of plain Keras.

    Returns:
        The final weights, and the validation loss at the start, between the parts and at the end.
    """
    import keras

    from ablate.engine import data
    from ablate.engine.network import precision

    trial = small.trial(seed=2)
    rows, names = data.rows(trial.setting, 2, "float64"), ("dense_1", "dense_2", "output")
    truth, probe_truth = np.eye(10)[rows.labels], np.eye(10)[rows.probe_labels]
    with precision("float64"):
        inputs = keras.Input((64,))
        layers = [keras.layers.Dense(16, "relu"), keras.layers.Dense(16, "relu"), keras.layers.Dense(10)]
        output = inputs
        for layer in layers:
            output = layer(output)
        model = keras.Model(inputs, output)
        shapes = {f"{name}/kernel": layer.kernel.shape for name, layer in zip(names, layers, strict=True)}
        first = data.dense_weights(trial.setting["initializer"].params, shapes, 2)
        for name, layer in zip(names, layers, strict=True):
            layer.kernel.assign(first[f"{name}/kernel"])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(0.001)
        losses = []
        for part, steps in enumerate((small.PHASE, small.STEPS)):
            losses.append(float(loss(probe_truth, model(rows.probe))))
            if part and kept:
                optimizer.learning_rate = 0.01
            elif part:
                optimizer = keras.optimizers.Adam(0.01)
            model.compile(optimizer=optimizer, loss=loss)
            for batch in tasks.order(2, len(rows.labels), 16, steps):
                model.train_on_batch(rows.inputs[batch], truth[batch])
        losses.append(float(loss(probe_truth, model(rows.probe))))
    kernels = {f"{name}/kernel": layer.kernel.numpy() for name, layer in zip(names, layers, strict=True)}
    biases = {f"{name}/bias": layer.bias.numpy() for name, layer in zip(names, layers, strict=True)}
    return kernels | biases, losses

"""The null networks learn, but nothing about the labels; their training is Keras's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ablate.outcomes import null_networks
from ablate.outcomes.null_networks import KINDS, Kind, _Networks
from ablate.tasks import load


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 40)


def test_counts_are_of_every_network_and_evaluation() -> None:
    task = load({"kind": "spirals"})
    counts = null_networks.counts(task)
    assert counts.shape == (40 * len(KINDS), 12)
    assert (counts == null_networks.counts(task)).all()
    assert counts.mean() == pytest.approx(256 / 3, rel=0.05)
    assert (counts[:, 0] != counts[:, -1]).mean() > 0.8, "they train"


def test_a_network_learns_the_labels_that_it_is_given() -> None:
    rng = np.random.default_rng(0)
    labels = np.broadcast_to(np.arange(32) % 2, (40, 32))
    inputs = np.where(labels[0][:, None] == 1, 1.0, -1.0).astype(np.float32) + rng.normal(0, 0.1, (32, 3)).astype("f4")
    for kind in KINDS:
        networks = _Networks(replace(kind, rate=0.03), [3, *[16] * kind.layers, 2], rng)
        found = null_networks._trained(networks, inputs, labels, inputs, labels[0])
        assert (found[:, -1] == 32).mean() > 0.9


@pytest.mark.parametrize("kind", [Kind(scale="raw", layers=2, relu=True, rate=0.01), KINDS[-1]])
def test_a_step_is_adam_on_softmax_and_cross_entropy(kind: Kind) -> None:
    import keras

    rng = np.random.default_rng(3)
    sizes = [4, *[16] * kind.layers, 3]
    networks = _Networks(kind, sizes, rng)
    inputs, labels = rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, (40, 8))
    layers = [keras.layers.Dense(size, "relu" if kind.relu else "tanh") for size in sizes[1:-1]]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])
    model.set_weights(
        [part[7] for pair in zip(networks.weights, (b[:, 0] for b in networks.biases), strict=True) for part in pair]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(kind.rate), loss, jit_compile=False)
    for number in (1, 2, 3):
        networks.step(inputs, np.eye(3, dtype=np.float32)[labels], number)
        model.train_on_batch(inputs, labels[7])
    np.testing.assert_allclose(networks.outputs(inputs)[-1][7], np.asarray(model(inputs)), rtol=1e-3, atol=1e-3)

"""How many validation rows a network gets right by luck: small networks, trained on shuffled labels.

Such a network knows nothing of the labels, yet it may get far more rows right than a random guess would: inputs of one
class are alike, so it is right or wrong about many rows at once. How far luck goes depends on the data, so it is
measured, on the same few kinds of network for every task, each network with its own shuffled labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ablate.remedies import input_scale

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Task

NETWORKS = 200
"""Networks of each kind."""

ROWS = 400
"""The most rows that they train on. Fewer rows leave more to luck."""

UNITS, BATCH, STEPS, EVERY = 16, 32, 90, 6
"""Units of a hidden layer; rows of a step; steps; steps between evaluations, which begin after a third of the steps."""

STREAM = 203
"""Keeps these random numbers apart from those of tasks and trials."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of small network: its kind of `input_scale`, hidden layers, activation, and Adam's learning rate."""

    scale: str
    layers: int
    relu: bool
    rate: float


KINDS = (
    Kind(scale="standardized", layers=0, relu=True, rate=0.01),
    Kind(scale="standardized", layers=1, relu=True, rate=0.01),
    Kind(scale="standardized", layers=1, relu=True, rate=0.001),
    Kind(scale="standardized", layers=2, relu=True, rate=0.01),
    Kind(scale="raw", layers=1, relu=False, rate=0.01),
)


def counts(task: Task) -> np.ndarray:
    """Return how many validation rows each network gets right, int64 [networks, evaluations], the first one untrained.

    Training rows that are not finite are left out. Equal tasks give equal counts.
    """
    import numpy as np

    found = []
    for networks, inputs, rng, train in _untrained_networks(task):
        shuffled = rng.permuted(np.broadcast_to(task.labels[train], (NETWORKS, len(train))), axis=1)
        probe = inputs[task.probe_rows], task.labels[task.probe_rows]
        found.append(_trained(networks, inputs[train], shuffled, *probe))
    return np.concatenate(found)


def untrained(task: Task) -> np.ndarray:
    """Return how many validation rows each network gets right before it is trained, int64 [networks]."""
    import numpy as np

    return np.concatenate(
        [
            _right(networks, inputs[task.probe_rows], task.labels[task.probe_rows])
            for networks, inputs, _, _ in _untrained_networks(task)
        ]
    )


def _untrained_networks(task: Task) -> Iterator[tuple[_Networks, np.ndarray, np.random.Generator, np.ndarray]]:
    """Yield the networks of each kind, the scaled inputs, the kind's source of randomness, and its training rows."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    finite = task.train_rows[np.isfinite(task.inputs[task.train_rows]).all(axis=1)]
    # The matrices are small: threads would mostly wait for each other, 20 times as long beside busy workers.
    with threadpool_limits(limits=1, user_api="blas"):
        for number, kind in enumerate(KINDS):
            rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM, number])))
            train = rng.permutation(finite)[:ROWS]
            inputs = input_scale.scale({"kind": kind.scale}, task.inputs, task.train_rows)
            yield _Networks(kind, [inputs.shape[1], *[UNITS] * kind.layers, task.classes], rng), inputs, rng, train


def _right(networks: _Networks, probe: np.ndarray, truth: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.asarray((networks.outputs(probe)[-1].argmax(axis=-1) == truth).sum(axis=-1))


def _trained(
    networks: _Networks, inputs: np.ndarray, labels: np.ndarray, probe: np.ndarray, truth: np.ndarray
) -> np.ndarray:
    """Train the networks, each on its own labels [networks, rows]; return their counts of correct rows."""
    import numpy as np

    one_hot = np.eye(networks.biases[-1].shape[-1], dtype=np.float32)
    found = [_right(networks, probe, truth)]
    for number in range(1, STEPS + 1):
        rows = np.arange((number - 1) * BATCH, number * BATCH) % len(inputs)
        networks.step(inputs[rows], one_hot[labels[:, rows]], number)
        if number >= STEPS // 3 and number % EVERY == 0:
            found.append(_right(networks, probe, truth))
    return np.stack(found, axis=1)


class _Networks:
    """Networks of one kind: the stacked weights of all of them, trained side by side with Adam."""

    def __init__(self, kind: Kind, sizes: Sequence[int], rng: np.random.Generator) -> None:
        import numpy as np

        self.relu, self.rate = kind.relu, kind.rate
        self.weights = [
            (rng.uniform(-1, 1, (NETWORKS, fan_in, fan_out)) * np.sqrt(6 / (fan_in + fan_out))).astype(np.float32)
            for fan_in, fan_out in pairwise(sizes)
        ]
        self.biases = [np.zeros((NETWORKS, 1, size), np.float32) for size in sizes[1:]]
        self.means = [np.zeros_like(each) for each in (*self.weights, *self.biases)]
        self.squares = [np.zeros_like(each) for each in self.means]

    def outputs(self, inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of every layer, inputs first and logits last."""
        import numpy as np

        result = [inputs]
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            sums = result[-1] @ weight
            sums += bias
            if layer < len(self.weights) - 1:
                sums = np.maximum(sums, 0) if self.relu else np.tanh(sums)
            result.append(sums)
        return result

    def step(self, inputs: np.ndarray, truth: np.ndarray, number: int) -> None:
        """Train for one step of softmax and cross-entropy.

        Args:
            inputs: [rows, features], the same for every network.
            truth: one-hot labels [networks, rows, classes].
            number: which step it is, from 1.
        """
        import numpy as np

        *hidden, logits = self.outputs(inputs)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        slope = (odds / odds.sum(axis=-1, keepdims=True) - truth) / np.float32(len(inputs))
        weights: list[np.ndarray] = []
        biases: list[np.ndarray] = []
        for layer in reversed(range(len(hidden))):
            before = hidden[layer]
            weights.insert(0, np.swapaxes(before, -1, -2) @ slope)
            biases.insert(0, slope.sum(axis=1, keepdims=True))
            if layer:
                slope = slope @ np.swapaxes(self.weights[layer], -1, -2)
                slope *= before > 0 if self.relu else 1 - before * before
        rate = np.float32(self.rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number))
        tensors = (*self.weights, *self.biases)
        for tensor, mean, square, gradient in zip(tensors, self.means, self.squares, (*weights, *biases), strict=True):
            mean += np.float32(0.1) * (gradient - mean)
            square += np.float32(0.001) * (gradient * gradient - square)
            tensor -= rate * mean / (np.sqrt(square) + np.float32(1e-7))

"""Train many small networks side by side in NumPy: an independent judge's networks, for `validation.chance`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How networks are built and trained.

    Attributes:
        hidden: units of each hidden layer.
        relu: whether their activation is ReLU; else it is tanh.
        adam: whether Adam trains them; else it is gradient descent.
        rate: the learning rate.
        batch: rows of a step, drawn with replacement.
        scale: the kind of `input_scale`.
        slow: whether they may need longer than a trial takes.
    """

    hidden: tuple[int, ...]
    relu: bool = True
    adam: bool = True
    rate: float
    batch: int = 32
    scale: str = "standardized"
    slow: bool = False


RECIPES = (
    Recipe(hidden=(64, 64), rate=0.003),
    Recipe(hidden=(16,), relu=False, adam=False, rate=0.1, batch=16),
    Recipe(hidden=(8,), rate=0.0003, slow=True),
    Recipe(hidden=(32, 32, 32), adam=False, rate=0.03, batch=64, scale="raw"),
    Recipe(hidden=(32,), rate=0.03, batch=128),
    Recipe(hidden=(), adam=False, rate=0.01, slow=True),
    Recipe(hidden=(32, 32), relu=False, rate=0.001, batch=16, scale="raw"),
)


class Trained(NamedTuple):
    """What was seen of networks.

    Attributes:
        right: validation rows that they get right, [networks, looks].
        loss: their loss there, [networks, looks].
        fitted: training rows that they get right at the end, by the labels that they were given, [networks].
    """

    right: Array
    loss: Array
    fitted: Array


def trained(
    recipe: Recipe,
    inputs: Array,
    labels: Array,
    probe: tuple[Array, Array],
    looks: Sequence[int],
    rng: np.random.Generator,
) -> Trained:
    """Train networks, and return how many rows they get right, and their loss.

    Args:
        recipe: how.
        inputs: float32 [rows, features].
        labels: one labelling of the rows for each network, [networks, rows].
        probe: the validation rows and their labels.
        looks: the steps after which the networks are evaluated; the first is 0.
        rng: draws weights and batches.
    """
    count, one_hot = len(labels), np.eye(int(labels.max()) + 1, dtype=np.float32)
    sizes = [inputs.shape[1], *recipe.hidden, one_hot.shape[1]]
    weights: list[Array] = []
    for fan_in, fan_out in pairwise(sizes):
        bound = np.sqrt(6 / (fan_in + fan_out))
        weights.append(rng.uniform(-bound, bound, (count, fan_in, fan_out)).astype(np.float32))
    weights += [np.zeros((count, 1, size), np.float32) for size in sizes[1:]]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in weights]
    found = [_look(recipe, weights, *probe)]
    for step in range(1, looks[-1] + 1):
        rows = rng.integers(0, len(inputs), (count, min(recipe.batch, len(inputs))))
        slopes = _slopes(recipe, weights, inputs[rows], one_hot[np.take_along_axis(labels, rows, axis=1)])
        for tensor, slope, (mean, square) in zip(weights, slopes, moments, strict=True):
            if recipe.adam:
                mean += np.float32(0.1) * (slope - mean)
                square += np.float32(0.001) * (slope * slope - square)
                scale = recipe.rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                slope = mean / (np.sqrt(square) + np.float32(1e-7)) * np.float32(scale / recipe.rate)
            tensor -= np.float32(recipe.rate) * slope
        if step in looks:
            found.append(_look(recipe, weights, *probe))
    fitted = (_outputs(recipe, weights, inputs)[-1].argmax(axis=-1) == labels).sum(axis=-1)
    return Trained(
        np.stack([right for right, _ in found], axis=1), np.stack([loss for _, loss in found], axis=1), fitted
    )


def _outputs(recipe: Recipe, weights: Sequence[Array], inputs: Array) -> list[Array]:
    layers, result = len(weights) // 2, [inputs]
    for layer in range(layers):
        sums = result[-1] @ weights[layer] + weights[layers + layer]
        if layer < layers - 1:
            sums = np.maximum(sums, 0) if recipe.relu else np.tanh(sums)
        result.append(sums)
    return result


def _slopes(recipe: Recipe, weights: Sequence[Array], inputs: Array, truth: Array) -> list[Array]:
    layers = len(weights) // 2
    *before, logits = _outputs(recipe, weights, inputs)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    slope = (odds / odds.sum(axis=-1, keepdims=True) - truth) / np.float32(inputs.shape[1])
    result = [np.zeros(0, np.float32)] * len(weights)
    for layer in reversed(range(layers)):
        result[layer] = before[layer].transpose(0, 2, 1) @ slope
        result[layers + layer] = slope.sum(axis=1, keepdims=True)
        if layer:
            slope = slope @ weights[layer].transpose(0, 2, 1)
            slope = slope * (before[layer] > 0 if recipe.relu else 1 - before[layer] ** 2)
    return result


def _look(recipe: Recipe, weights: Sequence[Array], inputs: Array, labels: Array) -> tuple[Array, Array]:
    logits = _outputs(recipe, weights, inputs)[-1].astype(np.float64)
    right = (logits.argmax(axis=-1) == labels).sum(axis=-1)
    logits -= logits.max(axis=-1, keepdims=True)
    loss = np.log(np.exp(logits).sum(axis=-1)) - logits[:, np.arange(len(labels)), labels]
    return right, loss.mean(axis=-1)

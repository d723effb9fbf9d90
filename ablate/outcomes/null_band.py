"""The null band: how many rows of a task's probe networks with random weights get right.

Also the loss such networks start from. Networks are made in batches of stacked matrices, on the probe's distinct
inputs alone, so 10,000 of them take seconds.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from ablate.core.study import Json, canonical

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Task

NETWORKS = 10_000
WIDEST = 128
"""Wider networks are measured at this width: their random functions follow a limit (Lee et al. 2018, "Deep Neural
Networks as Gaussian Processes"), and the band is flat long before it: 66 of 256 at 128 on digits, 67 at 256."""

STREAM = 201
CHUNK = 2**22
"""Most numbers in one array of a batch of networks: 16 MiB."""

GLOROT: Json = {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}

Kind = tuple[int, int, str, str, str]
"""A kind of random network: width, depth, and the canonical texts of activation, initializer and input scale."""


def kinds(
    widths: Sequence[int],
    depths: Sequence[int],
    activations: Sequence[Json],
    initializers: Sequence[Json],
    input_scales: Sequence[Json],
) -> list[Kind]:
    """Every kind of network with these levels, in one order whatever theirs; never one whose weights are all zero."""
    drawn = [params for params in initializers if params["kind"] != "zeros"] or [GLOROT]
    parts = (map(canonical, activations), map(canonical, drawn), map(canonical, input_scales))
    return sorted(set(product([min(width, WIDEST) for width in widths], depths, *parts)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Probe:
    """The distinct inputs of a probe.

    Attributes:
        scaled: by canonical input scale, float32 [distinct, features].
        counts: rows of each class at each distinct input, int64 [distinct, classes].
    """

    scaled: Mapping[str, np.ndarray]
    counts: np.ndarray

    @classmethod
    def of(cls, task: Task, input_scales: Sequence[Json]) -> Probe:
        """The probe of a task on each of those scales."""
        import numpy as np

        from ablate.remedies.input_scale import scale

        raw = task.inputs[task.probe_rows]
        _, first, place = np.unique(raw, axis=0, return_index=True, return_inverse=True)
        counts = np.zeros((len(first), task.classes), np.int64)
        np.add.at(counts, (place.reshape(-1), task.labels[task.probe_rows]), 1)
        rows = task.probe_rows[first]
        scaled = {canonical(params): scale(params, task.inputs, task.train_rows)[rows] for params in input_scales}
        return cls(scaled=scaled, counts=counts)


def band(probe: Probe, choices: Sequence[Kind]) -> int:
    """The largest count of correct rows over constant predictions and 10,000 networks, spread evenly over the kinds."""
    import numpy as np

    best, place = int(probe.counts.sum(axis=0).max()), np.arange(len(probe.counts))
    taken = min(len(choices), NETWORKS)
    for number in range(taken):
        share = (number + 1) * NETWORKS // taken - number * NETWORKS // taken
        # With more kinds than networks, evenly spaced ones get a network each.
        for logits in logits_of(probe, choices[number * len(choices) // taken], share):
            best = max(best, int(probe.counts[place, logits.argmax(axis=-1)].sum(axis=-1).max()))
    return best


def logits_of(probe: Probe, kind: Kind, networks: int) -> Iterator[np.ndarray]:
    """Logits of random networks of one kind on the distinct inputs, float32 [some networks, distinct, classes]."""
    import numpy as np

    from ablate.remedies.activation import as_numpy
    from ablate.remedies.initializer import limit

    width, depth, activation, initializer, scale = kind
    function, inputs = as_numpy(json.loads(activation)), probe.scaled[scale]
    sizes = [inputs.shape[1], *[width] * depth, probe.counts.shape[1]]
    largest = max(max(a * b for a, b in pairwise(sizes)), len(inputs) * max(sizes[1:]))
    # The numbers of a kind depend on the kind alone, not on what else a study holds.
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM, zlib.crc32(canonical(kind).encode())])))
    chunk = max(1, CHUNK // largest)
    for start in range(0, networks, chunk):
        hidden = inputs[None]
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            bound = np.float32(limit(json.loads(initializer), fan_in, fan_out))
            weights = rng.random((min(chunk, networks - start), fan_in, fan_out), dtype=np.float32)
            weights -= np.float32(0.5)
            weights *= 2 * bound
            hidden = np.matmul(hidden, weights)
            if layer < depth:
                hidden = function(hidden).astype(np.float32, copy=False)
        yield hidden


def initial_loss(probe: Probe, kind: Kind, networks: int = 64) -> float:
    """Mean cross-entropy over the probe and over random networks of that kind."""
    import numpy as np
    from scipy.special import logsumexp

    losses = []
    for logits in logits_of(probe, kind, networks):
        exact = logits.astype(np.float64)
        negative = logsumexp(exact, axis=-1, keepdims=True) - exact
        losses.extend((negative * probe.counts).sum(axis=(1, 2)) / probe.counts.sum())
    return float(np.mean(losses))

"""The null band: the most validation rows that a network gets right without training.

It is the best of 10,000 networks with random weights. They are made in batches of stacked matrices and see each
distinct input once, so they take seconds. The loss that such networks start from is measured in the same way.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from ablate.core.study import Json, Study, canonical
from ablate.remedies import _plugins, activation, input_scale
from ablate.remedies.activation import ACTIVATION
from ablate.remedies.depth import DEPTH
from ablate.remedies.initializer import INITIALIZER
from ablate.remedies.input_scale import INPUT_SCALE
from ablate.remedies.width import WIDTH

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Task

NETWORKS = 10_000
WIDEST = 128
"""Wider networks are measured at this width. With growing width their random functions approach a limit (Lee et al.
2018, "Deep Neural Networks as Gaussian Processes"), and the band is flat long before: 66 of 256 rows at width 128 on
digits, 67 at width 256."""

STREAM = 201
"""Keeps these random numbers apart from those of tasks and trials."""

CHUNK = 2**22
"""Most numbers in one array of a batch of networks: 16 MiB."""

GLOROT: Json = {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}

FACTORS = {
    "widths": WIDTH,
    "depths": DEPTH,
    "activations": ACTIVATION,
    "initializers": INITIALIZER,
    "input_scales": INPUT_SCALE,
}
"""The factor whose levels fill each field of `Networks`."""

PLAIN: Mapping[str, Json] = {ACTIVATION: activation.PLAIN, INPUT_SCALE: input_scale.PLAIN}
"""The level that stands in for a factor whose levels all come from other packages."""

Kind = tuple[int, int, str, str, str]
"""A kind of random network: width, depth, and the canonical texts of activation, initializer and input scale."""


@dataclass(frozen=True, kw_only=True)
class Networks:
    """The untrained networks of a study: every combination of these levels.

    The first activation and the first input scale are the baseline's; the loss before training is measured on them.

    Attributes:
        widths: units of a hidden layer.
        depths: numbers of hidden layers.
        activations: parameters of levels of `activation`.
        initializers: parameters of levels of `initializer`.
        input_scales: parameters of levels of `input_scale`.
    """

    widths: Sequence[int]
    depths: Sequence[int]
    activations: Sequence[Json]
    initializers: Sequence[Json]
    input_scales: Sequence[Json]

    @classmethod
    def of(cls, study: Study) -> Networks:
        """Return the untrained networks of a study; the baseline's levels come first.

        Levels of other packages are left out: their functions run in workers only, where they can be stopped.
        """
        factors = {factor.name: factor for factor in study.factors}
        fields = {}
        for field, name in FACTORS.items():
            levels = [level.params for level in dict.fromkeys((factors[name].baseline, *factors[name].levels))]
            fields[field] = [params for params in levels if not _plugins.brings(name, params)] or [PLAIN[name]]
        return cls(**fields)

    @property
    def text(self) -> str:
        """Return canonical JSON; it is equal for two studies exactly if their untrained networks are the same."""
        return canonical(asdict(self))

    def kinds(self) -> list[Kind]:
        """Return every kind of these networks, sorted.

        Initializers that set all weights to zero are left out: such a network predicts one class.
        """
        initializers = [params for params in self.initializers if params["kind"] != "zeros"] or [GLOROT]
        widths = [min(width, WIDEST) for width in self.widths]
        texts = map(canonical, self.activations), map(canonical, initializers), map(canonical, self.input_scales)
        return sorted(set(product(widths, self.depths, *texts)))

    def first(self) -> Kind:
        """Return the kind on which the loss before training is measured: the largest, with Glorot's initializer."""
        activation, scale = canonical(self.activations[0]), canonical(self.input_scales[0])
        return min(max(self.widths), WIDEST), max(self.depths), activation, canonical(GLOROT), scale


@dataclass(frozen=True, eq=False, kw_only=True)
class Probe:
    """The distinct inputs among a task's validation rows.

    Attributes:
        scaled: the inputs by the canonical text of the input scale, float32 [distinct, features].
        counts: number of rows of each class at each distinct input, int64 [distinct, classes].
    """

    scaled: Mapping[str, np.ndarray]
    counts: np.ndarray

    @classmethod
    def of(cls, task: Task, input_scales: Sequence[Json]) -> Probe:
        """Return the distinct inputs of a task on each scale.

        Args:
            task: the task.
            input_scales: parameters of levels of `input_scale`.
        """
        import numpy as np

        from ablate.remedies.input_scale import scale

        raw = task.inputs[task.probe_rows]
        _, first, number = np.unique(raw, axis=0, return_index=True, return_inverse=True)
        counts = np.zeros((len(first), task.classes), np.int64)
        np.add.at(counts, (number.reshape(-1), task.labels[task.probe_rows]), 1)
        rows = task.probe_rows[first]
        scaled = {canonical(params): scale(params, task.inputs, task.train_rows)[rows] for params in input_scales}
        return cls(scaled=scaled, counts=counts)


def best_count(probe: Probe, kinds: Sequence[Kind]) -> int:
    """Return the most rows that a constant prediction or one of 10,000 random networks gets right.

    Args:
        probe: the distinct inputs.
        kinds: the kinds of networks, over which the networks are spread evenly.
    """
    import numpy as np

    best, inputs = int(probe.counts.sum(axis=0).max()), np.arange(len(probe.counts))
    used = min(len(kinds), NETWORKS)
    for number in range(used):
        share = (number + 1) * NETWORKS // used - number * NETWORKS // used
        # With more kinds than networks, evenly spaced kinds get one network each.
        for logits in _logits(probe, kinds[number * len(kinds) // used], share):
            best = max(best, int(probe.counts[inputs, logits.argmax(axis=-1)].sum(axis=-1).max()))
    return best


def _logits(probe: Probe, kind: Kind, networks: int) -> Iterator[np.ndarray]:
    """Yield the logits of batches of random networks of one kind, float32 [batch, distinct, classes]."""
    import numpy as np

    from ablate.remedies.activation import as_numpy
    from ablate.remedies.initializer import limit

    width, depth, activation, initializer, scale = kind
    function, inputs = as_numpy(json.loads(activation)), probe.scaled[scale]
    sizes = [inputs.shape[1], *[width] * depth, probe.counts.shape[1]]
    largest = max(max(a * b for a, b in pairwise(sizes)), len(inputs) * max(sizes[1:]))
    # The seed is a hash of this kind of network, so the study's other kinds do not change its random numbers.
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
    """Return the mean cross-entropy of random networks on the validation rows.

    Args:
        probe: the distinct inputs.
        kind: the kind of network.
        networks: number of networks.
    """
    import numpy as np
    from scipy.special import logsumexp

    losses = []
    for logits in _logits(probe, kind, networks):
        exact = logits.astype(np.float64)
        negative = logsumexp(exact, axis=-1, keepdims=True) - exact
        losses.extend((negative * probe.counts).sum(axis=(1, 2)) / probe.counts.sum())
    return float(np.mean(losses))

"""Above chance: the count of correct probe rows that neither luck nor an untrained network reaches.

Inputs of one class are alike, so a random network is right or wrong about many rows at once, and a binomial test
calls far too many of them better than chance. A look must therefore also beat the null band: the best of 10,000
networks with random weights. Both are counts of one task's probe, measured once and kept in the manifest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ablate.errors import TaskError
from ablate.study import Json, canonical

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Finding, Task

ALPHA = 1e-7
NETWORKS = 10_000
FEW_DISTINCT = 200
"""With fewer distinct probe inputs the rows are copies of each other, and a binomial test of them means nothing."""

MARGIN = 0.10
"""How far below a reference classifier's accuracy the null band must end."""

WIDEST = 128
"""Wider networks are measured at this width: their random functions follow a limit (Lee et al. 2018, "Deep Neural
Networks as Gaussian Processes"), and the band is flat long before it: 66 of 256 at 128 on digits, 67 at 256."""

STREAM = 201
CHUNK = 2**22
"""Most numbers in one array of a batch of networks: 16 MiB."""

GLOROT: Json = {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What a task's probe gives away to luck.

    Attributes:
        rows: rows of the probe.
        distinct: distinct inputs among them.
        classes: classes of the task.
        majority: share of the most frequent class in the probe: what a constant prediction gets.
        critical: the largest count that luck at that share reaches with probability above 1e-7.
        band: the largest count of the random networks.
        reference: accuracy of an ordinary classifier (the best of a few of scikit-learn's).
        initial_loss: mean cross-entropy of Glorot-initialized networks on the probe; ln(classes) is knowing nothing.
    """

    rows: int
    distinct: int
    classes: int
    majority: float
    critical: int
    band: int
    reference: float
    initial_loss: float

    @property
    def count(self) -> int:
        """The count that a look must exceed to be above chance.

        Examples:
            >>> few = dict(rows=256, classes=2, majority=0.5, critical=170, reference=1.0, initial_loss=0.7)
            >>> Chance(distinct=256, band=150, **few).count, Chance(distinct=10, band=150, **few).count
            (170, 150)
        """
        return max(self.critical, self.band) if self.distinct >= FEW_DISTINCT else self.band

    def to_json(self) -> dict[str, Json]:
        """The fields by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Chance:
        """The record `to_json` wrote."""
        return cls(**value)


def measure(
    task: Task,
    *,
    widths: Sequence[int],
    depths: Sequence[int],
    activations: Sequence[Json],
    initializers: Sequence[Json],
    input_scales: Sequence[Json],
) -> Chance:
    """The chance level of a task for the networks of a study; the same numbers every time.

    Args:
        task: the task.
        widths: units a hidden layer.
        depths: hidden layers.
        activations: parameters of levels of `activation`.
        initializers: parameters of levels of `initializer`; those that set every weight to zero are left out, since
            such a network predicts one class.
        input_scales: parameters of levels of `input_scale`. The first of each list also makes `initial_loss`.

    Raises:
        TaskError: the probe holds rows that are not finite.
    """
    import numpy as np

    if not np.isfinite(task.inputs[task.probe_rows]).all():
        raise TaskError("Every row of the probe must be finite. Fill or drop rows with NaN or infinity.")
    probe = _Probe.of(task, input_scales)
    drawn = [params for params in initializers if params["kind"] != "zeros"] or [GLOROT]
    kinds = sorted({
        (min(width, WIDEST), depth, canonical(activation), canonical(initializer), canonical(scale))
        for width in widths
        for depth in depths
        for activation in activations
        for initializer in drawn
        for scale in input_scales
    })  # fmt: skip
    rows, share = len(task.probe_rows), np.bincount(task.labels[task.probe_rows]).max() / len(task.probe_rows)
    first = (min(max(widths), WIDEST), max(depths), *map(canonical, (activations[0], GLOROT, input_scales[0])))
    return Chance(
        rows=rows,
        distinct=len(probe.counts),
        classes=task.classes,
        majority=float(share),
        critical=critical(rows, float(share)),
        band=_band(probe, kinds),
        reference=_reference(task),
        initial_loss=_initial_loss(probe, first),
    )


def critical(rows: int, share: float, alpha: float = ALPHA) -> int:
    """The smallest count c with P(X > c) <= alpha for X binomial(rows, share): to be above chance is to exceed it.

    Examples:
        >>> critical(256, 0.1)
        54
    """
    import numpy as np
    from scipy.special import bdtrc

    return int(np.argmax(bdtrc(np.arange(rows + 1), rows, share) <= alpha))


def refuse(chance: Chance) -> str | None:
    """Why a study of this task could not tell learning from luck; None if it could."""
    band, best = chance.count / chance.rows, chance.reference
    if band + MARGIN <= best:
        return None
    return (
        f"The task must leave room between chance and skill: a look is above chance from {band:.1%} correct, the best "
        f"of {NETWORKS:,} untrained networks or of luck, and an ordinary classifier reaches {best:.1%}. At least "
        f"{MARGIN:.0%} must lie between. Take more classes, several clusters a class, or more cells."
    )


def findings(chance: Chance) -> list[Finding]:
    """What the measurement adds to `tasks.check`: a task without room, and a loss that starts too high."""
    from ablate.tasks import Finding

    found, message, nothing = [], refuse(chance), math.log(chance.classes)
    if message:
        found.append(Finding(severity="error", what=message, advice="Change the task before anything is trained."))
    if chance.initial_loss > 1.5 * nothing:
        what = f"Untrained networks have a loss of {chance.initial_loss:.3g}; knowing nothing is ln N = {nothing:.3g}."
        advice = "They start out sure and wrong: scale the inputs (`input_scale=standardized`) or the weights down."
        found.append(Finding(severity="warning", what=what, advice=advice))
    return found


Kind = tuple[int, int, str, str, str]
"""A kind of random network: width, depth, and the canonical texts of activation, initializer and input scale."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Probe:
    """The distinct inputs of a probe.

    Attributes:
        scaled: by canonical input scale, float32 [distinct, features].
        counts: rows of each class at each distinct input, int64 [distinct, classes].
    """

    scaled: Mapping[str, np.ndarray]
    counts: np.ndarray

    @classmethod
    def of(cls, task: Task, input_scales: Sequence[Json]) -> _Probe:
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


def _band(probe: _Probe, kinds: Sequence[Kind]) -> int:
    """The largest count of correct rows over 10,000 random networks, spread evenly over the kinds, and constants."""
    import numpy as np

    best, place = int(probe.counts.sum(axis=0).max()), np.arange(len(probe.counts))
    # With more kinds than networks every so many kinds get one.
    for number in range(min(len(kinds), NETWORKS)):
        kind = kinds[number * len(kinds) // min(len(kinds), NETWORKS)]
        share = (number + 1) * NETWORKS // len(kinds) - number * NETWORKS // len(kinds)
        for logits in _logits(probe, kind, max(1, share)):
            best = max(best, int(probe.counts[place, logits.argmax(axis=-1)].sum(axis=-1).max()))
    return best


def _logits(probe: _Probe, kind: Kind, networks: int) -> Iterator[np.ndarray]:
    """Logits of random networks of one kind on the distinct inputs, float32 [some networks, distinct, classes]."""
    import json
    import zlib

    import numpy as np

    from ablate.remedies.activation import as_numpy
    from ablate.remedies.initializer import limit

    width, depth, activation, initializer, scale = kind
    function, inputs = as_numpy(json.loads(activation)), probe.scaled[scale]
    sizes = [inputs.shape[1], *[width] * depth, probe.counts.shape[1]]
    largest = max(max(a * b for a, b in zip(sizes, sizes[1:], strict=False)), len(inputs) * max(sizes[1:]))
    # The numbers of a kind depend on the kind alone, not on what else a study holds.
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM, zlib.crc32(canonical(kind).encode())])))
    chunk = max(1, CHUNK // largest)
    for start in range(0, networks, chunk):
        hidden = inputs[None]
        for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
            bound = np.float32(limit(json.loads(initializer), fan_in, fan_out))
            weights = rng.random((min(chunk, networks - start), fan_in, fan_out), dtype=np.float32)
            weights -= np.float32(0.5)
            weights *= 2 * bound
            hidden = np.matmul(hidden, weights)
            if layer < depth:
                hidden = function(hidden).astype(np.float32, copy=False)
        yield hidden


def _initial_loss(probe: _Probe, kind: Kind, networks: int = 64) -> float:
    """Mean cross-entropy over the probe and over random networks of that kind."""
    import numpy as np
    from scipy.special import logsumexp

    losses = []
    for logits in _logits(probe, kind, networks):
        exact = logits.astype(np.float64)
        negative = logsumexp(exact, axis=-1, keepdims=True) - exact
        losses.extend((negative * probe.counts).sum(axis=(1, 2)) / probe.counts.sum())
    return float(np.mean(losses))


def _reference(task: Task) -> float:
    """Accuracy on the probe of ordinary classifiers, the best of them; none is asked once one has 99 %."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    from ablate.remedies.input_scale import scale

    inputs = scale({"kind": "standardized"}, task.inputs, task.train_rows)
    train = task.train_rows[np.isfinite(inputs[task.train_rows]).all(axis=1)]
    train = train[:: -(-len(train) // 10_000)]
    best = 0.0
    for classifier in (
        KNeighborsClassifier(min(5, len(train)), weights="distance"),
        RandomForestClassifier(100, random_state=0),
        LogisticRegression(max_iter=200),
    ):
        if best < 0.99:
            classifier.fit(inputs[train], task.labels[train])
            best = max(best, float(classifier.score(inputs[task.probe_rows], task.labels[task.probe_rows])))
    return best

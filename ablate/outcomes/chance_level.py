"""The chance level of a task: how many validation rows can be correct without anything having been learned.

Inputs of one class are alike, so a random network is right or wrong about many rows at once. A binomial test alone
would call far too many random networks better than chance. An evaluation must therefore also exceed the null band: the
best of 10,000 networks with random weights. Both are counts on one task's validation rows. They are measured once per
study and kept in its manifest.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.outcomes import null_band
from ablate.outcomes.null_band import Networks, Probe
from ablate.tasks import FEW_DISTINCT

if TYPE_CHECKING:
    from ablate.tasks import Finding, Task

ALPHA = 1e-7
"""Random guesses exceed `Chance.critical` at most with this probability."""

MARGIN = 0.10
"""A task is refused if the chance level is less than this below a reference classifier's accuracy."""


@dataclass(frozen=True, kw_only=True)
class Chance:
    """The chance level of a task: accuracies that need no learning, and one that shows what can be learned.

    Attributes:
        rows: number of validation rows.
        distinct: number of distinct inputs among them.
        classes: number of classes.
        majority: share of the most frequent class among the validation rows: the accuracy of a constant prediction.
        critical: random guesses, each right with the probability `majority`, get more rows than this right with a
            probability of at most 1e-7.
        band: the null band: the most rows that one of the untrained networks gets right.
        reference: accuracy of the reference classifier: the best of a few of scikit-learn's.
        initial_loss: mean cross-entropy of Glorot-initialized networks; ln(classes) is the loss of knowing nothing.
        networks: canonical JSON of the untrained networks that `band` was measured on.
    """

    rows: int
    distinct: int
    classes: int
    majority: float
    critical: int
    band: int
    reference: float
    initial_loss: float
    networks: str = ""

    @property
    def count(self) -> int:
        """Return the number of correct rows that an evaluation must exceed to be above chance.

        Examples:
            >>> few = dict(rows=256, classes=2, majority=0.5, critical=170, reference=1.0, initial_loss=0.7)
            >>> Chance(distinct=256, band=150, **few).count, Chance(distinct=10, band=150, **few).count
            (170, 150)
        """
        return max(self.critical, self.band) if self.distinct >= FEW_DISTINCT else self.band

    @property
    def rule(self) -> str:
        """Return a hash of the chance level's numbers; each outcome is stored with the hash that it was derived by."""
        return hashlib.sha256(canonical(self.numbers()).encode()).hexdigest()[:ID_DIGITS]

    def numbers(self) -> dict[str, Json]:
        """Return what was measured: all fields but `networks`, sorted by name."""
        return {name: value for name, value in sorted(asdict(self).items()) if name != "networks"}


def measure(task: Task, networks: Networks) -> Chance:
    """Measure the chance level of a task; equal arguments give equal numbers.

    Args:
        task: the task.
        networks: the untrained networks of the study.

    Raises:
        TaskError: a validation row is not finite.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    if not np.isfinite(task.inputs[task.probe_rows]).all():
        raise TaskError("Every validation row must be finite. Fill or drop rows with NaN or infinity.")
    probe = Probe.of(task, networks.input_scales)
    rows, share = len(task.probe_rows), np.bincount(task.labels[task.probe_rows]).max() / len(task.probe_rows)
    # The matrices are small: threads would mostly wait for each other, 20 times as long beside busy workers.
    with threadpool_limits(limits=1, user_api="blas"):
        return Chance(
            rows=rows,
            distinct=len(probe.counts),
            classes=task.classes,
            majority=float(share),
            critical=_critical(rows, float(share)),
            band=null_band.best_count(probe, networks.kinds()),
            reference=_reference(task),
            initial_loss=null_band.initial_loss(probe, networks.first()),
            networks=networks.text,
        )


def findings(chance: Chance) -> list[Finding]:
    """Return an error if the task leaves too little room above chance, and a warning if the loss starts too high."""
    from ablate.tasks import Finding

    result = []
    level, best, nothing = chance.count / chance.rows, chance.reference, math.log(chance.classes)
    if level + MARGIN > best:
        what = (
            f"The task leaves too little room between chance and skill. The best of {null_band.NETWORKS:,} untrained "
            f"networks, or luck, gets {level:.1%} of the validation rows right. An ordinary classifier gets {best:.1%} "
            f"right. It must get at least {100 * MARGIN:.0f} percentage points more right than chance."
        )
        advice = (
            "If the data are made up, use more classes, more clusters per class or more cells. If they are your own, "
            f"use more rows (there are {chance.rows} validation rows) or better features, or check the labels."
        )
        result.append(Finding(severity="error", what=what, advice=advice))
    if chance.initial_loss > 1.5 * nothing:
        what = (
            f"Untrained networks have a loss of {chance.initial_loss:.3g}. Equal probabilities give ln N = "
            f"{nothing:.3g}, so the networks start with confident, wrong predictions."
        )
        advice = "Scale the inputs down (`input_scale=standardized`), or the initial weights."
        result.append(Finding(severity="warning", what=what, advice=advice))
    return result


def _critical(rows: int, share: float) -> int:
    """Return the smallest count c with P(X > c) <= ALPHA for X binomial(rows, share).

    Examples:
        >>> _critical(256, 0.1)
        54
    """
    import numpy as np
    from scipy.special import bdtrc

    return int(np.argmax(bdtrc(np.arange(rows + 1), rows, share) <= ALPHA))


def _reference(task: Task) -> float:
    """Return the accuracy of the best ordinary classifier; no further one is trained once one reaches 99 %."""
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

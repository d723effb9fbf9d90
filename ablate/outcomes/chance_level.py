"""Above chance: the count of correct probe rows that neither luck nor an untrained network reaches.

Inputs of one class are alike, so a random network is right or wrong about many rows at once, and a binomial test
calls far too many of them better than chance. A look must therefore also beat the null band: the best of 10,000
networks with random weights. Both are counts of one task's probe, measured once and kept in the manifest.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.outcomes import null_band
from ablate.outcomes.null_band import Networks
from ablate.tasks._data_checks import FEW_DISTINCT

if TYPE_CHECKING:
    from ablate.tasks import Finding, Task

ALPHA = 1e-7
MARGIN = 0.10
"""How far below a reference classifier's accuracy the null band must end."""


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
        """The count that a look must exceed to be above chance.

        Examples:
            >>> few = dict(rows=256, classes=2, majority=0.5, critical=170, reference=1.0, initial_loss=0.7)
            >>> Chance(distinct=256, band=150, **few).count, Chance(distinct=10, band=150, **few).count
            (170, 150)
        """
        return max(self.critical, self.band) if self.distinct >= FEW_DISTINCT else self.band

    @property
    def rule(self) -> str:
        """Return a short name of these numbers; every outcome derived from them is stored with it."""
        return hashlib.sha256(canonical(self.numbers()).encode()).hexdigest()[:ID_DIGITS]

    def numbers(self) -> dict[str, Json]:
        """Return what was measured: all fields but `networks`, sorted by name."""
        return {name: value for name, value in sorted(asdict(self).items()) if name != "networks"}


def measure(task: Task, networks: Networks) -> Chance:
    """Measure the chance level of a task; equal arguments give equal numbers.

    Args:
        task: the task whose probe is counted.
        networks: the untrained networks of the study.

    Raises:
        TaskError: the probe holds rows that are not finite.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    if not np.isfinite(task.inputs[task.probe_rows]).all():
        raise TaskError("Every row of the probe must be finite. Fill or drop rows with NaN or infinity.")
    probe = null_band.Probe.of(task, networks.input_scales)
    rows, share = len(task.probe_rows), np.bincount(task.labels[task.probe_rows]).max() / len(task.probe_rows)
    # The matrices are small: threads that share one wait for each other, beside busy workers twenty times as long.
    with threadpool_limits(limits=1, user_api="blas"):
        return Chance(
            rows=rows,
            distinct=len(probe.counts),
            classes=task.classes,
            majority=float(share),
            critical=critical(rows, float(share)),
            band=null_band.band(probe, networks.kinds()),
            reference=_reference(task),
            initial_loss=null_band.initial_loss(probe, networks.first()),
            networks=networks.text,
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
        f"The task must leave room between chance and skill: a look is above chance from {band:.1%} correct (the best "
        f"of {null_band.NETWORKS:,} untrained networks, or of luck), and an ordinary classifier reaches {best:.1%}. "
        f"At least {MARGIN:.0%} must lie between. Of made-up data take more classes, several clusters a class, or more "
        f"cells; of your own, more rows (the probe has {chance.rows}), better features, or look at the labels."
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

"""The chance level of a task: what an accuracy must exceed so that luck does not explain it.

A network wins a share of the rows that neither a constant prediction nor its own untrained start gets right. The chance
level is the share that luck wins: no more than 1 in 200 networks that were trained on shuffled labels exceed it. It
depends on data, split and classes alone, so it is measured once a task. A study keeps it in its manifest.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.outcomes import null_networks, ordinary_classifiers

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks import Finding, Task

LUCKY = 1 / 200
"""The share of networks that know nothing which may exceed the chance level."""

RUN = 3
"""Evaluations in a row above chance that count as sustained."""

STATE_RULES = 2
"""The number of the rules in `ablate.outcomes.states`. Raise it when they change: then the next sweep computes stored
outcomes again. 2: a first phase that lost accuracy but ended above chance has a state of its own."""

GUESSES = 4_000
"""Rounds of independent random guesses."""

SHARPNESS = (0, 1, 2, 4)
"""Guesses draw a class with its share among the labels, to the power of this: all classes alike, up to the largest."""

UNRELATED = 0.01
"""Labels look unrelated to inputs unless ordinary classifiers do better with a p-value of at most this."""

STREAM = 205
"""Keeps these random numbers apart from those of tasks and trials."""


@dataclass(frozen=True, kw_only=True)
class Chance:
    """The chance level of a task, and what ordinary classifiers find in it.

    Attributes:
        rows: number of validation rows.
        classes: number of classes.
        majority: share of the most frequent class among the validation rows: the accuracy of a constant prediction.
        luck: the share that luck wins: of the rows that neither a constant prediction nor the start gets right.
        reference: accuracy of the reference classifier: the best of a few of scikit-learn's; 0 if it is not known.
        score: cross-validated score of ordinary classifiers on all rows, every class weighted equally.
        shuffled: the score that one in twenty data sets with shuffled labels exceeds.
        p: p-value of the score if labels have nothing to do with inputs.
        reason: what the level was measured on.
    """

    rows: int
    classes: int
    majority: float
    luck: float
    reference: float
    score: float = 1.0
    shuffled: float = 0.0
    p: float = 0.0
    reason: str = "networks trained on shuffled labels"

    @property
    def constant(self) -> int:
        """Return the number of rows that a constant prediction gets right."""
        return round(self.majority * self.rows)

    @property
    def count(self) -> int:
        """Return the number of correct rows that an evaluation must exceed to be above chance.

        Examples:
            >>> Chance(rows=100, classes=2, majority=0.5, luck=0.3, reference=1.0).count
            65
        """
        return self.bar(0)

    @property
    def level(self) -> float:
        """Return the chance level as an accuracy."""
        return self.count / self.rows

    @property
    def half(self) -> float:
        """Return the share of a network that has learned half of what the reference classifier learns."""
        return max(0.0, self.reference - self.majority) / 2 / max(1e-9, 1 - self.majority)

    @property
    def unclear(self) -> tuple[int, int] | None:
        """Return the counts of correct rows, first and last, that luck may win and half of all learning too.

        Examples:
            >>> Chance(rows=100, classes=2, majority=0.5, luck=0.6, reference=0.9).unclear
            (70, 80)
            >>> Chance(rows=100, classes=2, majority=0.5, luck=0.2, reference=0.9).unclear
        """
        first = self.bar(0, self.half - 1e-6) + 1
        return (first, self.count) if first <= self.count else None

    def bar(self, start: int, share: float | None = None) -> int:
        """Return how many rows are right if a share of what could be won has been won, rounded down.

        Args:
            start: rows that the untrained network gets right; 0 if it is not known.
            share: the share; by default the share that luck wins.
        """
        known = max(start, self.constant)
        return known + math.floor((self.luck if share is None else share) * (self.rows - known) + 1e-9)

    @property
    def rule(self) -> str:
        """Return a hash of STATE_RULES and the level's numbers. Each outcome is stored with the hash that it has."""
        return hashlib.sha256(canonical([STATE_RULES, self.numbers()]).encode()).hexdigest()[:ID_DIGITS]

    def numbers(self) -> dict[str, Json]:
        """Return what was measured, sorted by name."""
        return dict(sorted(asdict(self).items()))

    def text(self) -> str:
        """Say what is above chance, and why."""
        ordinary = f", an ordinary classifier {self.reference:.1%}" if self.reference else ""
        return (
            f"above chance is an accuracy of more than {self.level:.1%} ({self.count} of {self.rows} rows). "
            f"{self.reason[0].upper()}{self.reason[1:]} reach up to that by luck. A constant prediction gets "
            f"{self.majority:.1%}{ordinary}"
        )


_MEASURED: dict[str, Chance] = {}


def measure(task: Task) -> Chance:
    """Return the chance level of a task; tasks of equal content have one level, and it is measured once a process.

    Raises:
        TaskError: a validation row is not finite.
    """
    import numpy as np

    if task.hash not in _MEASURED:
        if not np.isfinite(task.inputs[task.probe_rows]).all():
            raise TaskError("Every validation row must be finite. Fill or drop rows with NaN or infinity.")
        relation = ordinary_classifiers.relation(task)
        _MEASURED[task.hash] = Chance(
            rows=len(task.probe_rows),
            classes=task.classes,
            majority=float(np.bincount(task.labels[task.probe_rows]).max() / len(task.probe_rows)),
            luck=max(_luck_of_networks(task), _luck_of_guesses(task)),
            reference=ordinary_classifiers.best_accuracy(task),
            score=relation.score,
            shuffled=relation.shuffled,
            p=relation.p,
        )
    return _MEASURED[task.hash]


def untrained(task: Task) -> int:
    """Return how many validation rows about 1 in 200 untrained networks exceed: the best of 200 of each kind."""
    return int(null_networks.untrained(task).max())


def _luck_of_networks(task: Task) -> float:
    """Return the share that a network trained on shuffled labels ends with by luck: the median of three evaluations."""
    import numpy as np

    counts = null_networks.counts(task)
    won = _won(counts[:, 1:], counts[:, :1], task)
    return _seldom_exceeded(np.median(np.lib.stride_tricks.sliding_window_view(won, RUN, axis=1), axis=-1))


def _luck_of_guesses(task: Task) -> float:
    """Return the share that independent random guesses win by luck; equal inputs get equal guesses.

    A network that has learned its shuffled labels by heart guesses like this.
    """
    import numpy as np

    _, group = np.unique(task.inputs[task.probe_rows], axis=0, return_inverse=True)
    right = np.zeros((group.max() + 1, task.classes), np.int64)
    np.add.at(right, (group.reshape(-1), task.labels[task.probe_rows]), 1)
    shares = np.bincount(task.labels[task.train_rows], minlength=task.classes) / len(task.train_rows)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM])))
    lucky = []
    for power in SHARPNESS:
        weights = (shares > 0) * shares**power
        guesses = rng.choice(task.classes, size=(GUESSES, len(right)), p=weights / weights.sum())
        counts = right[np.arange(len(right)), guesses].sum(axis=1)
        lucky.append(_seldom_exceeded(_won(counts, 0, task)))
    return max(lucky)


def _won(correct: np.ndarray, start: np.ndarray | int, task: Task) -> np.ndarray:
    """Return the share that was won of the rows that neither a constant prediction nor the start gets right."""
    import numpy as np

    known = np.maximum(start, np.bincount(task.labels[task.probe_rows]).max())
    return np.asarray((correct - known) / np.maximum(len(task.probe_rows) - known, 1))


def _seldom_exceeded(values: np.ndarray) -> float:
    """Return the smallest value, at least 0, that no more than 1 in 200 of the values exceed."""
    import numpy as np

    return max(0.0, float(np.quantile(values, 1 - LUCKY, method="inverted_cdf")))


def findings(chance: Chance) -> list[Finding]:
    """Return a warning if labels look unrelated to the inputs, or if luck cannot be told from learning."""
    from ablate.tasks import Finding

    if chance.p > UNRELATED:
        what = (
            f"Labels look unrelated to the inputs: ordinary classifiers, cross-validated, score {chance.score:.1%} "
            f"(every class weighted equally); with shuffled labels 1 in 20 exceed {chance.shuffled:.1%} "
            f"(p = {chance.p:.2g})."
        )
        advice = "Check that each label belongs to its row. No remedy of training can teach what is not in the data."
        return [Finding(severity="warning", what=what, advice=advice)]
    if chance.unclear is None:
        return []
    first, last = chance.unclear
    low, high = first / chance.rows, last / chance.rows
    span = f"{low:.1%} to {high:.1%}" if first < last else f"{low:.1%}"
    hopeless = "" if chance.reference > high else f" An ordinary classifier reaches {chance.reference:.1%}, no more."
    what = (
        f"{chance.rows} validation rows cannot tell an accuracy of {span} from chance: on these "
        f"inputs luck gets up to {high:.1%} right.{hopeless} Trials that end there are `unclear`."
    )
    needed = _rows_needed(chance)
    advice = (
        f"Give at least {needed:,} validation rows."
        if needed > chance.rows
        else (
            "More rows change little: inputs of one class are so alike that luck is right about many at once. "
            "Take features, or a task, on which luck gets less right."
        )
    )
    return [Finding(severity="warning", what=what, advice=advice)]


def _rows_needed(chance: Chance) -> int:
    """Return how many rows it takes until independent guesses win half of what can be learned in 1 of 200 cases."""
    gap = max(0.005, (chance.reference - chance.majority) / 2)
    return math.ceil(chance.majority * (1 - chance.majority) * (2.5758 / gap) ** 2)

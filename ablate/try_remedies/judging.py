"""Judge how trials of a program ended: their states, and how much of what can be learned they learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.engine.as_is.records import Ending
from ablate.outcomes import states
from ablate.outcomes.chance_level import Chance

ALPHA = 1e-3
"""Guesses exceed the bar at one evaluation at most with this probability; three in a row must."""

LITTLE = 0.35
"""A trial that gains less than this share of what can be gained over chance has learned little."""

WELL = 0.75
"""A change that gains this share of what can be gained needs no rival."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What a trial must exceed.

    Attributes:
        rows: validation rows.
        majority: share of the most frequent class among them.
        count: an evaluation is above chance if more rows than this are right.
        reachable: the best accuracy that is known to be reachable; 0 if nothing is known.
    """

    rows: int
    majority: float
    count: int
    reachable: float = 0.0

    def gain(self, accuracy: float) -> float:
        """Return how much of what can be gained over chance an accuracy gains; 1 is all.

        Examples:
            >>> Bar(rows=100, majority=0.5, count=65, reachable=0.9).gain(0.7)
            0.5
        """
        best = max(self.reachable, self.majority + 0.1, self.count / max(1, self.rows))
        return round((accuracy - self.majority) / (best - self.majority), 6)


def bar(labels: np.ndarray, reachable: float = 0.0) -> Bar:
    """Return the bar of validation rows.

    Args:
        labels: their classes.
        reachable: the best accuracy that is known to be reachable.
    """
    from scipy.special import bdtrc

    rows = len(labels)
    flat = labels.reshape(-1)
    share = float(np.unique(flat, return_counts=True)[1].max() / len(flat))
    tail = bdtrc(np.arange(rows + 1), rows, share)
    return Bar(rows=rows, majority=share, count=int(np.argmax(tail <= ALPHA)), reachable=reachable)


def state_of(ending: Ending, judged: Bar) -> str:
    """Return the state of a trial, one of `ablate.outcomes.states.STATES`.

    Args:
        ending: how it went.
        judged: the bar.
    """
    if ending.error or not ending.correct:
        return "failed"
    losses = np.asarray(ending.losses)
    correct = np.asarray(ending.correct)
    if ending.bad_step >= 0 and not np.isfinite(losses[-1]):
        return "diverged"
    constant = round(judged.majority * judged.rows)
    chance = Chance(
        rows=ending.rows,
        classes=2,
        majority=judged.majority,
        luck=max(0, min(judged.count, judged.rows - 1) - constant) / max(1, judged.rows - constant),
        reference=judged.reachable or 1.0,
    )
    return states.state_of(np.asarray(ending.steps), correct, losses, chance)[0]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How the trials of one set of changes ended.

    Attributes:
        trials: trials that ended.
        escaped: those that are above chance at the end.
        learned: those that have learned more than a little.
        accuracy: mean accuracy at the end.
        low, high: smallest and largest accuracy.
        states: trials by state.
        seeds: the seeds.
        error: the first error; empty without one.
    """

    trials: int
    escaped: int
    learned: int
    accuracy: float
    low: float
    high: float
    states: Mapping[str, int]
    seeds: tuple[int, ...] = ()
    error: str = ""

    @property
    def works(self) -> bool:
        """Return whether every trial has learned."""
        return self.trials > 0 and self.learned == self.trials

    @property
    def words(self) -> str:
        """Return the counts and the accuracy in words."""
        if not self.trials:
            return "not trained"
        if self.states.get("failed") == self.trials:
            return f"{self.trials} of {self.trials} raise an error"
        span = f"{self.low:.2f}" if self.high - self.low < 0.005 else f"{self.low:.2f} to {self.high:.2f}"
        return f"{self.escaped} of {self.trials} above chance, accuracy {span}"


def tally(endings: Sequence[Ending], judged: Bar, seeds: Sequence[int] = ()) -> Tally:
    """Count how trials ended.

    Args:
        endings: how they went.
        judged: the bar.
        seeds: their seeds.
    """
    names = [state_of(ending, judged) for ending in endings]
    accuracies = [ending.accuracy for ending in endings]
    learned = [
        name == "escaped" and judged.gain(accuracy) >= LITTLE for name, accuracy in zip(names, accuracies, strict=True)
    ]
    return Tally(
        trials=len(endings),
        escaped=names.count("escaped"),
        learned=sum(learned),
        accuracy=float(np.mean(accuracies)) if accuracies else 0.0,
        low=min(accuracies, default=0.0),
        high=max(accuracies, default=0.0),
        states=dict(Counter(names)),
        seeds=tuple(seeds),
        error=next((ending.error for ending in endings if ending.error), ""),
    )

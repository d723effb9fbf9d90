"""Judge how trials of a program ended: their states, and how much of what can be learned they learned."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.engine.as_is.records import Ending
from ablate.outcomes import states
from ablate.outcomes.chance_level import LUCKY, UNRELATED, Chance
from ablate.outcomes.on_its_way import steps_more

OTHERS = ("collapsed", "slow", "unclear", "diverged", "failed")
"""States that are named beside the number of trials above chance."""

ENOUGH = 3
"""A program is healthy only after so many trials."""

WELL = 0.75
"""A change that gains this share of what can be gained needs no rival."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What a trial must exceed.

    Attributes:
        chance: the chance level of the rows.
        found: the best accuracy that ordinary classifiers reach by an audit; 0 if they learn nothing.
        untrained: rows that about 1 in 200 untrained networks exceed; 0 if that is not known.
    """

    chance: Chance
    found: float = 0.0
    untrained: int = 0

    @property
    def rows(self) -> int:
        """Return the number of rows that trials are judged on."""
        return self.chance.rows

    @property
    def majority(self) -> float:
        """Return the accuracy of a constant prediction."""
        return self.chance.majority

    @property
    def related(self) -> bool:
        """Return whether labels have something to do with the inputs, by ordinary classifiers."""
        return self.chance.p <= UNRELATED or self.found > 0

    @property
    def reachable(self) -> float:
        """Return the best accuracy that is known to be reachable; 0 if nothing is known."""
        known = max(self.found, self.chance.reference if self.chance.p <= UNRELATED else 0.0)
        return known if known > self.majority else 0.0

    @property
    def judged(self) -> Chance:
        """Return the chance level with what is reachable; all is, where ordinary classifiers find nothing."""
        return dataclasses.replace(self.chance, reference=self.reachable or 1.0)

    def text(self) -> str:
        """Say what is above chance, and why."""
        said = dataclasses.replace(self.chance, reference=max(self.found, self.chance.reference)).text()
        if self.chance.count < self.rows:
            return said
        return (
            f"luck may be right about all {self.rows} rows that trials are judged on, for inputs of a class are alike. "
            "So a trial counts as above chance only if it is right about its training rows, too, and ordinary "
            "classifiers find the labels in the inputs"
        )

    def gain(self, accuracy: float) -> float:
        """Return how much of what can be gained over chance an accuracy gains; 1 is all.

        Examples:
            >>> level = Chance(rows=100, classes=2, majority=0.5, luck=0.3, reference=0.9)
            >>> Bar(chance=level).gain(0.7)
            0.5
        """
        best = max(self.reachable, self.majority + 0.1, self.chance.level)
        return round((accuracy - self.majority) / (best - self.majority), 6)

    def learned(self, accuracy: float) -> bool:
        """Return whether an accuracy is more than half of what an ordinary classifier learns."""
        return round(accuracy * self.rows) > self.judged.bar(0, self.judged.half)


def guessed(labels: np.ndarray) -> Bar:
    """Return the bar of rows whose chance level was not measured: what independent guesses win.

    Args:
        labels: the classes of the rows that trials are judged on.
    """
    from scipy.special import bdtrc

    rows, flat = len(labels), labels.reshape(-1)
    counts = np.unique(flat, return_counts=True)[1]
    share = float(counts.max() / len(flat))
    count = int(np.argmax(bdtrc(np.arange(rows + 1), rows, share) <= LUCKY))
    constant = round(share * rows)
    return Bar(
        chance=Chance(
            rows=rows,
            classes=len(counts),
            majority=share,
            luck=max(0, min(count, rows - 1) - constant) / max(1, rows - constant),
            reference=0.0,
            reason="independent random guesses",
        )
    )


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
    # A builder may load weights that are trained already: they start where 1 in 200 untrained networks would.
    fresh = correct[0] <= max(judged.chance.count, judged.untrained)
    state = states.state_of(np.asarray(ending.steps), correct, losses, judged.judged, fresh=bool(fresh))[0]
    if state not in ("unclear", "slow", "stuck") or not _knows(ending, judged):
        return state
    if _won(ending, judged):
        return "escaped"
    return "unclear" if state == "stuck" else state


def _knows(ending: Ending, judged: Bar) -> bool:
    """Return whether a trial is right about its training rows and others, and there is something to learn.

    Where inputs of a class are alike, luck may be right about all of the few rows that are judged. A network that knows
    nothing of the labels is not right about its training rows as well, unless it learns by heart labels that have
    nothing to do with these rows.
    """
    training = ending.training_correct / max(1, ending.training_rows)
    taught = judged.chance.p <= UNRELATED and judged.reachable > 0
    return taught and judged.learned(training) and judged.learned(ending.accuracy)


def _won(ending: Ending, judged: Bar) -> bool:
    """Return whether training, and not the start, made a trial right: half of what was left, or half of the loss."""
    level = judged.judged
    return ending.correct[-1] > level.bar(ending.correct[0], level.half) or ending.losses[-1] <= ending.losses[0] / 2


def more_steps(ending: Ending, judged: Bar) -> int:
    """Return how many more steps a trial on its way would need until it is above chance; 0 if it is not on its way.

    Args:
        ending: how it went.
        judged: the bar.
    """
    if state_of(ending, judged) != "slow":
        return 0
    correct, level = np.asarray(ending.correct), judged.judged
    start = int(correct[0])
    known = max(start, level.constant)
    steps = steps_more(np.asarray(ending.steps), correct, np.asarray(ending.losses), level.bar(start), known=known)
    return max(1, steps or 0)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How the trials of one set of changes ended.

    Attributes:
        trials: trials that ended.
        escaped: those that are above chance at the end.
        learned: those that are, and have learned more than half of what an ordinary classifier learns.
        accuracy: mean accuracy at the end.
        low, high: smallest and largest accuracy.
        states: trials by state.
        more: steps that those on their way would need, in the middle; 0 if none is.
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
    more: int = 0
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
        others = [f"{self.states[name]} {name}" for name in OTHERS if name in self.states]
        return f"{self.escaped} of {self.trials} above chance, accuracy {span}{''.join(f', {one}' for one in others)}"


def tally(endings: Sequence[Ending], judged: Bar, seeds: Sequence[int] = ()) -> Tally:
    """Count how trials ended.

    Args:
        endings: how they went.
        judged: the bar.
        seeds: their seeds.
    """
    names = [state_of(ending, judged) for ending in endings]
    accuracies = [ending.accuracy for ending in endings]
    learned = [name == "escaped" and judged.learned(accuracy) for name, accuracy in zip(names, accuracies, strict=True)]
    return Tally(
        trials=len(endings),
        escaped=names.count("escaped"),
        learned=sum(learned),
        accuracy=float(np.mean(accuracies)) if accuracies else 0.0,
        low=min(accuracies, default=0.0),
        high=max(accuracies, default=0.0),
        states=dict(Counter(names)),
        more=int(np.median([steps for ending in endings if (steps := more_steps(ending, judged))] or [0])),
        seeds=tuple(seeds),
        error=next((ending.error for ending in endings if ending.error), ""),
    )


def mostly_learned(seen: Tally) -> bool:
    """Return whether all trials have learned; a third of them may end where luck and learning look alike."""
    return (
        seen.trials >= ENOUGH
        and seen.learned + seen.states.get("unclear", 0) == seen.trials
        and (3 * seen.learned >= 2 * seen.trials)
    )

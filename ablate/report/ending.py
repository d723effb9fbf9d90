"""How the trials of one setting ended, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ablate.report.style import percent
from ablate.results import accuracies


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the trials of one setting ended.

    Attributes:
        escaped: number of trials that escaped.
        n: all trials.
        low: lower end of the interval of the escape rate, from 0 to 1.
        high: upper end.
        states: state -> number of trials, for states that occur.
        accuracy: median, smallest and largest accuracy at the end; NaN without an evaluation.
        verdict: whether the escape rate reaches the target, a word of `ablate.stats.claims`.
        proven: whether it reaches the target, however the setting was chosen among all of its group.
        link: the filter that shows the setting.
    """

    escaped: int
    n: int
    low: float
    high: float
    states: Mapping[str, int]
    accuracy: tuple[float, float, float]
    verdict: str
    proven: bool
    link: str

    @property
    def rate(self) -> float:
        """Return the share of trials that escaped."""
        return self.escaped / self.n if self.n else 0.0

    @property
    def count(self) -> str:
        """Return the escapes as `k of n`."""
        return f"{self.escaped} of {self.n}"

    @property
    def interval(self) -> str:
        """Return the interval as percentages."""
        return f"{100 * self.low:.0f} to {percent(self.high)}"

    @property
    def accuracy_words(self) -> str:
        """Return the accuracy at the end in words; empty if no trial was evaluated."""
        return accuracies.words(*self.accuracy)

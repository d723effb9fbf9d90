"""Say how often a network ends at chance with other seeds: whether a plateau is bad luck or the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ablate.core import terminal
from ablate.core.notebook_view import preformatted
from ablate.outcomes.states import STATES
from ablate.report.figure_data import LuckInfo
from ablate.report.figures.seeds import plot_luck
from ablate.report.pictures import Picture
from ablate.report.style import count_rate
from ablate.results import accuracies
from ablate.results.study_results import Results
from ablate.stats import rates

HALF = 0.5


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Luck:
    """One network with many seeds.

    Attributes:
        results: the study.
        n: trials.
        escaped: trials that escaped.
        missed: trials that did not, whatever their state.
        low, high: the 95 % interval (Wilson) of the share that did not escape.
    """

    results: Results
    n: int
    escaped: int
    missed: int
    low: float
    high: float

    def text(self) -> str:
        """Return the answer in words."""
        return terminal.filled("\n".join(self.sentences())) + "\n"

    def sentences(self) -> Iterator[str]:
        """Yield how often the network does not escape, how trials ended, and what that says about luck."""
        share = count_rate(self.missed, self.n, self.low, self.high)
        yield f"With {self.n} seeds it does not escape in {share} (95 % interval)."
        yield accuracies.endings(self.results.trials)
        if not self.missed:
            yield f"A plateau would be rare bad luck: at most {self.high:.0%} of seeds. Train again with another seed."
        elif self.low > HALF:
            yield "It is not luck: most seeds end so. Another seed will seldom help; change the network."
        elif self.high < HALF:
            yield f"It is bad luck: another seed escapes with a chance of {1 - self.high:.0%} or more."
        else:
            yield "Luck decides: about as many seeds escape as do not."

    def picture(self) -> Picture:
        """Return the figure, not drawn yet."""
        trials = self.results.trials
        values = {state: trials["final_accuracy"][trials["state"] == state].to_numpy(float) for state in STATES}
        info = LuckInfo(
            title=f"{self.results.study.name}: {self.n} seeds, {self.escaped} escaped",
            accuracies={state: numbers for state, numbers in values.items() if len(numbers)},
        )
        return Picture(
            name="luck",
            caption=f"{info.title}. Accuracy at the end of each trial, by how it ended.",
            size=(7.2, 3.0),
            draw=lambda figure: plot_luck(info, figure.subplots()),
        )

    def __repr__(self) -> str:
        return f"<Luck of {self.results.study.name}: {self.missed} of {self.n} did not escape>"

    def _repr_html_(self) -> str:
        return preformatted(self.text())


def luck(results: Results) -> Luck:
    """Count how often a network did not escape.

    Args:
        results: a study of one setting.
    """
    n, escaped = len(results.trials), int(results.trials["escaped"].sum())
    low, high = rates.wilson(np.asarray(n - escaped), np.asarray(n))
    return Luck(results=results, n=n, escaped=escaped, missed=n - escaped, low=float(low), high=float(high))

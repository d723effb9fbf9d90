"""Show how escape, collapse and accuracy depend on the learning rate, with many seeds, and where training is stable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core import terminal
from ablate.core.notebook_view import preformatted
from ablate.remedies.learning_rate import LEARNING_RATE
from ablate.report import tables
from ablate.report.figure_data import RatesInfo
from ablate.report.figures.seeds import plot_rates
from ablate.report.pictures import Picture
from ablate.report.style import count_rate
from ablate.results import accuracies, settings_table
from ablate.results.study_results import Results
from ablate.stats import claims, rates


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class RateFinder:
    """A network at several learning rates.

    Attributes:
        results: the study.
        table: one row a learning rate, in ascending order: `learning_rate`, `n`, `escaped`, `low`, `high`, `collapsed`,
            `collapse_low`, `collapse_high`, and the accuracy at the end (`ablate.results.accuracies.COLUMNS`).
        stable: the first and the last learning rate of the longest row of neighbours at which the target is proven;
            None if it is proven at none.
        target: the escape rate that is enough.
    """

    results: Results
    table: pd.DataFrame
    stable: tuple[float, float] | None
    target: float

    def text(self) -> str:
        """Return the table and the stable range in words."""
        return tables.text(self.table) + "\n" + terminal.filled("\n".join(self.sentences())) + "\n"

    def sentences(self) -> Iterator[str]:
        """Yield the stable range, what lies beside it, and where the network collapses most."""
        n = int(self.table["n"].min())
        proof = f"an escape rate of at least {self.target:g} is proven (all rates together by Holm, 95 %; {n} seeds)"
        values = self.table[LEARNING_RATE].to_numpy()
        if self.stable is None:
            best = self.table.iloc[int(self.table["escaped"].to_numpy().argmax())]
            yield f"Stable nowhere: at no learning rate {proof}. The best is {_escape(best)}."
        else:
            first, last = self.stable
            inside = int(((values >= first) & (values <= last)).sum())
            where = f"at {first:g}" if first == last else f"from {first:g} to {last:g}"
            yield f"Stable {where}: at each of {inside} learning rates tried there, {proof}."
            below, above = self.table[values < first], self.table[values > last]
            beside = [*below.tail(1).iterrows(), *above.head(1).iterrows()]
            if beside:
                yield f"Not beside it: {'; '.join(_escape(row) for _, row in beside)}."
        worst = self.table.iloc[int(self.table["collapsed"].to_numpy().argmax())]
        if worst["collapsed"]:
            count = count_rate(int(worst["collapsed"]), int(worst["n"]), worst["collapse_low"], worst["collapse_high"])
            yield f"It collapses most at {worst[LEARNING_RATE]:g}: {count}."

    def picture(self) -> Picture:
        """Return the figure, not drawn yet."""
        frame, n = self.table, int(self.table["n"].min())
        info = RatesInfo(
            title=f"{self.results.study.name}: {n} seeds at each learning rate",
            values=frame[LEARNING_RATE].to_numpy(float),
            shares={
                "escaped": _band(frame, "escaped", "low", "high"),
                "collapsed": _band(frame, "collapsed", "collapse_low", "collapse_high"),
            },
            accuracy=frame[list(accuracies.COLUMNS)].to_numpy(float).T,
            stable=self.stable,
        )
        bands = "Bands: 95 % Wilson intervals of each rate alone; of accuracy, the smallest and the largest."
        return Picture(
            name="rates",
            caption=f"{info.title}. {bands}",
            size=(7.2, 5.2),
            draw=lambda figure: plot_rates(info, figure.subplots(2, 1, sharex=True)),
        )

    def __repr__(self) -> str:
        return f"<RateFinder of {self.results.study.name}: {len(self.table)} learning rates>"

    def _repr_html_(self) -> str:
        return preformatted(self.text())


def rate_finder(results: Results) -> RateFinder:
    """Read from a study over learning rates where the network escapes.

    Args:
        results: the study; every setting differs from the others in the learning rate alone.
    """
    rows = settings_table.table(results, [LEARNING_RATE])
    values = [float(name) for name in rows[LEARNING_RATE].astype(str)]
    rows = rows.assign(**{LEARNING_RATE: values}).sort_values(LEARNING_RATE, ignore_index=True)
    low, high = rates.wilson(rows["collapsed"].to_numpy(), rows["n"].to_numpy())
    names = [LEARNING_RATE, "n", "escaped", "low", "high", "collapsed", "collapse_low", "collapse_high"]
    table = rows.assign(collapse_low=low, collapse_high=high)[[*names, *accuracies.COLUMNS]]
    claim = claims.exact()
    proven = claims.proven(table["escaped"].to_numpy(), table["n"].to_numpy(), claim)
    run = longest_run(proven)
    stable = None if run is None else (float(table[LEARNING_RATE][run[0]]), float(table[LEARNING_RATE][run[1]]))
    return RateFinder(results=results, table=table, stable=stable, target=claim.target)


def longest_run(holds: np.ndarray) -> tuple[int, int] | None:
    """Return the first and the last index of the longest run of true values, the first such run; None without any.

    Examples:
        >>> longest_run(np.array([True, False, True, True])), longest_run(np.array([False]))
        ((2, 3), None)
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(holds, int), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return None
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest]) - 1


def _band(frame: pd.DataFrame, state: str, low: str, high: str) -> np.ndarray:
    """Return [3, rates]: the share of trials in a state, and the ends of its interval."""
    return np.stack([frame[state] / frame["n"], frame[low], frame[high]]).astype(float)


def _escape(row: pd.Series) -> str:
    rate = count_rate(int(row["escaped"]), int(row["n"]), row["low"], row["high"])
    return f"{row[LEARNING_RATE]:g} escapes in {rate}"

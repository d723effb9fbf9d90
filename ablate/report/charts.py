"""Charts that the page itself draws, at the reader's width: intervals, states, and lines over training steps.

A `Picture` with a chart needs no matplotlib on the page; its files in figures/ are drawn only where they are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ablate.core.study import Json
from ablate.outcomes.states import STATES
from ablate.report.figure_data import ForestInfo, SetsInfo, SharesInfo, StatesInfo
from ablate.report.figures.effects import REST, TERMS
from ablate.report.figures.rates import BAR_ORDER
from ablate.report.style import percent

HUNDRED = ((0.0, "0"), (100.0, "100\u00a0%"))
"""The ticks of an axis of rates."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A row of an interval chart: `low`, `middle` and `high` are positions on its axis, from 0 to 100.

    `holds` fills the mark; `cross` is the position of a second mark.
    """

    labels: tuple[str, ...]
    numbers: str
    low: float
    middle: float
    high: float
    holds: bool = True
    cross: float | None = None


@dataclass(frozen=True, kw_only=True)
class IntervalChart:
    """Intervals below one another; `ticks` are texts at positions of the axis, `goal` is a position that is marked."""

    kind: ClassVar[str] = "intervals"
    axis: str
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Interval, ...]
    goal: float | None = None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A row of a chart of states: how many trials of its levels ended so."""

    labels: tuple[str, ...]
    states: Mapping[str, int]

    @property
    def n(self) -> int:
        """Return the number of trials of one level."""
        return sum(self.states.values())

    @property
    def escaped(self) -> int:
        """Return the number of trials that escaped."""
        return self.states.get("escaped", 0)


@dataclass(frozen=True, kw_only=True)
class StateChart:
    """Bars of how trials ended, below one another."""

    kind: ClassVar[str] = "states"
    rows: tuple[Ended, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class LineChart:
    """Curves over training steps in panels, as plain data for the page's script."""

    kind: ClassVar[str] = "lines"
    data: Json


Chart = IntervalChart | StateChart | LineChart


def forest(info: ForestInfo) -> IntervalChart:
    """Return differences on an axis from -1 to 1, or odds ratios on a logarithmic axis."""
    if info.odds:
        ends = [value for row in info.rows for value in (row.low, row.high) if 0 < value < math.inf]
        least, most = math.log(min([0.5, *ends])), math.log(max([2.0, *ends]))
        at = _position(lambda value: math.log(min(max(value, math.exp(least)), math.exp(most))), least, most)
        ticks = ((0.0, f"{math.exp(least):.2g}"), (at(1.0), "1"), (100.0, f"{math.exp(most):.2g}"))
    else:
        at = _position(float, -1, 1)
        ticks = ((0.0, "-1"), (50.0, "0"), (100.0, "+1"))
    rows = [
        Interval(
            labels=(row.label,),
            numbers=row.numbers,
            low=at(row.low),
            middle=at(row.value),
            high=at(row.high),
            holds=row.holds,
        )
        for row in info.rows
    ]
    return IntervalChart(axis=info.axis, ticks=ticks, rows=_joined(rows), goal=at(1.0 if info.odds else 0.0))


def shares(info: SharesInfo) -> IntervalChart:
    """Return the largest shares of variance, the largest first."""
    order = np.argsort(-info.share, kind="stable")[:TERMS]
    most = max(1e-3, min(1.0, float(np.max(np.clip(info.high[order], 0, None), initial=0.05)) * 1.05))
    at = _position(float, 0, most)
    rows = [
        Interval(
            labels=(
                "all higher interactions" if info.terms[term] == (REST,) else " with ".join(map(str, info.terms[term])),
            ),
            numbers=f"{percent(info.share[term])} [{100 * info.low[term]:.0f}, {100 * info.high[term]:.0f}]",
            low=at(info.low[term]),
            middle=at(info.share[term]),
            high=at(info.high[term]),
        )
        for term in order
    ]
    axis = f"share of the variance of setting rates, n={info.n}"
    return IntervalChart(axis=axis, ticks=((0.0, "0"), (100.0, percent(most))), rows=_joined(rows))


def sets(info: SetsInfo) -> IntervalChart:
    """Return the escape rate of each set from its lower bound, with its verdict."""
    rows = []
    for at, (k, n) in enumerate(zip(info.k.tolist(), info.n.tolist(), strict=True)):
        rate = 100 * k / max(n, 1)
        rows.append(
            Interval(
                labels=(_members(info, at),),
                numbers=f"{k}/{n}, at least {percent(info.low[at])}: {info.verdict[at]}",
                low=100 * float(info.low[at]),
                middle=rate,
                high=rate,
                holds=info.verdict[at] == "sufficient",
            )
        )
    axis = f"escape rate from the {info.bound}; the tick marks the target {percent(info.target)}"
    return IntervalChart(axis=axis, ticks=HUNDRED, rows=_joined(rows), goal=100 * info.target)


def removals(info: SetsInfo) -> IntervalChart:
    """Return, for each set and remedy, the escape rates of the set and of the set without that remedy."""
    rows = []
    for at, remedy in np.argwhere(np.isfinite(info.removal)):
        whole, left = float(info.k[at] / max(info.n[at], 1)), float(info.removal[at, remedy])
        without = "" if info.member[at].sum() == 1 else f", without {info.remedies[remedy]}"
        rows.append(
            Interval(
                labels=(_members(info, at) + without,),
                numbers=f"{percent(whole)}, without it {percent(left)}",
                low=100 * min(whole, left),
                middle=100 * whole,
                high=100 * max(whole, left),
                cross=100 * left,
            )
        )
    return IntervalChart(
        axis="escape rate: whole set (dot), without the remedy (cross)", ticks=HUNDRED, rows=_joined(rows)
    )


def _members(info: SetsInfo, at: int) -> str:
    names = [name for name, inside in zip(info.remedies, info.member[at], strict=True) if inside]
    return " + ".join(names) or "baseline"


def _position(scale: Callable[[float], float], least: float, most: float) -> Callable[[float], float]:
    """Return a function from a value to its position between 0 and 100."""
    return lambda value: min(max(100 * (scale(value) - least) / (most - least), 0.0), 100.0)


def _joined(rows: Iterable[Interval]) -> tuple[Interval, ...]:
    """Join rows that show the same, at the first of them: a list of equal bars tells no more than one bar."""
    alike: dict[Interval, list[str]] = {}
    for row in rows:
        alike.setdefault(replace(row, labels=()), []).extend(row.labels)
    return tuple(replace(row, labels=tuple(labels)) for row, labels in alike.items())


def ended(info: StatesInfo) -> StateChart:
    """Return a bar for each row; rows whose trials ended alike share one."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for label, counts in zip(info.labels, info.counts.tolist(), strict=True):
        alike.setdefault(tuple(counts), []).append(label)
    rows = []
    for counts, labels in alike.items():
        states = {state: counts[STATES.index(state)] for state in BAR_ORDER if counts[STATES.index(state)]}
        rows.append(Ended(labels=tuple(labels), states=states))
    return StateChart(rows=tuple(rows))

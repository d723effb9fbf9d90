"""How soon trials escape and fall back, by the levels of a factor: curves to draw and a table to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.outcomes.states import RUN
from ablate.report.figure_data import IncidenceInfo, Step
from ablate.report.heat import levels_of
from ablate.report.signals import arrays
from ablate.report.strata import Stratum
from ablate.results.study_results import Results
from ablate.stats import events, restricted, survival
from ablate.stats.clustered import Interval
from ablate.stats.events import Events


@dataclass(frozen=True, eq=False, kw_only=True)
class Looks:
    """What the looks say about every trial of `Results.trials`.

    Attributes:
        steps: [looks + 1] training steps.
        above: [trials, looks + 1] whether a look is above chance; a broken trial's looks are not.
        fell: [trials] the step at which a trial was back at chance for good, NaN if never.
    """

    steps: np.ndarray
    above: np.ndarray
    fell: np.ndarray


def looks(results: Results) -> Looks:
    """Read from the curves by the chance rule of each trial's task."""
    steps = np.array(results.study.budget.schedule, dtype=float)
    correct = arrays(results, ["correct"])["correct"]
    counts = {task: chance.count for task, chance in results.manifest.chance.items()}
    limit = results.trials["task_hash"].map(counts).to_numpy(float)
    bad = results.trials["bad_step"].to_numpy(float)
    # A comparison with NaN, for a trial without looks or a task without a rule, is False: not above.
    above = correct > limit[:, None]
    above &= (bad[:, None] < 0) | (steps[None, :] < bad[:, None])
    return Looks(steps=steps, above=above, fell=events.falls(steps, above, min(RUN, len(steps))))


def curves(stratum: Stratum, factor: str, seen: Looks) -> tuple[IncidenceInfo, IncidenceInfo, IncidenceInfo]:
    """First escape, collapse from there, and being above chance, by the levels of a factor."""
    budget = int(seen.steps[-1])
    escape, collapse, above = [], [], []
    trials = stratum.comparable([factor])
    for place, level in enumerate(levels_of(trials, factor)):
        rows = trials[trials[factor] == level]
        at = rows.index.to_numpy()
        escape.append(_incidence(level, place, events.first_escape(rows, budget), seen.steps))
        after = events.collapse(rows, seen.fell[at], budget)
        if len(after.time):
            collapse.append(_incidence(level, place, after, seen.steps))
        over = survival.above_chance(rows["seed"].to_numpy(), seen.above[at])
        above.append(_probability(level, place, len(rows), over, seen.steps))
    return (
        IncidenceInfo(title="First escape", factor=factor, event="first escape", curves=tuple(escape)),
        IncidenceInfo(title="From escape: collapse", factor=factor, event="collapse", curves=tuple(collapse)),
        IncidenceInfo(title="Above chance", factor=factor, event="being above chance", curves=tuple(above)),
    )


def _incidence(label: str, place: int, waits: Events, steps: np.ndarray) -> Step:
    """The incidence at every look: between the times at which trials ended it does not change."""
    found = survival.incidence(waits)
    event = found.curve[found.curve["cause"] == "event"]
    other = found.curve[found.curve["cause"] == "competing"]
    value, low, high = (_at(event, name, steps) for name in ("incidence", "low", "high"))
    return Step(
        label=label,
        place=place,
        n=found.trials,
        steps=steps,
        value=value,
        low=low,
        high=high,
        at_risk=(waits.time[None, :] >= steps[:, None]).sum(axis=1),
        competing=_at(other, "incidence", steps),
    )


def _at(curve: pd.DataFrame, name: str, steps: np.ndarray) -> np.ndarray:
    times, values = curve["time"].to_numpy(float), curve[name].to_numpy(float)
    place = np.searchsorted(times, steps, side="right") - 1
    return np.where(place >= 0, values[np.maximum(place, 0)], 0.0)


def _probability(label: str, place: int, n: int, over: Interval, steps: np.ndarray) -> Step:
    return Step(
        label=label,
        place=place,
        n=n,
        steps=steps,
        value=over.estimate,
        low=over.low,
        high=over.high,
        at_risk=np.full(len(steps), n),
    )


def table(stratum: Stratum, factor: str, seen: Looks) -> pd.DataFrame:
    """One row a level: chance of first escape and of divergence before it, of collapse after it, mean steps to escape.

    Columns: `stratum`, `factor`, `level`, `n`, `seeds`, `escape`, `escape_low`, `escape_high` (incidence at the
    budget's end), `diverged_first`, `escaped_n`, `collapse`, `collapse_low`, `collapse_high` (incidence from escape),
    `mean_steps`, `mean_low`, `mean_high` (restricted to the budget), `log_rank_p` (of the factor, stratified by seed).
    """
    budget = int(seen.steps[-1])
    trials = stratum.comparable([factor])
    whole = events.first_escape(trials, budget)
    p = _log_rank(whole, trials[factor].astype(str).to_numpy())
    rows = []
    for level in levels_of(trials, factor):
        own = trials[trials[factor] == level]
        waits = events.first_escape(own, budget)
        mean = restricted.restricted_mean(waits, resolution=budget / (len(seen.steps) - 1))
        event, other = _last(waits, "event"), _last(waits, "competing")
        after = events.collapse(own, seen.fell[own.index.to_numpy()], budget)
        fall = _last(after, "event") if len(after.time) else (float("nan"),) * 3
        rows.append(
            (
                *(stratum.title, factor, level, len(own), mean.seeds, *event, other[0], len(after.time), *fall),
                *(mean.estimate, mean.low, mean.high, p),
            )
        )
    names = "stratum factor level n seeds escape escape_low escape_high diverged_first escaped_n collapse collapse_low"
    names += " collapse_high mean_steps mean_low mean_high log_rank_p"
    return pd.DataFrame(rows, columns=names.split())


def _log_rank(whole: Events, levels: np.ndarray) -> float:
    """The test's p; NaN where it cannot be made: one level, or too few trials of some in every seed."""
    if len(np.unique(levels)) < 2:
        return float("nan")
    try:
        return restricted.log_rank(whole, levels).p
    except np.linalg.LinAlgError:
        return float("nan")


def _last(waits: Events, cause: str) -> tuple[float, float, float]:
    found = survival.incidence(waits).curve
    row = found[found["cause"] == cause].iloc[-1]
    return float(row["incidence"]), float(row["low"]), float(row["high"])

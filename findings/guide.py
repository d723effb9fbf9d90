"""Rank, for each cause of a plateau, the changes by which networks escaped from it.

Changes that remove the cause by its mechanism (`findings.mechanism`) come first, unless the counts refute them; the
others follow. Within both, the most successful comes first, and changes that only some networks can make stand last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ablate.stats.rates import wilson
from findings import mechanism

SETTINGS, PAIRS = 3, 20
"""A change with fewer settings or pairs is not ranked."""

DIGITS = 4
"""Rates are rounded once, here, to what guide.csv keeps: so that every page rounds the same number."""

HOPELESS = 0.1
"""A change is useless if the upper limit of its share is below this. One whose share is below this does not lead."""


ROUNDS, CLOSE = 1_000, 1e-9
"""Most rounds of backfitting in `expected`, and the change of the estimates at which it stops."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A change of one factor, and how often it helped.

    Attributes:
        factor: the factor that is changed.
        change: its new level, or a direction (`lower`, `far lower`, ...).
        expected: the share that would escape if it were tried on all networks with this cause; see `expected`. It lies
            in the interval of `rate`.
        rate: the share of the networks it was tried on that escaped, the mean over settings.
        low, high: its 95 % interval (Wilson) with one observation per setting: trials of one setting are not
            independent, and this is the widest interval that their dependence can cause.
        settings, pairs: numbers of settings and of pairs.
        tasks, studies: the tasks and studies that the pairs are from.
    """

    factor: str
    change: str
    expected: float
    rate: float
    low: float
    high: float
    settings: int
    pairs: int
    tasks: tuple[str, ...]
    studies: tuple[str, ...]


Guide = Mapping[tuple[str, str], Sequence[Advice]]
"""(phase, cause) -> the ranked changes, in the order to try."""


def made_from(pairs: pd.DataFrame) -> Guide:
    """Rank the changes in pairs of trials (`findings.changes.pairs`); wrong data have no ranking.

    Examples:
        >>> change = ("s", "digits", "anew", "dead_units", "width", "lower")
        >>> rows = [(str(n), *change, str(n % 4), n % 4 > 0) for n in range(20)]
        >>> from findings.changes import COLUMNS
        >>> (advice,) = made_from(pd.DataFrame(rows, columns=COLUMNS))["anew", "dead_units"]
        >>> advice.change, advice.rate, advice.expected, advice.settings, advice.pairs
        ('lower', 0.75, 0.75, 4, 20)
    """
    guide: dict[tuple[str, str], list[Advice]] = {}
    for key, alike in pairs.groupby(["phase", "cause"]):
        phase, cause = map(str, key)
        if cause == "data_fault":
            continue
        shares = alike.groupby(["factor", "change", "study", "setting"])["escaped"].mean().groupby(["factor", "change"])
        counts = alike.groupby(["factor", "change"]).size()
        enough = counts[(counts >= PAIRS) & (shares.size() >= SETTINGS)].index
        ranked = alike[pd.MultiIndex.from_frame(alike[["factor", "change"]]).isin(enough)]
        worth = expected(ranked)
        tasks = {name: tuple(sorted(set(rows["task"]))) for name, rows in ranked.groupby(["factor", "change"])}
        advice = [
            _advice((str(f), str(c)), shares.get_group((f, c)), worth[f, c], int(counts[f, c]), tasks[f, c])
            for f, c in enough
        ]
        if advice:
            guide[phase, cause] = sorted(advice, key=partial(_rank, phase, cause))
    return guide


def _advice(change: tuple[str, str], rates: pd.Series, worth: float, pairs: int, tasks: tuple[str, ...]) -> Advice:
    low, high = wilson(np.array(rates.sum()), np.array(len(rates)))
    return Advice(
        factor=change[0],
        change=change[1],
        expected=min(max(worth, float(low)), float(high)),
        rate=round(float(rates.mean()), DIGITS),
        low=round(float(low), DIGITS),
        high=round(float(high), DIGITS),
        settings=len(rates),
        pairs=pairs,
        tasks=tasks,
        studies=tuple(sorted(set(rates.index.get_level_values("study").astype(str)))),
    )


def expected(pairs: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Estimate per change the share of all these networks that would escape if it were tried on each of them.

    Different changes were tried on different networks, some of which escape easily, so their rates are not comparable.
    The additive model *escape = network + change* compares changes on the networks that they share: an unbalanced
    two-way analysis of variance, fitted by least squares with backfitting. Estimates are clipped to [0, 1].

    Args:
        pairs: `trial`, `factor`, `change` and `escaped`; a change tried at several values counts with their mean.

    Returns:
        (factor, change) -> the estimated share.

    Examples:
        >>> rows = [("easy", "a", 1), ("easy", "b", 1), ("hard", "a", 0), ("hard", "b", 1), ("easy", "c", 1)]
        >>> trials = pd.DataFrame(rows, columns=["trial", "change", "escaped"]).assign(factor="x")
        >>> {change: round(share, 2) for (_, change), share in expected(trials).items()}
        {'a': 0.5, 'b': 1.0, 'c': 0.75}
    """
    means = pairs.groupby(["trial", "factor", "change"], sort=False)["escaped"].mean().reset_index()
    network, networks = pd.factorize(means["trial"])
    change, changes = pd.factorize(pd.MultiIndex.from_frame(means[["factor", "change"]]))
    share = means["escaped"].to_numpy(float)
    of_network, of_change = np.bincount(network), np.bincount(change)
    worth = np.bincount(change, share) / of_change if len(share) else np.zeros(0)
    base = np.zeros(len(networks))
    for _ in range(ROUNDS):
        base = np.bincount(network, share - worth[change]) / of_network
        better = np.bincount(change, share - base[network]) / of_change
        moved = float(np.abs(better - worth).max(initial=0.0))
        worth = better
        if moved < CLOSE:
            break
    whole = np.clip(worth + (base.mean() if len(base) else 0.0), 0.0, 1.0)
    return {(str(factor), str(name)): float(value) for (factor, name), value in zip(changes, whole, strict=True)}


def _rank(phase: str, cause: str, advice: Advice) -> tuple[bool, bool, bool, float, float, str, str]:
    change = advice.factor, advice.change
    removes = bool(mechanism.why(phase, cause, *change)) and not refuted(advice)
    return (
        not removes,
        not (removes and mechanism.LEADS.get(cause) == change),
        bool(mechanism.needs(cause, *change)),
        -advice.expected,
        -advice.low,
        advice.factor,
        advice.change,
    )


def refuted(advice: Advice) -> bool:
    """Return whether so few networks escaped that a change does not stand among those that remove the cause."""
    return advice.rate < HOPELESS


def useless(advice: Sequence[Advice]) -> list[Advice]:
    """Return the changes whose rate has an upper limit below HOPELESS."""
    return [change for change in advice if change.high < HOPELESS]


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result of following the guide on a set of networks at chance.

    Attributes:
        phase, cause: which networks.
        networks: number of trials at chance on which at least one ranked change was tried.
        first: the share that escaped by the highest ranked change among those tried on them.
        second: the share that escaped by the highest or the second highest.
        any_change: the share that escaped by a change drawn at random from all that were tried on them.
        best: the share that escaped by at least one of all changes.
    """

    phase: str
    cause: str
    networks: int
    first: float
    second: float
    any_change: float
    best: float


def scores(guide: Guide, pairs: pd.DataFrame) -> list[Score]:
    """Return how often following a guide helps on pairs of trials, by phase and cause, most networks first.

    A change that was tried at several values (a lower rate: 0.01, 0.001) counts with their mean.

    Args:
        guide: the guide to follow.
        pairs: pairs of trials (`findings.changes.pairs`).
    """
    means = pairs.groupby(["phase", "cause", "trial", "factor", "change"], sort=False)["escaped"].mean().reset_index()
    result = []
    for key, tries in means.groupby(["phase", "cause"]):
        phase, cause = map(str, key)
        rank_of = {(advice.factor, advice.change): rank for rank, advice in enumerate(guide.get((phase, cause), ()))}
        ranks = pd.Series(
            [rank_of.get(change) for change in zip(tries["factor"], tries["change"], strict=True)], tries.index, float
        )
        known = tries.assign(rank=ranks).dropna(subset="rank").sort_values("rank", kind="stable").groupby("trial")
        if not known.ngroups:
            continue
        one = known["escaped"].nth(0).to_numpy(float)
        two = known["escaped"].nth([0, 1]).groupby(tries["trial"]).agg(_either).to_numpy(float)
        tried = tries[tries["trial"].isin(known.groups)].groupby("trial")["escaped"]
        result.append(
            Score(
                phase=phase,
                cause=cause,
                networks=known.ngroups,
                first=float(one.mean()),
                second=float(two.mean()),
                any_change=float(tried.mean().to_numpy(float).mean()),
                best=float((tried.max().to_numpy(float) > 0).mean()),
            )
        )
    return sorted(result, key=lambda score: (score.phase, -score.networks))


def _either(escaped: pd.Series) -> float:
    """Return the probability of escape by at least one of several changes, from the probability by each."""
    return 1.0 - float(np.prod(1.0 - escaped.to_numpy(float)))

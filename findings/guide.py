"""From what a network at chance looks like to the change that got networks like it out, most often first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.stats.rates import wilson

SETTINGS, PAIRS = 3, 20
"""Fewest settings and pairs on which a change is judged at all."""

HOPELESS = 0.1
"""A change is of no use where the whole interval of its rate lies below this."""


ROUNDS, CLOSE = 1_000, 1e-9
"""Of the least squares behind `expected`: at most so many rounds, until nothing moves by more."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A change of one factor, and what became of those who made it.

    Attributes:
        factor: what is changed.
        change: its new level, or `lower` or `higher`.
        expected: the share that would escape if it were tried on all networks with this cause; see `expected`.
        rate: the share of networks it was tried on that escaped, each setting counted once.
        low, high: that one's 95 % interval (Wilson), as if each setting were one observation: trials of one setting are
            not independent, and this is the widest that their likeness can make it.
        settings, pairs: how many there were.
        studies: where they are published.
    """

    factor: str
    change: str
    expected: float
    rate: float
    low: float
    high: float
    settings: int
    pairs: int
    studies: tuple[str, ...]


Guide = Mapping[tuple[str, str], Sequence[Advice]]
"""(phase, cause) -> the changes there is evidence on, the likeliest first."""


def made_from(pairs: pd.DataFrame) -> Guide:
    """The guide that these pairs make (`findings.changes.pairs`): changes by what is expected of them.

    Examples:
        >>> seen = ("s", "digits", "anew", "dead_units", "width", "lower")
        >>> rows = [(str(n), *seen, str(n % 4), n % 4 > 0) for n in range(20)]
        >>> from findings.changes import COLUMNS
        >>> (advice,) = made_from(pd.DataFrame(rows, columns=COLUMNS))["anew", "dead_units"]
        >>> advice.change, advice.rate, advice.expected, advice.settings, advice.pairs
        ('lower', 0.75, 0.75, 4, 20)
    """
    found: dict[tuple[str, str], list[Advice]] = {}
    for key, alike in pairs.groupby(["phase", "cause"]):
        phase, cause = map(str, key)
        shares = alike.groupby(["factor", "change", "study", "setting"])["escaped"].mean().groupby(["factor", "change"])
        counts = alike.groupby(["factor", "change"]).size()
        enough = counts[(counts >= PAIRS) & (shares.size() >= SETTINGS)].index
        told = alike[pd.MultiIndex.from_frame(alike[["factor", "change"]]).isin(enough)]
        worth = expected(told)
        own = [_advice(str(f), str(c), shares.get_group((f, c)), worth[f, c], int(counts[f, c])) for f, c in enough]
        if own:
            found[phase, cause] = sorted(own, key=_rank)
    return found


def _advice(factor: str, change: str, rates: pd.Series, worth: float, pairs: int) -> Advice:
    low, high = wilson(np.array(rates.sum()), np.array(len(rates)))
    return Advice(
        factor=factor,
        change=change,
        expected=worth,
        rate=float(rates.mean()),
        low=float(low),
        high=float(high),
        settings=len(rates),
        pairs=pairs,
        studies=tuple(sorted(set(rates.index.get_level_values("study").astype(str)))),
    )


def expected(pairs: pd.DataFrame) -> dict[tuple[str, str], float]:
    """By change, the share of all these networks that would escape by it, had every change been tried on every one.

    Changes were tried on different networks, some easy and some hard to free, so their plain rates do not compare. In
    the additive model *escape = network + change* (two-way analysis of variance, unbalanced; least squares by
    backfitting) changes are compared on the networks that share them. What lies outside 0 and 1 is cut.

    Args:
        pairs: `trial`, `factor`, `change` and `escaped`; a change tried at several values counts with their mean.

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
    return {(str(factor), str(own)): float(value) for (factor, own), value in zip(changes, whole, strict=True)}


def _rank(advice: Advice) -> tuple[float, float, str, str]:
    return -advice.expected, -advice.low, advice.factor, advice.change


def useless(advice: Sequence[Advice]) -> list[Advice]:
    """Those whose rate is below HOPELESS for sure."""
    return [each for each in advice if each.high < HOPELESS]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What following the guide brought, on networks it was not made from.

    Attributes:
        phase, cause: which networks.
        networks: how many trials at chance had at least one change that the guide ranks.
        first: the share that escaped by the first change on the guide's list that was tried on them.
        second: the share that escaped by the first or the second.
        any_change: the share that escaped by a change picked at random among all that were tried on them.
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
    """What the guide is worth on these pairs, by phase and cause, in the order of the most networks.

    A change that was tried at several values (a lower rate: 0.01, 0.001) counts with the mean of them.
    """
    means = pairs.groupby(["phase", "cause", "trial", "factor", "change"], sort=False)["escaped"].mean().reset_index()
    result = []
    for key, own in means.groupby(["phase", "cause"]):
        phase, cause = map(str, key)
        places = {(each.factor, each.change): place for place, each in enumerate(guide.get((phase, cause), ()))}
        ranks = pd.Series(
            [places.get(each) for each in zip(own["factor"], own["change"], strict=True)], own.index, float
        )
        known = own.assign(rank=ranks).dropna(subset="rank").sort_values("rank", kind="stable").groupby("trial")
        if not known.ngroups:
            continue
        one = known["escaped"].nth(0).to_numpy(float)
        two = known["escaped"].nth([0, 1]).groupby(own["trial"]).agg(_either).to_numpy(float)
        tried = own[own["trial"].isin(known.groups)].groupby("trial")["escaped"]
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
    return sorted(result, key=lambda each: (each.phase, -each.networks))


def _either(escaped: pd.Series) -> float:
    """The probability that one of several changes gets out, from that of each."""
    return 1.0 - float(np.prod(1.0 - escaped.to_numpy(float)))

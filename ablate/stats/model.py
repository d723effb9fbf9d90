"""A Firth logistic model for trials that are no full grid: fractions, pairs, grids with holes.

Only what the settings can separate is reported (`ablate.design.aliasing`); the rest is named with what it cannot be
told from. A coefficient's interval is the wider of two: its profile (which knows that levels are separated) and the
jackknife over
seeds (which knows that trials share them).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special
from threadpoolctl import threadpool_limits

from ablate.design import aliasing
from ablate.stats import firth
from ablate.stats.clustered import t_quantile
from ablate.stats.grid import level_order


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """What a model of an incomplete grid found.

    Attributes:
        effects: one row per separable term and combination of its levels: `term`, `level`, `effect` (log odds,
        deviation from
            what the lower terms predict), `low`, `high`.
        aliases: the terms, and what each that is not in `effects` cannot be told from.
        separated: whether plain maximum likelihood would have been infinite.
        clustered: whether the intervals know that trials share seeds: with fewer than three seeds, or where leaving one
            out leaves an effect without trials, they are the profile's alone.
        trials, seeds, cells: how many of each.
    """

    effects: pd.DataFrame
    aliases: aliasing.Aliases
    separated: bool
    clustered: bool
    trials: int
    seeds: int
    cells: int


@dataclass(frozen=True, eq=False, kw_only=True)
class _Design:
    """The model's columns: [cells, columns], and which of them belong to each separable term."""

    X: np.ndarray
    terms: dict[tuple[int, ...], slice]


def logistic(
    trials: pd.DataFrame, factors: Sequence[str], *, order: int = 2, state: str = "escaped", confidence: float = 0.95
) -> Model:
    """Log odds of ending in a state, by the effects that the settings can separate.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        order: the largest interactions considered; higher ones are taken to be nothing.
        state: what is counted.
        confidence: of the intervals.
    """
    made = _prepared(trials, factors, order, state)
    # The matrices are small: threads would wait for one another, and their number could change the last bits.
    with threadpool_limits(limits=1, user_api="blas"):
        rows, clustered = _effects(made.design, made.hits, made.counts, factors, made.levels, confidence)
        split = firth.separated(made.design.X, made.hits.sum(0), made.counts.sum(0))
    return Model(
        effects=pd.DataFrame(rows, columns=["term", "level", "effect", "low", "high"]),
        aliases=made.known,
        separated=split,
        clustered=clustered,
        trials=len(trials),
        seeds=len(made.hits),
        cells=made.hits.shape[1],
    )


def lack_of_fit(
    trials: pd.DataFrame, factors: Sequence[str], *, order: int = 2, state: str = "escaped"
) -> tuple[float, int, float]:
    """Whether the settings' rates are what such a model can make of them: deviance, degrees of freedom, p.

    The deviance of the penalised fit from the settings' own rates, against chi-squared (McCullagh and Nelder,
    Generalized Linear Models, 1989, section 4.4). It takes trials for independent, and with few trials a setting it is
    rough: a very small p is an answer, another is none. p is 1 where nothing is left to be explained.
    """
    made = _prepared(trials, factors, order, state)
    hits, n = made.hits.sum(0), made.counts.sum(0)
    with threadpool_limits(limits=1, user_api="blas"):
        rate = special.expit(made.design.X @ firth.fit(made.design.X, hits, n).coefficients)
    apart = special.xlogy(hits, hits) - special.xlogy(hits, n * rate)
    apart += special.xlogy(n - hits, n - hits) - special.xlogy(n - hits, n * (1 - rate))
    df = len(n) - made.design.X.shape[1]
    deviance = 2 * float(apart.sum())
    return deviance, df, float(special.chdtrc(df, deviance)) if df > 0 else 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class _Prepared:
    """Trials as counts [seeds, cells], with the columns of a model of them."""

    design: _Design
    hits: np.ndarray
    counts: np.ndarray
    levels: Sequence[Sequence[str]]
    known: aliasing.Aliases


def _prepared(trials: pd.DataFrame, factors: Sequence[str], order: int, state: str) -> _Prepared:
    levels = [level_order(trials[name]) for name in factors]
    codes = np.stack(
        [
            pd.Categorical(trials[name].astype(str), categories=own).codes
            for name, own in zip(factors, levels, strict=True)
        ],
        axis=1,
    ).astype(int)
    cells, cell = np.unique(codes, axis=0, return_inverse=True)
    seed, seeds = pd.factorize(trials["seed"])
    hit = (trials["state"].astype(str) == state).to_numpy(float)
    shape = (len(seeds), len(cells))
    place = seed * len(cells) + cell.ravel()
    known = aliasing.of_codes(cells, factors, order=order)
    return _Prepared(
        design=_columns(cells, [len(own) for own in levels], factors, known),
        hits=np.bincount(place, hit, len(seeds) * len(cells)).reshape(shape),
        counts=np.bincount(place, minlength=len(seeds) * len(cells)).reshape(shape),
        levels=levels,
        known=known,
    )


def _columns(cells: np.ndarray, sizes: Sequence[int], factors: Sequence[str], known: aliasing.Aliases) -> _Design:
    """Intercept, the separable terms' columns, and an independent basis of what the confounded terms add."""
    places = {name: axis for axis, name in enumerate(factors)}
    parts, terms, width = [np.ones((len(cells), 1))], {}, 1
    rest = []
    for label in known.terms:
        axes = tuple(places[name] for name in label.split(":"))
        own = aliasing.columns(cells, sizes, axes)
        if label in known.confounded:
            rest.append(own)
        else:
            terms[axes] = slice(width, width + own.shape[1])
            width += own.shape[1]
            parts.append(own)
    X = np.concatenate(parts, axis=1)
    if rest:
        extra = np.concatenate(rest, axis=1)
        extra = extra - X @ np.linalg.lstsq(X, extra, rcond=None)[0]
        left, strengths, _ = np.linalg.svd(extra, full_matrices=False)
        X = np.concatenate([X, left[:, strengths > 1e-8 * max(1.0, float(strengths.max()))]], axis=1)
    return _Design(X=X, terms=terms)


def _effects(
    design: _Design,
    hits: np.ndarray,
    counts: np.ndarray,
    factors: Sequence[str],
    levels: Sequence[Sequence[str]],
    confidence: float,
) -> tuple[list[dict[str, object]], bool]:
    total, n = hits.sum(0), counts.sum(0)
    best = firth.fit(design.X, total, n)
    without = np.array([_left_out(design.X, total - hits[s], n - counts[s], best) for s in range(len(hits))])
    rows: list[dict[str, object]] = []
    known: dict[tuple[float, ...], tuple[float, float]] = {}
    for axes, place in design.terms.items():
        for combination in itertools.product(*(range(len(levels[axis])) for axis in axes)):
            weights = np.zeros(design.X.shape[1])
            own = [aliasing.contrasts(len(levels[axis]))[level] for axis, level in zip(axes, combination, strict=True)]
            weights[place] = own[0] if len(own) == 1 else np.multiply.outer(own[0], own[1]).ravel()
            key, mirror = tuple(weights.round(9)), tuple((-weights).round(9))
            if key in known:
                low, high = known[key]
            elif mirror in known:
                low, high = -known[mirror][1], -known[mirror][0]
            else:
                low, high = _interval(design.X, total, n, best, weights, without, confidence)
            known[key] = low, high
            rows.append(
                {
                    "term": ":".join(factors[axis] for axis in axes),
                    "level": ", ".join(levels[axis][level] for axis, level in zip(axes, combination, strict=True)),
                    "effect": float(weights @ best.coefficients),
                    "low": low,
                    "high": high,
                }
            )
    return rows, len(without) > 2 and not bool(np.isnan(without).any())


def _left_out(X: np.ndarray, hits: np.ndarray, n: np.ndarray, best: firth.Fit) -> np.ndarray:
    """Coefficients without one seed; NaN where it alone holds a column up."""
    if np.linalg.matrix_rank(X[n > 0]) < X.shape[1]:
        return np.full(X.shape[1], np.nan)
    return firth.fit(X, hits, n, start=best.coefficients).coefficients


def _interval(
    X: np.ndarray,
    hits: np.ndarray,
    n: np.ndarray,
    best: firth.Fit,
    weights: np.ndarray,
    without: np.ndarray,
    confidence: float,
) -> tuple[float, float]:
    """The wider of the profile of weights @ coefficients and its jackknife over seeds."""
    column = int(np.abs(weights).argmax())
    turn = np.eye(len(weights))
    turn[column] = weights
    back = np.linalg.inv(turn)
    # Half the log determinant of the turned information differs by this constant.
    shift = float(np.linalg.slogdet(back)[1])
    turned = firth.Fit(
        coefficients=turn @ best.coefficients,
        covariance=turn @ best.covariance @ turn.T,
        penalised=best.penalised + shift,
    )
    low, high = firth.profile(X @ back, hits, n, column, confidence=confidence, best=turned)
    seeds = len(without)
    left = without @ weights
    if seeds > 2 and not np.isnan(left).any():
        half = float(t_quantile(seeds - 1.0, confidence)) * np.sqrt(
            (seeds - 1) / seeds * ((left - left.mean()) ** 2).sum()
        )
        low, high = (
            min(low, float(weights @ best.coefficients) - half),
            max(high, float(weights @ best.coefficients) + half),
        )
    return low, high

"""Fit a Firth logistic model to trials that are not a full grid: fractions, pairs, grids with holes.

Only effects that the settings can separate are estimated (`ablate.design.aliasing`); the others are listed with the
terms that they are confounded with. The interval of a coefficient covers two: the profile likelihood's, which is right
if levels are separated, and a jackknife's over seeds, which allows for trials that share seeds. In simulated studies of
16 of 24 settings with 5, 10 and 20 seeds that differ by degrees, fail in every setting or fail at one level
(`validation/odds.py`, 24 studies of each kind), it held .97 to 1.00 of the true effects.
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
from ablate.stats.grid import level_indices, level_order


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """A fitted model of an incomplete grid.

    Attributes:
        effects: one row per separable term and combination of its levels: `term`, `level`, `effect` (log odds,
            deviation from what the lower terms predict), `low`, `high`.
        aliases: all terms, and for each term that is not in `effects` the terms that it is confounded with.
        separated: whether maximum likelihood without the penalty would give an infinite coefficient.
        clustered: whether the intervals allow for shared seeds. With fewer than three seeds, or if an effect cannot be
            estimated without one of the seeds, they do not: then they are the profile likelihood's alone.
        trials, seeds, cells: numbers of trials, seeds and settings.
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
    """The model's columns, [cells, columns], and the slice of them that belongs to each separable term."""

    X: np.ndarray
    terms: dict[tuple[int, ...], slice]


def logistic(
    trials: pd.DataFrame, factors: Sequence[str], *, order: int = 2, state: str = "escaped", confidence: float = 0.95
) -> Model:
    """Fit the log odds of ending in a state by the effects that the settings can separate.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        order: the largest interactions in the model; higher ones are taken to be 0.
        state: the state that is counted.
        confidence: confidence of the intervals, two-sided, in (0, 1).
    """
    data = _prepare(trials, factors, order, state)
    # The matrices are small: several threads would be slower, and their number could change the last bits.
    with threadpool_limits(limits=1, user_api="blas"):
        rows, clustered = _effects(data, factors, confidence)
        split = firth.separated(data.design.X, data.hits.sum(0), data.counts.sum(0))
    return Model(
        effects=pd.DataFrame(rows, columns=["term", "level", "effect", "low", "high"]),
        aliases=data.known,
        separated=split,
        clustered=clustered,
        trials=len(trials),
        seeds=len(data.hits),
        cells=data.hits.shape[1],
    )


def lack_of_fit(
    trials: pd.DataFrame, factors: Sequence[str], *, order: int = 2, state: str = "escaped"
) -> tuple[float, int, float]:
    """Test whether the model of `logistic` fits the settings' rates; return deviance, degrees of freedom and p.

    The deviance of the penalised fit is compared with the chi-squared distribution (McCullagh and Nelder, Generalized
    Linear Models, 1989, section 4.4). The test assumes that trials are independent, and it is rough with few trials a
    setting, so only a very small p counts. p is 1 if the model has as many columns as there are settings.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        order: the largest interactions in the model.
        state: the state that is counted.
    """
    data = _prepare(trials, factors, order, state)
    hits, n = data.hits.sum(0), data.counts.sum(0)
    with threadpool_limits(limits=1, user_api="blas"):
        rate = special.expit(data.design.X @ firth.fit(data.design.X, hits, n).coefficients)
    terms = special.xlogy(hits, hits) - special.xlogy(hits, n * rate)
    terms += special.xlogy(n - hits, n - hits) - special.xlogy(n - hits, n * (1 - rate))
    df = len(n) - data.design.X.shape[1]
    deviance = 2 * float(terms.sum())
    return deviance, df, float(special.chdtrc(df, deviance)) if df > 0 else 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class _Data:
    """Trials as counts [seeds, cells], with the columns of the model."""

    design: _Design
    hits: np.ndarray
    counts: np.ndarray
    levels: Sequence[Sequence[str]]
    known: aliasing.Aliases


def _prepare(trials: pd.DataFrame, factors: Sequence[str], order: int, state: str) -> _Data:
    levels = [level_order(trials[name]) for name in factors]
    codes = np.stack(level_indices(trials, factors, levels), axis=1)
    cells, cell = np.unique(codes, axis=0, return_inverse=True)
    seed, seeds = pd.factorize(trials["seed"])
    hit = (trials["state"].astype(str) == state).to_numpy(float)
    shape = (len(seeds), len(cells))
    index = seed * len(cells) + cell.ravel()
    known = aliasing.of_codes(cells, factors, order=order)
    return _Data(
        design=_columns(cells, [len(names) for names in levels], factors, known),
        hits=np.bincount(index, hit, len(seeds) * len(cells)).reshape(shape),
        counts=np.bincount(index, minlength=len(seeds) * len(cells)).reshape(shape),
        levels=levels,
        known=known,
    )


def _columns(cells: np.ndarray, sizes: Sequence[int], factors: Sequence[str], known: aliasing.Aliases) -> _Design:
    """Return the intercept, the columns of separable terms, and independent columns for what confounded terms add."""
    axis_of = {name: axis for axis, name in enumerate(factors)}
    parts, terms, width = [np.ones((len(cells), 1))], {}, 1
    rest = []
    for label in known.terms:
        axes = tuple(axis_of[name] for name in label.split(":"))
        columns = aliasing.columns(cells, sizes, axes)
        if label in known.confounded:
            rest.append(columns)
        else:
            terms[axes] = slice(width, width + columns.shape[1])
            width += columns.shape[1]
            parts.append(columns)
    X = np.concatenate(parts, axis=1)
    if rest:
        extra = np.concatenate(rest, axis=1)
        extra = extra - X @ np.linalg.lstsq(X, extra, rcond=None)[0]
        left, strengths, _ = np.linalg.svd(extra, full_matrices=False)
        X = np.concatenate([X, left[:, strengths > 1e-8 * max(1.0, float(strengths.max()))]], axis=1)
    return _Design(X=X, terms=terms)


def _effects(data: _Data, factors: Sequence[str], confidence: float) -> tuple[list[dict[str, object]], bool]:
    """Return the rows of `Model.effects`, and whether the jackknife over seeds was possible."""
    design, levels = data.design, data.levels
    total, n = data.hits.sum(0), data.counts.sum(0)
    best = firth.fit(design.X, total, n)
    seeds = zip(data.hits, data.counts, strict=True)
    without = np.array([_left_out(design.X, total - hits, n - counts, best) for hits, counts in seeds])
    rows: list[dict[str, object]] = []
    known: dict[tuple[float, ...], tuple[float, float]] = {}
    for axes, columns in design.terms.items():
        for combination in itertools.product(*(range(len(levels[axis])) for axis in axes)):
            weights = np.zeros(design.X.shape[1])
            codes = [
                aliasing.contrasts(len(levels[axis]))[level] for axis, level in zip(axes, combination, strict=True)
            ]
            weights[columns] = codes[0] if len(codes) == 1 else np.multiply.outer(codes[0], codes[1]).ravel()
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
    """Return the coefficients without one seed; NaN if the columns are dependent without it."""
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
    """Return an interval of weights @ coefficients that covers two others.

    One is by profile likelihood, the other by a jackknife over seeds.
    """
    column = int(np.abs(weights).argmax())
    turn = np.eye(len(weights))
    turn[column] = weights
    back = np.linalg.inv(turn)
    # The penalty is half the log determinant of the information; the change of coordinates adds this constant.
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
        error = np.sqrt((seeds - 1) / seeds * ((left - left.mean()) ** 2).sum())
        effect, half = float(weights @ best.coefficients), float(t_quantile(seeds - 1.0, confidence)) * error
        low, high = min(low, effect - half), max(high, effect + half)
    return low, high

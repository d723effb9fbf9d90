"""Exact functional ANOVA of a full grid: which factors, and which pairs, decide how often trials escape.

The cell means are decomposed exactly (Hooker, Journal of Computational and Graphical Statistics 16, 2007): each term's
effects sum to zero over each of its factors, and the terms' variances add up to that of the cell means. Nothing is
fitted. Seeds replicate the whole grid, so the product of the same effect at two different seeds has no noise in
expectation, whatever the cells of a seed share: averaging over pairs of seeds removes the seed noise without a model.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.stats.clustered import signed_mean, t_quantile
from ablate.stats.grid import Grid

STEPS = 2000
"""Shares tried between 0 and 1 when an interval is sought."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Effects:
    """What an analysis of a full grid found.

    Attributes:
        shares: one row a term (`loss`, `loss:width`, ..., and `rest` for all higher terms): `order`, `variance` (of the
            cell means, seed noise removed, may be slightly negative), `share` of the total variance, `low`, `high`,
            `df`.
        levels: one row per term and combination of its levels: `term`, `level`, `effect` (deviation from what the
            lower terms predict), `low`, `high`, `error`.
        mean: the grand mean.
        total: variance of the cell means, seed noise removed.
        seeds, cells: how many of each.
        scale: `probability` or `logit`.
    """

    shares: pd.DataFrame
    levels: pd.DataFrame
    mean: float
    total: float
    seeds: int
    cells: int
    scale: str


def terms(factors: int, order: int) -> Iterator[tuple[int, ...]]:
    """Subsets of the axes, by size, at most `order` of them."""
    for size in range(1, min(order, factors) + 1):
        yield from itertools.combinations(range(factors), size)


def component(values: np.ndarray, term: tuple[int, ...]) -> np.ndarray:
    """A term's effects, seed by seed.

    Args:
        values: [levels of each factor..., seeds].
        term: the axes it is made of.

    Returns:
        [levels of the term's factors..., seeds]; sums to zero over each of the term's axes.
    """
    others = tuple(axis for axis in range(values.ndim - 1) if axis not in term)
    result = values.mean(others) if others else values
    for axis in range(len(term)):
        result = result - result.mean(axis, keepdims=True)
    return np.asarray(result)


def products(effects: np.ndarray) -> np.ndarray:
    """[seeds, seeds] mean over the cells of the product of one seed's effects with another's."""
    flat = effects.reshape(-1, effects.shape[-1])
    return np.asarray(flat.T @ flat / len(flat))


def anova(table: Grid, *, order: int = 2, confidence: float = 0.95) -> Effects:
    """The decomposition of the cells' rates.

    Args:
        table: the full grid, values 0 or 1 (any bounded number works).
        order: the largest number of factors in a term.
        confidence: of the intervals.
    """
    return decompose(table, table.values, order=order, confidence=confidence, scale="probability")


def logit_anova(table: Grid, *, order: int = 2, confidence: float = 0.95) -> Effects:
    """The same on the logit scale, as a check: an interaction may be there on one scale and not on the other.

    A saturated Firth (1993) model has the cell logits log((k + 1/2) / (n - k + 1/2)), finite at 0 and n. Seeds enter by
    the jackknife: seed s stands for the logits, moved by n - 1 times what leaving it out takes away.
    """
    values = np.asarray(table.values, float)
    n, hits = values.shape[-1], values.sum(-1, keepdims=True)
    whole = np.log((hits + 0.5) / (n - hits + 0.5))
    without = np.log((hits - values + 0.5) / (n - 1 - (hits - values) + 0.5))
    moved = whole + (n - 1) * (without.mean(-1, keepdims=True) - without)
    rate = (hits + 0.5) / (n + 1)
    unit = float((1 / (rate * (1 - rate))).mean())
    return decompose(table, moved, order=order, confidence=confidence, scale="logit", unit=unit)


def decompose(
    table: Grid, values: np.ndarray, *, order: int, confidence: float, scale: str, unit: float = 1.0
) -> Effects:
    """The decomposition of any values that have the grid's shape; `unit` is what one trial can change its cell by."""
    count = len(table.factors)
    cells, seeds = int(np.prod(values.shape[:-1])), values.shape[-1]
    whole = products(values - values.mean(tuple(range(count)), keepdims=True))
    chosen = list(terms(count, order))
    parts, levels = {}, []
    for term in chosen:
        effects = component(values, term)
        parts[term] = products(effects)
        reach = float(np.prod([size - 1 for size in effects.shape[:-1]])) / cells
        levels.append(_level_rows(table, term, effects, unit * reach, confidence))
    names = {term: ":".join(table.factors[axis] for axis in term) for term in chosen}
    rows, left = [], cells - 1
    for term, own in parts.items():
        df = int(np.prod([values.shape[axis] - 1 for axis in term]))
        left -= df
        rows.append({"term": names[term], "order": len(term), "df": df, **share(own, whole, confidence)})
    if order < count:
        rest = whole - np.sum(list(parts.values()), axis=0)
        rows.append({"term": "rest", "order": order + 1, "df": left, **share(rest, whole, confidence)})
    return Effects(
        shares=pd.DataFrame(rows),
        levels=pd.concat(levels, ignore_index=True),
        mean=float(values.mean()),
        total=float(unbiased(whole)),
        seeds=seeds,
        cells=cells,
        scale=scale,
    )


def _level_rows(
    table: Grid, term: tuple[int, ...], effects: np.ndarray, unit: float, confidence: float
) -> pd.DataFrame:
    """Each combination of the term's levels with its effect and interval."""
    found = signed_mean(effects.reshape(-1, effects.shape[-1]), unit=unit, confidence=confidence)
    names = [", ".join(each) for each in itertools.product(*(table.levels[axis] for axis in term))]
    return pd.DataFrame(
        {
            "term": ":".join(table.factors[axis] for axis in term),
            "level": names,
            "effect": found.estimate,
            "low": found.low,
            "high": found.high,
            "error": found.error,
        }
    )


def unbiased(kernel: np.ndarray) -> float:
    """Mean of a [seeds, seeds] kernel over pairs of different seeds; NaN for one seed."""
    seeds = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (seeds * (seeds - 1))) if seeds > 1 else float("nan")


def share(own: np.ndarray, whole: np.ndarray, confidence: float) -> dict[str, float]:
    """A term's variance and its share of the total, with an interval.

    Fieller's argument: a share r is in the interval if the variance of the term less r times the total is compatible
    with 0, given its own standard error over seeds. That error has a part that stays when the term is nothing (the
    products of noise), so the interval is good at 0 too; with hardly any total variance it is [0, 1].

    Args:
        own: [seeds, seeds] products of the term's effects.
        whole: the same of all effects.
        confidence: two-sided.
    """
    nan = float("nan")
    if len(own) < 3:
        return {"variance": unbiased(own), "share": nan, "low": 0.0, "high": 1.0}
    variance, total = unbiased(own), unbiased(whole)
    rest = whole - own
    tried = np.linspace(0.0, 1.0, STEPS + 1)
    distance = np.abs((1 - tried) * variance - tried * unbiased(rest))
    fits = tried[distance <= t_quantile(len(own) - 1.0, confidence) * np.sqrt(_spread(own, rest, tried))]
    point = float(np.clip(variance / total, 0.0, 1.0)) if total > 0 else nan
    low, high = (float(fits[0]), float(fits[-1])) if len(fits) else (point, point)
    half = 0.5 / STEPS
    return {"variance": variance, "share": point, "low": max(low - half, 0.0), "high": min(high + half, 1.0)}


def _spread(own: np.ndarray, rest: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Sampling variance of (1 - r) V_own - r V_rest for each r, if r is the truth.

    A U-statistic of degree 2 has variance 4 q / S + 2 d / S^2: q, of the seeds' projections on the mean effects; d, of
    the products of noise. As in Wilson's interval, q is taken at the share that is tried: the projections keep their
    direction and are scaled to the length the term would then have. So a term that looks small by chance is not
    credited with a small error.
    """
    seeds = len(own)
    total = max(unbiased(own) + unbiased(rest), 0.0)
    lengths = np.maximum([own.mean(), rest.mean()], 1e-300)
    scale = np.sqrt(np.stack([tried, 1 - tried]) * total / lengths[:, None])
    projected = [kernel.mean(1) - kernel.mean() for kernel in (own, rest)]
    noise = [kernel - kernel.mean(0) - kernel.mean(1)[:, None] + kernel.mean() for kernel in (own, rest)]
    weights = np.stack([1 - tried, -tried])
    line = np.array([[one @ other for other in projected] for one in projected]) / (seeds - 1)
    product = np.array([[(one * other).sum() for other in noise] for one in noise]) / (seeds - 1) ** 2
    q = np.einsum("ir,ij,jr->r", weights * scale, line, weights * scale)
    d = np.einsum("ir,ij,jr->r", weights, product, weights)
    # A variance, but for rounding where every seed says the same.
    return np.asarray(np.maximum(4 * q / seeds + 2 * d / seeds**2, 0.0))

"""Decompose a full grid by functional ANOVA: which factors, and which pairs, decide how often trials escape.

The decomposition of the cell means is exact (Hooker, Journal of Computational and Graphical Statistics 16, 2007). The
effects of a term sum to zero over each of its factors, and the variances of the terms add up to that of the means. No
model is fitted. Each seed replicates the whole grid. So the product of an effect at two different seeds estimates the
square of the effect without bias, whatever noise the cells of a seed share. Variances are means of such products over
pairs of seeds.
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
"""Number of equal steps from 0 to 1 at which `share` looks for the ends of an interval."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Effects:
    """The decomposition of a full grid.

    Attributes:
        shares: one row a term (`loss`, `loss:width`, ..., and `rest` for all higher terms): `order`, `variance` (of the
            cell means without seed noise; may be slightly negative), `share` of the total variance, `low`, `high`,
            `df`.
        levels: one row per term and combination of its levels: `term`, `level`, `effect` (deviation from what the
            lower terms predict), `low`, `high`, `error`.
        mean: the grand mean.
        total: variance of the cell means without seed noise.
        seeds, cells: numbers of seeds and of settings.
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
    """Yield every set of at most `order` axes, smaller sets first.

    Args:
        factors: number of axes.
        order: the largest size.
    """
    for size in range(1, min(order, factors) + 1):
        yield from itertools.combinations(range(factors), size)


def component(values: np.ndarray, term: tuple[int, ...]) -> np.ndarray:
    """Return a term's effects, seed by seed.

    Args:
        values: [levels of each factor..., seeds].
        term: the axes of its factors.

    Returns:
        [levels of the term's factors..., seeds]; sums to zero over each of the term's axes.
    """
    others = tuple(axis for axis in range(values.ndim - 1) if axis not in term)
    result = values.mean(others) if others else values
    for axis in range(len(term)):
        result = result - result.mean(axis, keepdims=True)
    return np.asarray(result)


def products(effects: np.ndarray) -> np.ndarray:
    """Return, for every two seeds, the mean over cells of the product of their effects.

    Args:
        effects: [levels..., seeds].

    Returns:
        [seeds, seeds].
    """
    flat = effects.reshape(-1, effects.shape[-1])
    return np.asarray(flat.T @ flat / len(flat))


def anova(table: Grid, *, order: int = 2, confidence: float = 0.95) -> Effects:
    """Decompose the escape rates of the cells.

    Args:
        table: the full grid, values 0 or 1 (any bounded number works).
        order: the largest number of factors in a term.
        confidence: confidence of the intervals, two-sided, in (0, 1).
    """
    return decompose(table, table.values, order=order, confidence=confidence, scale="probability")


def logit_anova(table: Grid, *, order: int = 2, confidence: float = 0.95) -> Effects:
    """Decompose the logits of the cells' rates, as a check: an interaction may exist on one scale only.

    A saturated Firth model (Biometrika 80, 1993) has the cell logits log((k + 1/2) / (n - k + 1/2)), which are finite
    at 0 and n. The values per seed are the jackknife's pseudo-values: the logit of all seeds plus n - 1 times a
    difference, the mean over seeds of the logit without one seed, minus the logit without this seed.

    Args:
        table: the full grid, values 0 or 1.
        order: the largest number of factors in a term.
        confidence: confidence of the intervals, two-sided, in (0, 1).
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
    """Decompose values of the grid's shape.

    Args:
        table: gives the names of factors and levels.
        values: [levels of each factor..., seeds].
        order: the largest number of factors in a term.
        confidence: confidence of the intervals, two-sided, in (0, 1).
        scale: name of the scale of the values, for the record.
        unit: how much one trial can change its cell's value.
    """
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
    for term, kernel in parts.items():
        df = int(np.prod([values.shape[axis] - 1 for axis in term]))
        left -= df
        rows.append({"term": names[term], "order": len(term), "df": df, **share(kernel, whole, confidence)})
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
    """Return each combination of the term's levels with its effect and interval."""
    over = signed_mean(effects.reshape(-1, effects.shape[-1]), unit=unit, confidence=confidence)
    names = [", ".join(levels) for levels in itertools.product(*(table.levels[axis] for axis in term))]
    return pd.DataFrame(
        {
            "term": ":".join(table.factors[axis] for axis in term),
            "level": names,
            "effect": over.estimate,
            "low": over.low,
            "high": over.high,
            "error": over.error,
        }
    )


def unbiased(kernel: np.ndarray) -> float:
    """Return the mean of a [seeds, seeds] kernel over pairs of different seeds; NaN for one seed."""
    seeds = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (seeds * (seeds - 1))) if seeds > 1 else float("nan")


def share(kernel: np.ndarray, whole: np.ndarray, confidence: float) -> dict[str, float]:
    """Return a term's variance and its share of the total, with an interval.

    The interval follows Fieller's argument. It contains a share r if the variance of the term minus r times the total
    is compatible with 0, given this difference's standard error over seeds. The error includes the products of noise,
    which remain when the term has no effect, so the interval is valid at a share of 0, too. With hardly any total
    variance the interval is [0, 1].

    Args:
        kernel: [seeds, seeds] products of the term's effects.
        whole: [seeds, seeds] products of all effects.
        confidence: two-sided, in (0, 1).

    Returns:
        `variance`, `share`, `low`, `high`.
    """
    nan = float("nan")
    if len(kernel) < 3:
        return {"variance": unbiased(kernel), "share": nan, "low": 0.0, "high": 1.0}
    variance, total = unbiased(kernel), unbiased(whole)
    rest = whole - kernel
    tried = np.linspace(0.0, 1.0, STEPS + 1)
    distance = np.abs((1 - tried) * variance - tried * unbiased(rest))
    fits = tried[distance <= t_quantile(len(kernel) - 1.0, confidence) * np.sqrt(_spread(kernel, rest, tried))]
    point = float(np.clip(variance / total, 0.0, 1.0)) if total > 0 else nan
    low, high = (float(fits[0]), float(fits[-1])) if len(fits) else (point, point)
    half = 0.5 / STEPS
    return {"variance": variance, "share": point, "low": max(low - half, 0.0), "high": min(high + half, 1.0)}


def _spread(kernel: np.ndarray, rest: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Return the sampling variance of (1 - r) V_term - r V_rest for each share r that is tried, if r is true.

    A U-statistic of degree 2 over S seeds has the variance 4 q / S + 2 d / S^2. The seeds' projections on the mean
    effects give q, and the products of noise give d. As in Wilson's interval, q is computed at the share that is tried:
    the projections keep their direction and are scaled to the length that the term would then have. Otherwise a term
    that is small by chance would get too small an error.
    """
    seeds = len(kernel)
    total = max(unbiased(kernel) + unbiased(rest), 0.0)
    lengths = np.maximum([kernel.mean(), rest.mean()], 1e-300)
    scale = np.sqrt(np.stack([tried, 1 - tried]) * total / lengths[:, None])
    projected = [part.mean(1) - part.mean() for part in (kernel, rest)]
    noise = [part - part.mean(0) - part.mean(1)[:, None] + part.mean() for part in (kernel, rest)]
    weights = np.stack([1 - tried, -tried])
    line = np.array([[one @ other for other in projected] for one in projected]) / (seeds - 1)
    product = np.array([[(one * other).sum() for other in noise] for one in noise]) / (seeds - 1) ** 2
    q = np.einsum("ir,ij,jr->r", weights * scale, line, weights * scale)
    d = np.einsum("ir,ij,jr->r", weights, product, weights)
    # Rounding can make the variance negative where all seeds have the same effects.
    return np.asarray(np.maximum(4 * q / seeds + 2 * d / seeds**2, 0.0))

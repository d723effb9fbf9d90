"""Make tables of paired contrasts: the declared ones, corrected by Holm, and a screen of every level, with its FDR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Contrast
from ablate.stats import equivalence
from ablate.stats.contrasts import difference
from ablate.stats.moderators import parts
from ablate.stats.pairs import Blocks, blocks, pair, shares

TESTS = {
    "p": "adjusted_p",
    "rates_p": "adjusted_rates_p",
    "less_p": "adjusted_less_p",
    "small_p": "adjusted_small_p",
}
"""The p-values of a difference, and the columns of their corrected values (`contrasts.difference`, `equivalence`)."""

COLUMNS = ("factor", "level", "against", "estimate", "low", "high", *TESTS, *TESTS.values(), "family", "correction")

COUNTS = ("pairs", "seeds", "strata", "level_count", "against_count", "gained", "lost")


def adjust(p: Sequence[float] | np.ndarray, correction: str) -> np.ndarray:
    """Return p-values adjusted for their family.

    Holm's correction is written out: `multipletests` of statsmodels runs Python's garbage collection at each call,
    which takes longer than all else in a report.

    Args:
        p: the family's p-values.
        correction: `holm` for declared contrasts (bounds the chance of any false claim), or `fdr_bh` for screens
            (bounds the share of false leads), by `statsmodels.stats.multitest.fdrcorrection`.

    Examples:
        >>> adjust([0.01, 0.04, 0.02], "holm").tolist()
        [0.03, 0.04, 0.04]
    """
    values = np.asarray(p, float)
    if correction == "fdr_bh" and len(values):
        from statsmodels.stats.multitest import fdrcorrection

        return np.asarray(fdrcorrection(values)[1])
    order = np.argsort(values)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    return adjusted


def _row(lined: Blocks, level: str, against: str, confidence: float = 0.95) -> dict[str, object] | None:
    one, other = pair(lined, level, against)
    if not len(one):
        return None
    less_p, small_p = equivalence.p_values(one, other)
    return {
        "factor": lined.factor,
        "level": level,
        "against": against,
        **vars(difference(one, other, confidence)),
        "less_p": less_p,
        "small_p": small_p,
        "shares": shares(lined.factor),
        "parts": parts(lined, level, against),
    }


def _family(rows: list[dict[str, object]], family: str, correction: str) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=[*COLUMNS, *COUNTS, "method", "shares", "parts"])
    result = pd.DataFrame(rows)
    for p, adjusted in TESTS.items():
        result[adjusted] = adjust(result[p].to_numpy(float), correction)
    return result.assign(family=family, correction=correction)


def declared(
    trials: pd.DataFrame,
    factors: Sequence[str],
    contrasts: Iterable[Contrast],
    *,
    state: str = "escaped",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return one row per contrast declared in the study, with Holm's correction over those that are passed.

    The correction holds for these trials and this state: the chance of any false claim among the contrasts is at most
    5 %. Contrasts of another state, or of other trials, are a family of their own.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        contrasts: the pairs of levels to compare, and the levels of other factors at which to compare them.
        state: the state that is counted.
        confidence: confidence of the intervals, two-sided, in (0, 1).

    Returns:
        Columns `factor`, `level`, `against`, `question`, `at` (levels of other factors), `expect` (the prediction),
        `estimate`, `low`, `high` (risk difference), `p` (levels exchangeable within a seed), `rates_p` (equal rates),
        `less_p` (worth `equivalence.MARGIN` or more), `small_p` (differs by as much), these four corrected
        (`adjusted_p`, `adjusted_rates_p`, `adjusted_less_p`, `adjusted_small_p`), `pairs`, `seeds`, `strata`,
        `level_count` and `against_count` (pairs in which each level ended in the state), `gained`, `lost`, `method`,
        `shares` (what the trials of a pair have in common), `parts` (the other factor by which the difference varies
        most, if it varies), `family`, `correction`.

    Raises:
        ConfigError: a level was not run, or a contrast has no pair.
    """
    rows = []
    for contrast in contrasts:
        kept = trials[at_levels(trials, contrast.at)]
        hit = (kept["state"].astype(str) == state).to_numpy(float)
        row = _row(blocks(kept, factors, contrast.factor, hit), contrast.level, contrast.against, confidence)
        if row is None:
            raise ConfigError(
                f"A declared contrast must have pairs of trials that differ in `{contrast.factor}` only. No setting "
                f"was run both with {contrast.level} and with {contrast.against}: add both to the design, or remove "
                "the contrast."
            )
        rows.append({**row, "question": contrast.question, "at": contrast.where, "expect": contrast.expect})
    return _family(rows, "declared", "holm")


def at_levels(trials: pd.DataFrame, at: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Return, for each trial, whether it has one of the given levels of every given factor.

    Args:
        trials: one row a trial.
        at: factor -> levels.

    Raises:
        ConfigError: the trials lack a factor.
    """
    kept = np.ones(len(trials), dtype=bool)
    for name, levels in at.items():
        if name not in trials:
            raise ConfigError(unknown("factor", name, map(str, trials.columns)))
        kept &= trials[name].astype(str).isin(list(levels)).to_numpy()
    return kept


def screen(
    trials: pd.DataFrame, factors: Sequence[str], baseline: Mapping[str, str], *, state: str = "escaped"
) -> pd.DataFrame:
    """Compare every level of every factor with its baseline level, with Benjamini and Hochberg's correction.

    Each comparison is over all settings that were run with both levels.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        baseline: each factor's baseline level; a factor whose baseline was not run is skipped.
        state: the state that is counted.

    Returns:
        The columns of `declared` without `question`.
    """
    hit = (trials["state"].astype(str) == state).to_numpy(float)
    rows = []
    for factor in factors:
        lined = blocks(trials, factors, factor, hit)
        against = baseline[factor]
        if against in lined.levels:
            compared = (_row(lined, level, against) for level in lined.levels if level != against)
            rows += [row for row in compared if row is not None]
    return _family(rows, "screen", "fdr_bh")

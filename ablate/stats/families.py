"""Tables of paired contrasts: those declared in advance (Holm), and a screen of every level (Benjamini-Hochberg)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Contrast
from ablate.stats.contrasts import difference
from ablate.stats.moderators import parts
from ablate.stats.pairs import Blocks, blocks, pair, shares

COLUMNS = ("factor", "level", "against", "estimate", "low", "high", "p", "adjusted_p", "family", "correction")

COUNTS = ("pairs", "seeds", "strata", "level_count", "against_count", "gained", "lost")


def adjust(p: Sequence[float] | np.ndarray, correction: str) -> np.ndarray:
    """P-values adjusted for their family, by `statsmodels.stats.multitest.multipletests`.

    Args:
        p: the family's p-values.
        correction: `holm` (declared contrasts: no false claim) or `fdr_bh` (screens: few false leads).
    """
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p, float)
    return np.asarray(multipletests(values, method=correction)[1]) if len(values) else values


def _row(lined: Blocks, level: str, against: str, confidence: float = 0.95) -> dict[str, object] | None:
    one, other = pair(lined, level, against)
    if not len(one):
        return None
    found = difference(one, other, confidence)
    return {
        "factor": lined.factor,
        "level": level,
        "against": against,
        **vars(found),
        "shares": shares(lined.factor),
        "parts": parts(lined, level, against),
    }


def _family(rows: list[dict[str, object]], family: str, correction: str) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=[*COLUMNS, *COUNTS, "method", "shares", "parts"])
    result = pd.DataFrame(rows)
    result["adjusted_p"] = adjust(result["p"].to_numpy(float), correction)
    return result.assign(family=family, correction=correction)


def declared(
    trials: pd.DataFrame,
    factors: Sequence[str],
    contrasts: Iterable[Contrast],
    *,
    state: str = "escaped",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per contrast declared in the study, with Holm's correction over them.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        contrasts: what to compare, and where.
        state: what is counted.
        confidence: of the two-sided intervals.

    Returns:
        Columns `factor`, `level`, `against`, `question`, `at` (where), `expect` (predicted), `estimate`, `low`, `high`
        (risk difference), `p`, `adjusted_p`, `pairs`, `seeds`, `strata`, `level_count` and `against_count`
        (pairs in which each level ended in the state), `gained`, `lost`, `method`, `shares` (what each pair has in
        common), `parts` (the other factor by which the difference varies most, where it does), `family`, `correction`.

    Raises:
        ConfigError: a level that was not run, or a contrast without a single pair.
    """
    rows = []
    for contrast in contrasts:
        own = trials[there(trials, contrast.at)]
        hit = (own["state"].astype(str) == state).to_numpy(float)
        row = _row(blocks(own, factors, contrast.factor, hit), contrast.level, contrast.against, confidence)
        if row is None:
            raise ConfigError(
                f"A declared contrast must have pairs of trials. Received none for `{contrast.factor}`: "
                f"{contrast.level} against {contrast.against} never meet at equal levels of the other factors."
            )
        rows.append({**row, "question": contrast.question, "at": contrast.place, "expect": contrast.expect})
    return _family(rows, "declared", "holm")


def there(trials: pd.DataFrame, at: Mapping[str, Sequence[str]]) -> np.ndarray:
    """[trials] whether a trial is at one of these levels of each of these factors.

    Raises:
        ConfigError: a factor that the trials lack.
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
    """Every level of every factor against its baseline level, over all settings that have both; Benjamini-Hochberg.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        baseline: each factor's baseline level; a factor whose baseline was not run is skipped.
        state: what is counted.

    Returns:
        The columns of `declared` without `question`.
    """
    hit = (trials["state"].astype(str) == state).to_numpy(float)
    rows = []
    for factor in factors:
        lined = blocks(trials, factors, factor, hit)
        against = baseline[factor]
        if against in lined.levels:
            found = (_row(lined, level, against) for level in lined.levels if level != against)
            rows += [row for row in found if row is not None]
    return _family(rows, "screen", "fdr_bh")


def from_baseline(
    trials: pd.DataFrame, factors: Sequence[str], baseline: Mapping[str, str], *, state: str = "escaped"
) -> pd.DataFrame:
    """Every other setting against the baseline setting, seed by seed; Benjamini-Hochberg.

    Returns:
        `remedies` (the levels that differ, as `factor=level, ...`) and the numbers of `declared`, one row a setting.

    Raises:
        ConfigError: the baseline was not run.
    """
    names = {name: trials[name].astype(str).to_numpy() for name in factors}
    changed = [np.where(names[name] == baseline[name], "", f"{name}=") for name in factors]
    own = [
        np.where(each == "", "", each.astype(object) + names[name]) for name, each in zip(factors, changed, strict=True)
    ]
    code, sets = pd.MultiIndex.from_arrays(own).factorize()
    labels = np.array([", ".join(part for part in each if part) for each in sets], object)
    whole = trials[["seed", "state"]].assign(remedies=labels[code])
    if "" not in labels:
        raise ConfigError("The baseline setting must be among the trials. Received a design that leaves it out.")
    hit = (whole["state"].astype(str) == state).to_numpy(float)
    lined = blocks(whole, ("remedies",), "remedies", hit)
    rows = [_row(lined, level, "") for level in lined.levels if level]
    result = _family([row for row in rows if row is not None], "screen", "fdr_bh")
    return result.drop(columns=["factor", "against", "shares", "parts"], errors="ignore").rename(
        columns={"level": "remedies"}
    )

"""Estimate what a sufficient set loses if one of its remedies is taken out, allowing for the choice of the set.

A set is called minimal because its trials did well and those of its parts did not. So the difference of their rates is
too large: for useless remedies it shows a loss of .2. The differences of all sets that were run, chosen or not, tell
which losses are common: many are none at all. Each loss is shrunk accordingly (empirical Bayes with a spike at no
loss; Johnstone and Silverman, Annals of Statistics 32, 2004). This removes most of the bias if many sets were run, and
less if few were; `validation/chosen.py` measures it. The intervals hold for all differences together, so no choice can
harm them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import special

from ablate.stats.contrasts import tango
from ablate.stats.rates import cell_counts
from ablate.stats.remedy_sets import Remedies, remedy_sets

SHAPES = (0.5, 1.0, 3.0)
"""Two settings end differently on some seeds. A remedy that matters wins a share of these seeds, and each of these
symmetric beta distributions says how likely each share is."""

STEPS = 200
"""Steps of the algorithm that fits how common no loss and each of SHAPES is."""

COLUMNS = ("set", "removed", "n", "escaped", "n_without", "escaped_without", "cost", "low", "high", "pairs")


def removals(
    trials: pd.DataFrame, factors: Sequence[str], baseline: Mapping[str, str], minimal: Sequence[Remedies]
) -> pd.DataFrame:
    """Compare each minimal set with the set that lacks one of its remedies, on the same seeds.

    Args:
        trials: one row a trial; all settings have the same seeds, or those that no result chose.
        factors: the factors that vary.
        baseline: factor -> its baseline level.
        minimal: the sets to compare.

    Returns:
        Columns COLUMNS: `set` as a sorted tuple; trials and escapes with and without the remedy; `cost`, the shrunk
        loss of rate; `low` and `high`, Tango's interval, at 95 % for the differences of all sets together
        (Bonferroni); seeds that both sets have. A smaller set that was not run has no row.
    """
    keys, hits, counts = cell_counts(trials, factors, (trials["state"].astype(str) == "escaped").to_numpy(float))
    sets = remedy_sets(keys, factors, baseline)
    row = {one: at for at, one in enumerate(sets)}
    edges = [
        (one, remedy, row[one], row[one - {remedy}]) for one in sets for remedy in sorted(one) if one - {remedy} in row
    ]
    if not edges:
        return pd.DataFrame(columns=list(COLUMNS))
    escaped = np.where(counts > 0, hits / np.maximum(counts, 1), np.nan)
    gap = np.array([escaped[whole] - escaped[less] for _, _, whole, less in edges])
    lost, gained, pairs = (gap > 0).sum(1), (gap < 0).sum(1), (~np.isnan(gap)).sum(1)
    cost, n, escapes = shrunk(lost, gained, pairs), counts.sum(1).astype(int), hits.sum(1).astype(int)
    order, rows = {one: at for at, one in enumerate(minimal)}, []
    for at, (one, remedy, whole, less) in enumerate(edges):
        if one in order and pairs[at]:
            limits = tango(int(lost[at]), int(gained[at]), int(pairs[at]), 1 - 0.05 / len(edges))
            ends = (n[whole], escapes[whole], n[less], escapes[less])
            rows.append((order[one], tuple(sorted(one)), remedy, *ends, cost[at], *limits, pairs[at]))
    rows.sort(key=lambda row: row[0])
    return pd.DataFrame([row[1:] for row in rows], columns=list(COLUMNS))


def shrunk(lost: np.ndarray, gained: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return each loss, shrunk by what all of them say about how common losses are.

    A remedy either changes nothing, so that a seed that ends differently without it is as likely to be a gain, or it
    matters (SHAPES). The shares of these kinds are fitted by expectation and maximisation, from one of each as a start.

    Args:
        lost: [differences] seeds on which only the whole set escaped.
        gained: [differences] seeds on which only the smaller set did.
        pairs: [differences] all seeds of both.

    Examples:
        >>> found = shrunk(np.array([4] + [2] * 9 + [1] * 10), np.array([0] + [2] * 9 + [2] * 10), np.full(20, 20))
        >>> round(float(found[0]), 2)  # 4 of 20 by itself is a loss of 0.2
        0.04
    """
    changed, shapes = lost + gained, np.array(SHAPES)[:, None]
    matters = special.betaln(lost + shapes, gained + shapes) - special.betaln(shapes, shapes)
    log = np.concatenate([-changed[None] * np.log(2.0), matters])
    likelihood = np.exp(log - log.max(0))
    shares = np.array([0.5, *[0.5 / len(SHAPES)] * len(SHAPES)])[:, None]
    for _ in range(STEPS):
        kinds = likelihood * shares / (likelihood * shares).sum(0)
        seen = kinds.sum(1, keepdims=True) + 1 / len(shares)
        shares = seen / seen.sum()
    means = 2 * (lost + shapes) / (changed + 2 * shapes) - 1
    return np.asarray((kinds[1:] * means).sum(0) * changed / np.maximum(pairs, 1))

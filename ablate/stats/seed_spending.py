"""Choose the bounds that hold for a setting's escape rate, and the seeds that settings can be compared on.

A study gives every setting all its seeds, or spends them in blocks, or adds seeds to undecided settings. The bounds
must hold although the results are analysed several times on the way. Where results decide how many seeds a setting
gets, its own rate may use all of them, with the bounds below. A mean over settings may not: settings with few seeds
stopped because these seeds agreed. It uses the seeds that every setting gets before any result (`first`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ablate.core.study import SEQUENTIAL, TOPPED_UP, Study

if TYPE_CHECKING:
    import pandas as pd

    from ablate.stats import sequential
    from ablate.stats.claims import Claim


def ends(study: Study) -> tuple[int, ...]:
    """Return the numbers of seeds at which a setting's results are analysed.

    Examples:
        >>> from ablate.configure import compose
        >>> ends(compose(["seeds=sequential", "seeds.cap=16"])), ends(compose(["seeds=topped_up"]))
        ((4, 8, 12, 16), (20, 64))
        >>> ends(compose(["seed=range(8)"]))
        (8,)
    """
    spending = study.spending
    if spending["kind"] == SEQUENTIAL:
        return tuple(range(spending["block"], spending["cap"] + 1, spending["block"]))
    return tuple(dict.fromkeys((len(study.seeds), len(study.pool))))


def first(study: Study) -> tuple[int, ...]:
    """Return the seeds that every setting gets, whatever the results.

    Examples:
        >>> from ablate.configure import compose
        >>> first(compose(["seeds=sequential"])), len(first(compose(["seeds=topped_up"])))
        ((0, 1, 2, 3), 20)
    """
    if study.spending["kind"] == SEQUENTIAL:
        return study.pool[: study.spending["block"]]
    return study.seeds if study.spending["kind"] == TOPPED_UP else study.pool


def comparable(study: Study, trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that a mean over settings may count: those on the seeds that every setting gets (`first`).

    Args:
        study: how seeds are spent.
        trials: one row a trial, with `seed`; they are returned as they are if no result decides on seeds.
    """
    kept = trials["seed"].isin(first(study))
    return trials if kept.all() else trials[kept]


def interval(study: Study) -> tuple[Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]], str]:
    """Return the two-sided interval of one setting's rate that holds at all analyses, and its name.

    The function takes escapes and trials. An interval for a fixed number of seeds does not hold where the results
    themselves choose that number.
    """
    from ablate.stats import rates, sequential

    spending = study.spending
    if spending["kind"] == SEQUENTIAL:
        confidence = spending["confidence"]
        name = f"{100 * confidence:g} % confidence sequence, which holds at every look"
        return (lambda escaped, n: sequential.bounds(escaped, n, confidence)), name
    looks = len(ends(study)) if spending["kind"] == TOPPED_UP else 1
    confidence = 1 - 0.05 / looks
    name = f"{100 * confidence:g} % Wilson interval" + (f" (95 % for {looks} looks together)" if looks > 1 else "")
    return (lambda escaped, n: rates.wilson(escaped, n, confidence)), name


def claim(study: Study, *, finished: bool = True) -> Claim:
    """Return the claim about a setting's escape rate that holds at all analyses of the study together.

    A study that is topped up is analysed twice: each bound holds at 97.5 %, so that both hold at 95 % (Bonferroni).
    The page of an unfinished study can be read after every block, so its verdicts come from the confidence sequence.
    Exact bounds read after each seed from 5 to 64 would make one false claim in ten.

    Args:
        study: how seeds are spent.
        finished: whether every planned trial is there.
    """
    from ablate.stats import claims, sequential

    spending = study.spending
    if spending["kind"] == SEQUENTIAL:
        return sequential.claim(rule(study))
    if not finished:
        return sequential.claim(sequential.Rule(target=spending.get("target", claims.TARGET)))
    if spending["kind"] == TOPPED_UP:
        return claims.exact(spending["target"], 1 - 0.05 / len(ends(study)))
    return claims.exact()


def rule(study: Study) -> sequential.Rule:
    """Return the rule of a study whose seeds are spent sequentially."""
    from ablate.stats import sequential

    spending = study.spending
    return sequential.Rule(
        target=spending["target"], block=spending["block"], cap=spending["cap"], confidence=spending["confidence"]
    )

"""Choose the bounds that hold for a setting's escape rate, by how a study spends its seeds.

A study gives every setting all its seeds, or spends them in blocks, or adds seeds to undecided settings. The bounds
must hold although the results are analysed several times on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import SEQUENTIAL, TOPPED_UP, Study

if TYPE_CHECKING:
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


def claim(study: Study) -> Claim:
    """Return the claim about a setting's escape rate that holds at all analyses of the study together.

    A study that is topped up is analysed twice: each bound holds at 97.5 %, so that both hold at 95 % (Bonferroni).
    """
    from ablate.stats import claims, sequential

    spending = study.spending
    if spending["kind"] == SEQUENTIAL:
        return sequential.claim(rule(study))
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

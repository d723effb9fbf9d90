"""State what a study's way of spending seeds allows to be claimed about a setting.

A study gives every setting all its seeds, or spends them in blocks, or tops up the settings that are undecided. How
often results are looked at on the way decides which bound holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import SEQUENTIAL, TOPPED_UP, Study

if TYPE_CHECKING:
    from ablate.stats import sequential
    from ablate.stats.claims import Claim


def ends(study: Study) -> tuple[int, ...]:
    """How many seeds a setting has when its results are looked at.

    Examples:
        >>> from ablate.configure import compose
        >>> ends(compose(["seeds=sequential", "seeds.cap=16"])), ends(compose(["seeds=topped_up"]))
        ((4, 8, 12, 16), (20, 64))
        >>> ends(compose(["seed=range(8)"]))
        (8,)
    """
    own = study.spending
    if own["kind"] == SEQUENTIAL:
        return tuple(range(own["block"], own["cap"] + 1, own["block"]))
    return tuple(dict.fromkeys((len(study.seeds), len(study.pool))))


def claim(study: Study) -> Claim:
    """What it takes to call a setting's escape rate enough, valid however often this study looks at its seeds.

    A study that is topped up is looked at twice: each bound holds at 97.5 % (Bonferroni), so both together at 95 %.
    """
    from ablate.stats import claims, sequential

    own = study.spending
    if own["kind"] == SEQUENTIAL:
        return sequential.claim(rule(study))
    if own["kind"] == TOPPED_UP:
        return claims.exact(own["target"], 1 - 0.05 / len(ends(study)))
    return claims.exact()


def rule(study: Study) -> sequential.Rule:
    """The sequential rule of a study whose seeds are spent that way."""
    from ablate.stats import sequential

    own = study.spending
    return sequential.Rule(target=own["target"], block=own["block"], cap=own["cap"], confidence=own["confidence"])

"""By what a paired difference varies: a mean over settings may be of opposite parts, and must not hide them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ablate.stats.pairs import Blocks, both, pair

SPREAD = 0.1
"""Differences at two levels of another factor that lie less far apart are not told."""


@dataclass(frozen=True, kw_only=True)
class Moderator:
    """The other factor by whose levels a difference varies most.

    Attributes:
        factor: its name.
        differences: the difference at each of its levels, smallest first.
    """

    factor: str
    differences: tuple[tuple[str, float], ...]

    @property
    def spread(self) -> float:
        """How far the differences lie apart."""
        return self.differences[-1][1] - self.differences[0][1]

    def __str__(self) -> str:
        return f"{self.factor}: {', '.join(f'{level} {value:+.2f}' for level, value in self.differences)}"


def moderator(lined: Blocks, level: str, against: str) -> Moderator | None:
    """The factor by whose levels the difference of `level` and `against` varies most, or None if none varies.

    A description, without an interval: it says where to look, and a contrast at one place says how sure it is.

    Raises:
        ConfigError: a level that was not run.
    """
    one, other = pair(lined, level, against)
    gap = one - other
    strata = lined.strata[both(lined, level, against).any(1)]
    found = []
    for name in strata.columns:
        codes = strata[name].astype(str)
        means = {str(own): float(np.nanmean(gap[(codes == own).to_numpy()])) for own in codes.unique()}
        if len(means) > 1:
            order = tuple(sorted(means.items(), key=lambda item: item[1]))
            found.append(Moderator(factor=str(name), differences=order))
    return max(found, key=lambda each: each.spread, default=None)


def parts(lined: Blocks, level: str, against: str) -> str:
    """The moderator in words if its differences lie SPREAD or more apart, else nothing.

    Examples:
        >>> import pandas as pd
        >>> from ablate.stats.pairs import blocks
        >>> rows = [(loss, rate, seed) for loss in "ab" for rate in ("0.1", "0.2") for seed in range(3)]
        >>> trials = pd.DataFrame(rows, columns=["loss", "rate", "seed"])
        >>> escaped = ((trials["loss"] == "a") & (trials["rate"] == "0.1")).to_numpy(float)
        >>> parts(blocks(trials, ["loss", "rate"], "loss", escaped), "a", "b")
        'rate: 0.2 +0.00, 0.1 +1.00'
    """
    found = moderator(lined, level, against)
    return str(found) if found is not None and found.spread >= SPREAD else ""

"""Find the factor by which a paired difference varies most: a mean over settings can hide opposite effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ablate.stats.pairs import Blocks, both, pair

SPREAD = 0.1
"""`parts` names a factor only if the differences at two of its levels are at least this far apart."""


@dataclass(frozen=True, kw_only=True)
class Moderator:
    """The other factor by whose levels a difference varies most.

    Attributes:
        factor: its name.
        differences: (level, difference at that level), smallest first.
    """

    factor: str
    differences: tuple[tuple[str, float], ...]

    @property
    def spread(self) -> float:
        """Return the largest difference minus the smallest."""
        return self.differences[-1][1] - self.differences[0][1]

    def __str__(self) -> str:
        return f"{self.factor}: {', '.join(f'{level} {value:+.2f}' for level, value in self.differences)}"


def moderator(lined: Blocks, level: str, against: str) -> Moderator | None:
    """Return the factor by whose levels the difference of `level` and `against` varies most; None if none varies.

    The differences have no intervals: they show where to look; a contrast at one level of the factor tests one.

    Args:
        lined: the trials of the factor that is compared.
        level: the level whose rate counts positively.
        against: the level it is compared with.

    Raises:
        ConfigError: a level was not run.
    """
    one, other = pair(lined, level, against)
    gap = one - other
    strata = lined.strata[both(lined, level, against).any(1)]
    moderators = []
    for name in strata.columns:
        levels = strata[name].astype(str)
        means = {str(at): float(np.nanmean(gap[(levels == at).to_numpy()], axis=1).mean()) for at in levels.unique()}
        if len(means) > 1:
            order = tuple(sorted(means.items(), key=lambda item: item[1]))
            moderators.append(Moderator(factor=str(name), differences=order))
    return max(moderators, key=lambda moderator: moderator.spread, default=None)


def parts(lined: Blocks, level: str, against: str) -> str:
    """Return the moderator as a text if its differences are SPREAD or more apart, else an empty text.

    Args:
        lined: the trials of the factor that is compared.
        level: the level whose rate counts positively.
        against: the level it is compared with.

    Examples:
        >>> import pandas as pd
        >>> from ablate.stats.pairs import blocks
        >>> rows = [(loss, rate, seed) for loss in "ab" for rate in ("0.1", "0.2") for seed in range(3)]
        >>> trials = pd.DataFrame(rows, columns=["loss", "rate", "seed"])
        >>> escaped = ((trials["loss"] == "a") & (trials["rate"] == "0.1")).to_numpy(float)
        >>> parts(blocks(trials, ["loss", "rate"], "loss", escaped), "a", "b")
        'rate: 0.2 +0.00, 0.1 +1.00'
    """
    most = moderator(lined, level, against)
    return str(most) if most is not None and most.spread >= SPREAD else ""

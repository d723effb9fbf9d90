"""Choose the trials that show what a level does to the baseline alone, with every other factor at its baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.core.study import Contrast


def single_changes(trials: pd.DataFrame, factors: Sequence[str], baseline: Mapping[str, str]) -> pd.DataFrame:
    """Return the trials of the baseline, and of the settings that differ from it in one factor.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        baseline: the baseline's level names by factor.
    """
    changes = np.zeros(len(trials), int)
    for name in factors:
        changes += (trials[name].astype(str) != baseline[name]).to_numpy()
    return trials[changes <= 1]


def narrowed(contrast: Contrast, factors: Sequence[str], baseline: Mapping[str, str]) -> Contrast:
    """Return the contrast at the levels that it declares, and at the baseline's level of every other factor.

    Args:
        contrast: a declared contrast.
        factors: the factors that vary.
        baseline: the baseline's level names by factor.

    Examples:
        >>> asked = Contrast(factor="loss", level="a", against="b", at={"width": ["8"]})
        >>> narrowed(asked, ["loss", "width", "depth"], {"loss": "b", "width": "4", "depth": "2"}).where
        'depth=2, width=8'
    """
    others = {name: [baseline[name]] for name in factors if name != contrast.factor}
    return dataclasses.replace(contrast, at={**others, **contrast.at})

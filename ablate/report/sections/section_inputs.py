"""What every section is made from: the results, the questions in them, and the arrays of their curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.report.strata import Stratum
from ablate.results.study_results import Results
from ablate.stats.claims import Claim


@dataclass(frozen=True, eq=False, kw_only=True)
class Material:
    """What every section is made from.

    Attributes:
        results: the study.
        settings: `results.table(results)`.
        strata: the questions that may not be pooled; analysed and drawn.
        aside: trials that answer neither, only counted.
        arrays: per signal [trials, looks].
        baseline: level names by factor.
        claim: which escape rate counts as a remedy, and how it is proven.
    """

    results: Results
    settings: pd.DataFrame
    strata: tuple[Stratum, ...]
    aside: tuple[Stratum, ...]
    arrays: Mapping[str, np.ndarray]
    baseline: Mapping[str, str]
    claim: Claim

    def of(self, stratum: Stratum) -> pd.DataFrame:
        """The settings of one question."""
        rows = self.settings
        for name, value in stratum.within:
            rows = rows[rows[name].astype(str) == value]
        return rows


def name_of(*words: str) -> str:
    """A picture's name made of words: letters, digits, `-` and `_` only."""
    joined = "-".join(word for word in words if word)
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in joined)[:80]

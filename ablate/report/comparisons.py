"""Choose what the report compares: declared contrasts and every level, at the baseline and over all settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.remedies.start import START
from ablate.report.section_inputs import Inputs
from ablate.report.trial_groups import TrialGroup
from ablate.stats import at_baseline, families

KINDS = ("declared", "screen")

APART = (START, "start_state")
"""The columns that tell groups of trials apart."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A table of comparisons that are corrected together.

    Attributes:
        kind: `declared` or `screen`.
        here: whether the other factors are at the baseline, or at declared levels.
        whole: whether all settings with both levels count.
    """

    kind: str
    here: bool = False
    whole: bool = False

    @property
    def name(self) -> str:
        """Return the name in contrasts.csv."""
        return self.kind if self.whole else f"{self.kind} at the baseline"

    @property
    def key(self) -> str:
        """Return the name of its figure."""
        return self.kind if self.whole else f"{self.kind}-baseline"

    @property
    def words(self) -> str:
        """Return what is compared, for titles."""
        scope = "at the baseline" if self.here else "as a mean over a mixed grid"
        compared = "every level" if self.kind == "screen" else "the declared contrasts"
        return f"of {compared}, {scope}"


def compared(inputs: Inputs, group: TrialGroup, state: str) -> tuple[list[tuple[Family, pd.DataFrame]], list[str]]:
    """Return the families of comparisons in the order of the page, those at the baseline first.

    Means over a grid are left out where they are the comparisons at the baseline: one pair a seed.

    Args:
        inputs: the study and its baseline.
        group: the trials.
        state: the state whose rates are compared.

    Returns:
        The families that have a row, and a sentence for each declared contrast without a pair of trials.
    """
    names, study = list(group.varying), inputs.results.study
    narrow = [at_baseline.narrowed(contrast, names, inputs.baseline) for contrast in study.contrasts]
    at_declared, _ = declared(group, replace(study, contrasts=tuple(narrow)), state)
    if len(at_declared):  # the page names the levels that were declared, not every level of the baseline
        where = {one.where: other.where for one, other in zip(narrow, study.contrasts, strict=True)}
        at_declared["at"] = at_declared["at"].map(where)
    single = at_baseline.single_changes(group.pooled, names, inputs.baseline)
    asked, unanswered = declared(group, study, state)
    means = asked, _screen(group.pooled, names, inputs.baseline, state)
    first, second = [], []
    for kind, here, mean in zip(
        KINDS, (at_declared, _screen(single, names, inputs.baseline, state)), means, strict=True
    ):
        if len(here) == len(mean) > 0 and (mean["strata"] == 1).all():
            first.append((Family(kind=kind, here=True, whole=True), mean))
            continue
        first += [(Family(kind=kind, here=True), here)] if len(here) else []
        second += [(Family(kind=kind, whole=True), mean)] if len(mean) else []
    return [*first, *second], unanswered


def declared(group: TrialGroup, study: Study, state: str, confidence: float = 0.95) -> tuple[pd.DataFrame, list[str]]:
    """Compare the levels of the study's declared contrasts, corrected by Holm.

    Args:
        group: the trials; contrasts that name another start are left out.
        study: whose contrasts are taken.
        state: the state whose rates are compared.
        confidence: confidence of the intervals.

    Returns:
        The table of `ablate.stats.families.declared`, and a sentence for each contrast without a pair of trials.
    """
    names = list(group.varying)
    within = dict(group.within)
    answered, unanswered = [], []
    for contrast in study.contrasts:
        if any(within.get(name, levels[0]) not in levels for name, levels in contrast.at.items() if name in APART):
            continue
        try:
            if contrast.factor not in names:
                raise ConfigError(f"`{contrast.factor}` does not vary among these trials.")
            families.declared(group.pooled, names, [contrast], state=state)
            answered.append(contrast)
        except ConfigError as error:
            compared = f"{contrast.factor}: {contrast.level} against {contrast.against}"
            unanswered.append(f"Declared, not answered: {compared}. {error}")
    if not answered:
        return pd.DataFrame(), unanswered
    return families.declared(group.pooled, names, answered, state=state, confidence=confidence), unanswered


def _screen(trials: pd.DataFrame, names: Sequence[str], baseline: Mapping[str, str], state: str) -> pd.DataFrame:
    """Compare every level with its factor's baseline level, corrected by Benjamini-Hochberg."""
    if not names or not len(trials):
        return pd.DataFrame()
    return families.screen(trials, names, baseline, state=state)

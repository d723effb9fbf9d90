"""The remedies one by one: how the baseline with one change ends, from fresh weights and from each trap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate import configure
from ablate.remedies import problems
from ablate.report.ending import Ending
from ablate.report.page_parts import STATES, link
from ablate.report.section_inputs import Inputs
from ablate.report.trial_groups import TrialGroup
from ablate.results import accuracies
from ablate.stats import claims, contrasts
from ablate.stats.contrasts import Difference


@dataclass(frozen=True, kw_only=True)
class RemedyRow:
    """One remedy: a level of a factor, in place of the baseline's `before`; an ending for each group of trials."""

    factor: str
    level: str
    before: str
    endings: tuple[Ending | None, ...]
    effect: Difference | None

    @property
    def change(self) -> str:
        """Return the change as `factor=level`."""
        return f"{self.factor}={self.level}"

    @property
    def meaning(self) -> str:
        """Return what the level is, in words; empty where no file of the package says it."""
        return configure.remark(self.factor, self.level)

    @property
    def only_later(self) -> bool:
        """Return whether the first group of trials lacks this remedy."""
        return self.endings[0] is None

    @property
    def first(self) -> Ending:
        """Return the ending in the first group of trials that has this remedy."""
        return next(ending for ending in self.endings if ending is not None)


@dataclass(frozen=True, kw_only=True)
class RemedyTable:
    """The baseline and every single change, best first; `titles` names the groups of trials, one for each ending.

    `rows` are the remedies; `problems` are the changes of factors that describe the problem, as other data.
    """

    titles: tuple[str, ...]
    baseline: tuple[Ending | None, ...]
    rows: tuple[RemedyRow, ...]
    target: float
    problems: tuple[RemedyRow, ...] = ()

    def of(self, group: int, verdict: str) -> tuple[RemedyRow, ...]:
        """Return the remedies with a verdict in one group of trials.

        Args:
            group: position of the group.
            verdict: a word of `ablate.stats.claims`.
        """
        judged = ((row, row.endings[group]) for row in self.rows)
        return tuple(row for row, ending in judged if ending is not None and ending.verdict == verdict)

    def best_by_factor(self, most: int) -> tuple[RemedyRow, ...]:
        """Return the best remedy of each factor among those of the first group of trials.

        Args:
            most: the most factors.
        """
        chosen: dict[str, RemedyRow] = {}
        for row in self.rows:
            if row.endings[0] is not None:
                chosen.setdefault(row.factor, row)
        return tuple(chosen.values())[:most]

    def alike(self, most: int) -> tuple[tuple[RemedyRow, ...], ...]:
        """Return `best_by_factor` with neighbours together whose trials end alike.

        Args:
            most: the most factors.
        """
        best = self.best_by_factor(most)
        joined = itertools.groupby(
            best, key=lambda row: None if row.endings[0] is None else dict(row.endings[0].states)
        )
        return tuple(tuple(rows) for _, rows in joined)


def remedy_table(inputs: Inputs) -> RemedyTable:
    """Collect the baseline and its single changes from the table of settings.

    Args:
        inputs: the settings, the groups of trials, the baseline and the claim.
    """
    baseline: list[Ending | None] = []
    by_remedy: dict[tuple[str, str], list[Ending | None]] = {}
    for at, group in enumerate(inputs.groups):
        unchanged: Ending | None = None
        for factor, level, ending in _settings(inputs, group):
            if factor:
                by_remedy.setdefault((factor, level), [None] * len(inputs.groups))[at] = ending
            else:
                unchanged = ending
        baseline.append(unchanged)
    effects = _effects(inputs)
    rows = [
        RemedyRow(
            factor=factor,
            level=level,
            before=inputs.baseline[factor],
            endings=tuple(endings),
            effect=effects.get((factor, level)),
        )
        for (factor, level), endings in by_remedy.items()
    ]
    rows.sort(key=_order)
    return RemedyTable(
        titles=_titles(inputs.groups),
        baseline=tuple(baseline),
        rows=tuple(row for row in rows if row.factor not in problems()),
        target=inputs.claim.target,
        problems=tuple(row for row in rows if row.factor in problems()),
    )


def _titles(groups: Sequence[TrialGroup]) -> tuple[str, ...]:
    """Return the groups' titles without their first phases, if they are told apart without."""
    short = tuple(group.title.split(" (first phase", maxsplit=1)[0] for group in groups)
    return short if len(set(short)) == len(short) else tuple(group.title for group in groups)


def _order(row: RemedyRow) -> tuple[float, ...]:
    """Sort by the lower bound in each group of trials, then by accuracy; equal rows keep the study's order."""
    bounds = [-1.0 if ending is None else ending.low for ending in row.endings]
    accuracy = row.first.accuracy[0]
    return (*(-bound for bound in bounds), -accuracy if accuracy == accuracy else 0.0)


def _settings(inputs: Inputs, group: TrialGroup) -> Iterator[tuple[str, str, Ending]]:
    """Yield factor, level and ending of each setting with one change; both texts are empty for the baseline."""
    settings, names = inputs.settings_of(group), list(group.varying)
    differs = _differs(settings, names, inputs.baseline)
    few = differs.sum(axis=0) <= 1
    rows, differs = settings[few], differs[:, few]
    verdicts = claims.verdicts(rows["escaped"].to_numpy(), rows["n"].to_numpy(), inputs.claim)
    proven = proven_settings(inputs, settings)[few]
    for at, (row, verdict) in enumerate(zip(rows.to_dict(orient="records"), verdicts, strict=True)):
        changed = [name for name, other in zip(names, differs[:, at], strict=True) if other]
        ending = Ending(
            escaped=int(row["escaped"]),
            n=int(row["n"]),
            low=float(row["low"]),
            high=float(row["high"]),
            states={state: int(row[state]) for state in STATES if row[state]},
            accuracy=tuple(float(row[name]) for name in accuracies.COLUMNS),  # type: ignore[arg-type]
            verdict=str(verdict),
            proven=bool(proven[at]),
            link=link(*((name, str(row[name])) for name in inputs.keys)),
        )
        yield (changed[0], str(row[changed[0]]), ending) if changed else ("", "", ending)


def proven_settings(inputs: Inputs, settings: pd.DataFrame) -> np.ndarray:
    """Return which settings are proven, however they are chosen; none of a search, which chose what to try.

    Args:
        inputs: the study and its claim.
        settings: rows of its table of settings.
    """
    if inputs.results.searched:
        return np.zeros(len(settings), dtype=bool)
    return claims.proven(settings["escaped"].to_numpy(), settings["n"].to_numpy(), inputs.claim)


def _differs(rows: pd.DataFrame, names: Sequence[str], baseline: Mapping[str, str]) -> np.ndarray:
    """Return [names, rows] whether a row is not at the baseline's level."""
    if not names:
        return np.zeros((0, len(rows)), dtype=bool)
    return np.stack([(rows[name].astype(str) != baseline[name]).to_numpy() for name in names])


def _effects(inputs: Inputs) -> dict[tuple[str, str], Difference]:
    """Return the difference from the baseline's escape rate by remedy, paired by seed, in its first group of trials."""
    effects: dict[tuple[str, str], Difference] = {}
    for group in () if inputs.results.searched else reversed(inputs.groups):
        trials, names = group.pooled, list(group.varying)
        differs = _differs(trials, names, inputs.baseline)
        escaped = (trials["state"] == "escaped").to_numpy(float)
        changes = differs.sum(axis=0)
        base = pd.Series(escaped[changes == 0], index=trials["seed"].to_numpy()[changes == 0])
        base = base[~base.index.duplicated()]
        for name, other in zip(names, differs, strict=True):
            alone = other & (changes == 1)
            rows = pd.DataFrame({"level": trials[name].astype(str), "seed": trials["seed"], "escaped": escaped})[alone]
            for level, part in rows.groupby("level", sort=False):
                paired = part.drop_duplicates("seed").set_index("seed")["escaped"].reindex(base.index)
                if len(base) and paired.notna().any():
                    effects[name, str(level)] = contrasts.difference(paired.to_numpy()[None], base.to_numpy()[None])
    return effects

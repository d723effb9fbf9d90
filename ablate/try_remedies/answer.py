"""Record what trying a model has shown; `ablate.try_remedies.answer_text` puts it into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ablate import store, tasks
from ablate.core import filesystem, notebook_view
from ablate.core.study import TASK, Study
from ablate.outcomes.states import Outcome
from ablate.remedies import _keras_lines
from ablate.runner.summary import Summary
from ablate.store import manifest
from ablate.tasks import Finding
from ablate.try_remedies.stages import Levels, Stages, all_but_one

if TYPE_CHECKING:
    from ablate.stats.confirmation import Confirmation


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How the trials of a remedy set ended.

    Attributes:
        remedies: the set, as (factor, level) pairs; empty for the model as compiled.
        escaped: trials that escaped, on the seeds of the choice.
        trials: trials that ended, on the seeds of the choice.
        low, high: Wilson's 95 % interval of the escape rate.
        sufficient: whether these seeds, by themselves, prove a rate above `stages.ENOUGH`.
        ends: trials by state.
        fresh: how it ended on fresh seeds; None if it was not trained on them.
        better: whether fresh seeds prove that the set escapes more often than the model as compiled.
    """

    remedies: Levels
    escaped: int
    trials: int
    low: float
    high: float
    sufficient: bool
    ends: Mapping[str, int]
    fresh: Confirmation | None
    better: bool

    @property
    def confirmed(self) -> bool:
        """Return whether fresh seeds prove that the rate exceeds `stages.ENOUGH`."""
        return self.fresh is not None and self.fresh.confirmed

    @property
    def words(self) -> str:
        """Return the remedies as overrides; `nothing` for the model as compiled."""
        return " ".join(f"{name}={level}" for name, level in self.remedies) or "nothing"


@dataclass(frozen=True, kw_only=True, repr=False)
class Attempt:
    """The answer about a user's model: which remedies were tried, and which work.

    Attributes:
        study: the study behind it; its folder holds the trials and the report.
        seeds: on how many seeds remedies were chosen.
        baseline: the model as it was compiled.
        alone: each remedy by itself, in the order in which they are tried.
        together: all remedies at once, one of each factor; None if they were not tried because a remedy works alone or
            because every factor's remedies did harm by themselves, and if none of these trials has ended.
        without: by remedy, all remedies except this one; those whose trials have ended.
        smallest: the smallest remedy sets that are sufficient, confirmed ones first; empty if none is sufficient.
        reduced: whether every smaller set that could be sufficient was tried; False if a signal stopped it before.
        overrides: the overrides of the first of the smallest sets.
        keras: lines of plain Keras that apply the first of the smallest sets.
        causes: cause of the plateau (`ablate.stats.causes.NAMES`) -> trials as compiled, most frequent first.
        bar: the accuracy that a trial must exceed to be above chance; None while no trial has ended.
        findings: what was found in model and data before training.
        left_out: factor -> why none of its remedies was tried.
        summary: what the sweep behind it did; `summary.stopped` names the signal that interrupted it. It is empty
            until the report is written.
    """

    study: Study
    seeds: int
    baseline: Rate
    alone: tuple[Rate, ...]
    together: Rate | None
    without: Mapping[tuple[str, str], Rate]
    smallest: tuple[Rate, ...]
    reduced: bool
    overrides: tuple[str, ...]
    keras: tuple[str, ...]
    causes: Mapping[str, int]
    bar: float | None
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str]
    summary: Summary

    def text(self) -> str:
        """Return the answer in words, and where everything is."""
        return f"{self.answer_text()}\n\n{self.summary.text()}"

    def answer_text(self) -> str:
        """Return the answer in words."""
        from ablate.try_remedies.answer_text import text

        return text(self)

    def __repr__(self) -> str:
        state = f", stopped by {self.summary.stopped}" if self.summary.stopped else ""
        found = f"smallest set: {self.smallest[0].words}" if self.smallest else "no sufficient set"
        return f"<Attempt at {self.study.name}: {found}{state}>"

    def _repr_html_(self) -> str:
        from ablate.try_remedies.answer_text import comparison, verdict

        columns, *rows = comparison(self)
        text = "\n".join([*verdict(self), "", self.summary.text()])
        return notebook_view.table(columns, rows) + notebook_view.preformatted(text)


def answer(stages: Stages, summary: Summary, findings: Sequence[Finding]) -> Attempt:
    """Return the answer that the stored trials give; after an interruption it is incomplete.

    Args:
        stages: the stages, which decide which remedy sets are tried.
        summary: what the sweep did.
        findings: what was found in model and data before training.
    """
    seen = _ended(stages, summary)
    sets = dict.fromkeys(levels for stage in stages.stages(seen) for levels in stage)
    ended = {levels: rate for levels in sets if (rate := _rate(stages, levels, seen)).trials}
    smallest = tuple(sorted((ended[levels] for levels in stages.smallest(seen)), key=lambda rate: not rate.confirmed))
    whole = stages.whole(seen)
    setting = stages.setting(smallest[0].remedies) if smallest else None
    return Attempt(
        study=stages.candidates.study,
        seeds=stages.seeds,
        baseline=_rate(stages, (), seen),
        alone=tuple(rate for levels, rate in ended.items() if len(levels) == 1),
        together=ended.get(whole) if whole else None,
        without={
            left_out: ended[rest] for left_out, rest in zip(whole, all_but_one(whole), strict=True) if rest in ended
        },
        smallest=smallest,
        reduced=bool(smallest) and (len(smallest[0].remedies) == 1 or stages.over(seen)),
        overrides=tuple(smallest[0].words.split()) if smallest else (),
        keras=tuple(_keras_lines.keras_lines(setting, stages.candidates.study.baseline)) if setting else (),
        causes=_causes(stages, summary, seen),
        bar=_bar(stages, summary, seen),
        findings=tuple(findings),
        left_out=stages.candidates.left_out,
        summary=summary,
    )


def _ended(stages: Stages, summary: Summary) -> dict[str, Outcome]:
    """Return how every stored trial of the stages ended, by id."""
    stored = store.outcomes(filesystem.place(str(summary.folder)))
    seen: dict[str, Outcome] = {}
    for _ in range(64):  # the outcomes of a stage decide which trials the next one has
        wanted = [trial for trials in stages.wanted(seen) for trial in trials]
        new = {trial.id: stored[trial.id] for trial in wanted if trial.id in stored}
        if new.keys() <= seen.keys():
            break
        seen |= new
    return seen


def _causes(stages: Stages, summary: Summary, seen: Mapping[str, Outcome]) -> Mapping[str, int]:
    """Count the causes of the plateaus of the baseline's trials at chance, most frequent first."""
    from ablate.stats import causes

    trials = stages.trials(())
    ids = [trial.id for trial in trials if trial.id in seen and seen[trial.id].state in causes.AT_CHANCE]
    if not ids:
        return {}
    classes = tasks.load(stages.candidates.study.baseline[TASK].params).classes
    curves = store.read_curves(filesystem.place(str(summary.folder)), ids)
    return dict(Counter(causes.cause_of(curves[key], classes) for key in ids if key in curves).most_common())


def _rate(stages: Stages, levels: Levels, seen: Mapping[str, Outcome]) -> Rate:
    from ablate.stats.rates import wilson

    escaped, trials = stages.escaped(levels, seen)
    low, high = wilson(np.asarray(escaped), np.asarray(trials))
    return Rate(
        remedies=levels,
        escaped=escaped,
        trials=trials,
        low=float(low),
        high=float(high),
        sufficient=stages.sufficient(levels, seen),
        ends=dict(Counter(seen[trial.id].state for trial in stages.trials(levels) if trial.id in seen)),
        fresh=stages.confirmation(levels, seen),
        better=stages.better(levels, seen),
    )


def _bar(stages: Stages, summary: Summary, seen: Mapping[str, Outcome]) -> float | None:
    """Return the accuracy that a trial must exceed; None before a trial has ended: it may not be measured yet."""
    if not seen:
        return None
    task = stages.trials(())[0].task_hash
    chance = manifest.read(filesystem.place(str(summary.folder))).chance[task]
    return chance.count / chance.rows

"""What trying a model has shown, as a record; `ablate.try_remedies.answer_text` puts it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.core import filesystem
from ablate.core.study import TASK, Study
from ablate.outcomes.states import Outcome
from ablate.remedies import _keras_lines
from ablate.runner.summary import Summary
from ablate.tasks import Finding
from ablate.try_remedies.stages import Levels, Stages


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Trials of a remedy set that escaped, with Wilson's 95 % interval, and how the others ended.

    `sufficient`: proven to escape at a rate of more than `ENOUGH`; `better`: proven to escape more often than the model
    as compiled.
    """

    remedies: Levels
    escaped: int
    trials: int
    low: float
    high: float
    sufficient: bool
    better: bool
    ends: Mapping[str, int]

    @property
    def words(self) -> str:
        """The remedies as overrides; `nothing` for the baseline."""
        return " ".join(f"{name}={level}" for name, level in self.remedies) or "nothing"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was found out about a user's model.

    Attributes:
        study: the study behind it, in whose folder the trials and the report are.
        baseline: the model as it was compiled.
        alone: each remedy by itself (add-one-in), in the order of the menu.
        without: all remedies at once, first, and all but one (leave-one-out): the remedies are those that are left. A
            factor whose levels did harm by themselves has none among all at once; empty if every factor's did.
        smallest: the smallest remedy sets that are sufficient; empty if none is.
        overrides: of the first of them, the words that change the baseline.
        keras: of the first of them, the lines of plain Keras.
        causes: cause of a plateau (`ablate.stats.causes.NAMES`) -> number of the baseline's trials at chance that
            show it, most first.
        bar: to escape is to stay above this accuracy; None before it has been measured.
        findings: what was found wrong before training.
        left_out: factor -> why nothing of it was tried.
        summary: of the sweep.
    """

    study: Study
    baseline: Rate
    alone: tuple[Rate, ...]
    without: tuple[Rate, ...]
    smallest: tuple[Rate, ...]
    overrides: tuple[str, ...]
    keras: tuple[str, ...]
    causes: Mapping[str, int]
    bar: float | None
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str]
    summary: Summary

    def text(self) -> str:
        """The answer as it is printed."""
        from ablate.try_remedies.answer_text import text

        return text(self)


def answer(stages: Stages, summary: Summary, findings: Sequence[Finding]) -> Attempt:
    """The answer that the trials of all stages give; of a sweep that was stopped, as far as it went."""
    seen = _ended(stages, summary)
    sets = [levels for stage in stages.stages(seen) for levels in stage]
    rates = {levels: _rate(stages, levels, seen) for levels in dict.fromkeys(sets)}
    ended = {levels: rate for levels, rate in rates.items() if rate.trials}
    good = [rate for levels, rate in ended.items() if levels and rate.sufficient]
    least = min((len(rate.remedies) for rate in good), default=0)
    smallest = [rate for rate in good if len(rate.remedies) == least]
    smallest.sort(key=lambda rate: -rate.escaped)
    whole = stages.whole(seen)
    good = [] if () in rates and rates[()].sufficient else good
    smallest = smallest if good else []
    parts = [whole, *(tuple(each for each in whole if each != left) for left in whole)] if whole else []
    setting = stages.setting(smallest[0].remedies) if smallest else None
    base = stages.menu.study.baseline
    return Attempt(
        study=stages.menu.study,
        baseline=_rate(stages, (), seen),
        alone=tuple(rate for levels, rate in ended.items() if len(levels) == 1),
        without=tuple(ended[levels] for levels in parts if levels in ended),
        smallest=tuple(smallest),
        overrides=tuple(smallest[0].words.split()) if smallest else (),
        keras=tuple(_keras_lines.keras_lines(setting, base)) if setting else (),
        causes=_causes(stages, summary, seen),
        bar=_bar(stages, summary, seen),
        findings=tuple(findings),
        left_out=stages.menu.left_out,
        summary=summary,
    )


def _ended(stages: Stages, summary: Summary) -> dict[str, Outcome]:
    """How every stored trial of the stages ended."""
    from ablate import store

    stored = store.outcomes(filesystem.place(str(summary.folder)))
    seen: dict[str, Outcome] = {}
    for _ in range(64):  # a stage is known once the one before it is
        wanted = [
            trial
            for stage in stages.stages(seen)
            for levels in stage
            for trial in stages.trials_of(stages.setting(levels))
        ]
        new = {trial.id: stored[trial.id] for trial in wanted if trial.id in stored}
        if new.keys() <= seen.keys():
            break
        seen |= new
    return seen


def _causes(stages: Stages, summary: Summary, seen: Mapping[str, Outcome]) -> Mapping[str, int]:
    """Count the causes of the plateaus of the baseline's trials at chance, most frequent first."""
    from collections import Counter

    from ablate import store, tasks
    from ablate.stats import causes

    trials = stages.trials_of(stages.setting(()))
    ids = [trial.id for trial in trials if trial.id in seen and seen[trial.id].state in causes.AT_CHANCE]
    if not ids:
        return {}
    classes = tasks.load(stages.menu.study.baseline[TASK].params).classes
    curves = store.read_curves(filesystem.place(str(summary.folder)), ids)
    return dict(Counter(causes.cause_of(curves[each], classes) for each in ids if each in curves).most_common())


def _rate(stages: Stages, levels: Levels, seen: Mapping[str, Outcome]) -> Rate:
    from collections import Counter

    import numpy as np

    from ablate.stats.rates import wilson

    own = [seen[trial.id] for trial in stages.trials_of(stages.setting(levels)) if trial.id in seen]
    escaped = sum(each.state == "escaped" for each in own)
    low, high = wilson(np.asarray(escaped), np.asarray(len(own)))
    return Rate(
        remedies=levels,
        escaped=escaped,
        trials=len(own),
        low=float(low),
        high=float(high),
        sufficient=stages.sufficient(levels, seen),
        better=stages.better(levels, seen),
        ends=dict(Counter(each.state for each in own)),
    )


def _bar(stages: Stages, summary: Summary, seen: Mapping[str, Outcome]) -> float | None:
    """The accuracy above which a look is above chance; None if no trial has ended, and it may not be measured."""
    from ablate.store import manifest

    if not seen:
        return None
    task = stages.trials_of(stages.setting(()))[0].task_hash
    chance = manifest.read(filesystem.place(str(summary.folder))).chance[task]
    return chance.count / chance.rows

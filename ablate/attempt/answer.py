"""What trying a model has shown, as a record and as the text that the command prints."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate import files, patch
from ablate.attempt.menu import Menu
from ablate.attempt.stages import ENOUGH, Levels, Stages
from ablate.sources import Seen
from ablate.study import Study
from ablate.summary import Summary
from ablate.tasks import Finding


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Trials of a remedy set that escaped, with Wilson's 95 % interval, and how the others ended."""

    remedies: Levels
    escaped: int
    trials: int
    low: float
    high: float
    sufficient: bool
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
        without: all remedies at once, first, and all but one (leave-one-out): the remedies are those that are left.
        smallest: the smallest remedy sets that are sufficient; empty if none is.
        overrides: of the first of them, the words that change the baseline.
        keras: of the first of them, the lines of plain Keras.
        sights: how many of the baseline's trials at chance look how, by `ablate.stats.fingerprint`; most first.
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
    sights: Mapping[str, int]
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str]
    summary: Summary

    def text(self) -> str:
        """The answer as it is printed."""
        return "\n".join([*_table(self), "", *_verdict(self), "", *self.summary.text().splitlines()])


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
    parts = [whole, *(tuple(each for each in whole if each != left) for left in whole)]
    setting = stages.setting(smallest[0].remedies) if smallest else None
    base = stages.menu.study.baseline
    return Attempt(
        study=stages.menu.study,
        baseline=_rate(stages, (), seen),
        alone=tuple(rate for levels, rate in ended.items() if len(levels) == 1),
        without=tuple(ended[levels] for levels in parts if levels in ended),
        smallest=tuple(smallest),
        overrides=tuple(smallest[0].words.split()) if smallest else (),
        keras=tuple(patch.keras_lines(setting, base)) if setting else (),
        sights=_sights(stages, summary, seen),
        findings=tuple(findings),
        left_out=stages.menu.left_out,
        summary=summary,
    )


def _ended(stages: Stages, summary: Summary) -> dict[str, Seen]:
    """How every stored trial of the stages ended."""
    from ablate import store

    stored = store.outcomes(files.place(str(summary.folder)))
    seen: dict[str, Seen] = {}
    for _ in range(64):  # a stage is known once the one before it is
        wanted = [
            trial
            for stage in stages.stages(seen)
            for levels in stage
            for trial in stages.trials_of(stages.setting(levels))
        ]
        new = {trial.id: Seen(trial, *stored[trial.id]) for trial in wanted if trial.id in stored}
        if new.keys() <= seen.keys():
            break
        seen |= new
    return seen


def _sights(stages: Stages, summary: Summary, seen: Mapping[str, Seen]) -> Mapping[str, int]:
    """How the baseline's trials at chance look."""
    from collections import Counter

    from ablate import store, tasks
    from ablate.stats import fingerprint

    trials = stages.trials_of(stages.setting(()))
    ids = [trial.id for trial in trials if trial.id in seen and seen[trial.id].state in fingerprint.AT_CHANCE]
    if not ids:
        return {}
    classes = tasks.load(stages.menu.study.baseline["task"].params).classes
    curves = store.read_curves(files.place(str(summary.folder)), ids)
    return dict(Counter(fingerprint.read(curves[each], classes) for each in ids if each in curves).most_common())


def _rate(stages: Stages, levels: Levels, seen: Mapping[str, Seen]) -> Rate:
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
        ends=dict(Counter(each.state for each in own)),
    )


def preface(menu: Menu, findings: Sequence[Finding]) -> str:
    """Model, data and what is wrong with either, before anything is trained."""
    base = menu.study.baseline
    template = base["model"].params["template"]
    if template.get("stack"):
        how = f"dense layers, {base['depth'].name} of {base['width'].name} units: trials train side by side"
    elif template["alone"]:
        how = "it has layers that cannot be stacked: trials train one at a time"
    else:
        how = "a graph of layers that can be stacked: trials train side by side"
    shown = [
        name for name, _ in base if name not in ("model", "task", "fault", "start", "width", "depth", "constraint")
    ]
    lines = [
        f"model {base['model'].params['builder']}: {how}",
        "as compiled: " + " ".join(f"{name}={base[name].name}" for name in shown),
        *(f"  {each.severity}: {each.what} {each.advice}" for each in findings),
        *(f"  not tried: {name}: {why}." for name, why in menu.left_out.items()),
    ]
    tried = {
        factor.name: ", ".join(level.name for level in factor.levels if level != factor.baseline)
        for factor in menu.study.varying
        if factor.name != "model"
    }
    return "\n".join([*lines, "tried: " + "; ".join(f"{name} ({levels})" for name, levels in tried.items())])


def _table(own: Attempt) -> list[str]:
    """The two comparisons: each remedy alone, and all but it."""
    whole = own.without[0] if own.without else None
    removed = {}
    for rate in own.without[1:]:
        (left,) = set(whole.remedies if whole else ()) - set(rate.remedies)
        removed[left] = rate
    lines = [f"{'':34s}{'alone':24s}all at once but it"]
    lines.append(f"{'(as compiled)':34s}{_count(own.baseline):24s}{_count(whole) + ' with all' if whole else ''}")
    for rate in own.alone:
        other = removed.get(rate.remedies[0])
        lines.append(f"{rate.words:34s}{_count(rate):24s}{_count(other) if other else ''}".rstrip())
    return lines


def _count(rate: Rate) -> str:
    return f"{rate.escaped} of {rate.trials} ({rate.low:.2f} to {rate.high:.2f})"


def _verdict(own: Attempt) -> list[str]:
    base = own.baseline
    ends = ", ".join(f"{count} {state}" for state, count in base.ends.items())
    lines = [f"As compiled, {base.escaped} of {base.trials} trials escape chance ({ends})."]
    lines += _looks(own)
    if base.sufficient:
        return [
            *lines,
            "It is not stuck at chance: look for what else differs (data, labels, how accuracy is measured).",
        ]
    works = [rate.words for rate in own.alone if rate.sufficient]
    lines.append(f"Works alone: {', '.join(works) or 'none'} (escape rate proven above {ENOUGH:.0%}, one-sided 95 %).")
    if not own.smallest:
        return [*lines, "No set that was tried is sufficient: more steps, wider menus, or look at data and labels."]
    first = own.smallest[0]
    lines.append(f"Smallest set: {first.words} ({_count(first)})" + _others(own.smallest))
    command = shlex.join([*shlex.split(own.study.command)[:2], *_kept(own), *own.overrides])
    return [*lines, "", "To go on from there:", f"  {command}", "In Keras:", *(f"  {line}" for line in own.keras)]


def _looks(own: Attempt) -> list[str]:
    """How the trials at chance look, and what the guide is for."""
    from ablate.report.plateaus import MEANINGS

    if not own.sights:
        return []
    seen = ", ".join(f"{sight} ({MEANINGS[sight]}) {count}" for sight, count in own.sights.items())
    return [f"Those at chance look like this: {seen}. What helps in which case: docs/guide.md."]


def _others(smallest: Sequence[Rate]) -> str:
    return f", and {len(smallest) - 1} others of its size." if len(smallest) > 1 else "."


def _kept(own: Attempt) -> list[str]:
    """The user's words but for those that the remedies replace."""
    changed = {each.partition("=")[0] for each in own.overrides}
    return [each for each in shlex.split(own.study.command)[2:] if each.partition("=")[0] not in changed]

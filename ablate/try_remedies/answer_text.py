"""What trying a model has shown, as the text that the command prints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablate.core.study import Json
from ablate.remedies import model as models
from ablate.remedies import registry
from ablate.remedies.constraint import CONSTRAINT
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.width import WIDTH
from ablate.tasks import Finding

if TYPE_CHECKING:
    from ablate.try_remedies.answer import Attempt, Rate
from ablate.try_remedies.candidates import Menu
from ablate.try_remedies.stages import ENOUGH, fewest

OMITTED = (WIDTH, DEPTH, CONSTRAINT)
"""Factors that the line about the compiled model leaves out: the line before it names the shape, and constraints of a
user's layers are not read."""


def text(own: Attempt) -> str:
    """The whole answer: both comparisons, what works, how to go on, and where everything is."""
    return "\n".join([*_table(own), "", *_verdict(own), "", *own.summary.text().splitlines()])


def preface(menu: Menu, findings: Sequence[Finding]) -> str:
    """Model, data and what is wrong with either, before anything is trained."""
    base = menu.study.baseline
    template = base[MODEL].params["template"]
    if template.get("stack"):
        how = f"dense layers, {base[DEPTH].name} of {base[WIDTH].name} units: trials train side by side"
    elif template["alone"]:
        how = "it has layers that cannot be stacked: trials train one at a time"
    else:
        how = "a graph of layers that can be stacked: trials train side by side"
    model = base[MODEL].params
    shown = [name for name, _ in base if _is_shown(name, model)]
    lines = [
        f"model {base[MODEL].params['builder']}: {how}",
        "as compiled: " + " ".join(f"{name}={base[name].name}" for name in shown),
        *(f"  {each.severity}: {each.what} {each.advice}" for each in findings),
        *(f"  not tried: {name}: {why}." for name, why in menu.left_out.items()),
    ]
    tried = {
        factor.name: ", ".join(level.name for level in factor.levels if level != factor.baseline)
        for factor in menu.study.varying
        if factor.name != MODEL
    }
    return "\n".join([*lines, "tried: " + "; ".join(f"{name} ({levels})" for name, levels in tried.items())])


def _is_shown(factor: str, model: Json) -> bool:
    """Return whether the baseline's level of a factor describes the model; layers without a place keep their own."""
    remedy = registry()[factor]
    if remedy.statement == "none" or factor in OMITTED:
        return False
    return not remedy.inside or factor in models.applying(model)


def _table(own: Attempt) -> list[str]:
    """The two comparisons: each remedy alone, and all but it."""
    whole = own.without[0] if own.without else None
    removed = {}
    for rate in own.without[1:]:
        (left,) = set(whole.remedies if whole else ()) - set(rate.remedies)
        removed[left] = rate
    lines = [f"{'':34s}{'alone':24s}all at once but it"]
    lines.append(f"{'(as compiled)':34s}{_count(own.baseline):24s}{_count(whole) + ' with all' if whole else ''}")
    joined = {name for name, _ in whole.remedies} if whole else set()
    for rate in own.alone:
        ((factor, _),) = rate.remedies
        other = removed.get(rate.remedies[0])
        cell = _count(other) if other else "left out: fewer than as compiled" if whole and factor not in joined else ""
        lines.append(f"{rate.words:34s}{_count(rate):24s}{cell}".rstrip())
    return lines


def _count(rate: Rate) -> str:
    return f"{rate.escaped} of {rate.trials} ({rate.low:.2f} to {rate.high:.2f})"


def _verdict(own: Attempt) -> list[str]:
    base = own.baseline
    ends = ", ".join(f"{count} {state}" for state, count in base.ends.items())
    bar = "" if own.bar is None else f" (an accuracy of more than {own.bar:.1%})"
    above = f"{base.escaped} of {base.trials} trials get above chance{bar} for good"
    lines = [f"As compiled, {above}: {ends or 'none has ended'}."]
    lines += _causes(own)
    if base.sufficient:
        return [
            *lines,
            "It is not stuck at chance: look for what else differs (data, labels, how accuracy is measured).",
        ]
    works = [rate for rate in own.alone if rate.sufficient]
    named = ", ".join(rate.words for rate in works) or "none"
    lines.append(f"Works alone: {named} (escape rate proven above {ENOUGH:.0%}, one-sided 95 %, each by itself).")
    if not own.smallest and own.summary.stopped:
        return [*lines, "It was stopped before it was decided what works together."]
    if not own.smallest and len(own.study.seeds) < fewest():
        return [*lines, f"Fewer than {fewest()} seeds can prove nothing. Received {len(own.study.seeds)}."]
    if not own.smallest:
        return [*lines, "No set that was tried is sufficient: more steps, wider menus, or look at data and labels."]
    first = own.smallest[0]
    lines.append(f"Smallest set: {first.words} ({_count(first)})" + _others(own.smallest))
    lines += _no_better([*works, *own.smallest])
    command = shlex.join([*shlex.split(own.study.command)[:2], *_kept(own), *own.overrides])
    return [*lines, "", "To go on from there:", f"  {command}", "In Keras:", *(f"  {line}" for line in own.keras)]


def _causes(own: Attempt) -> list[str]:
    """Name the causes of the plateaus of the trials at chance, and point to the guide."""
    from ablate.stats.causes import MEANINGS

    if not own.causes:
        return []
    counts = ", ".join(f"{cause} ({MEANINGS[cause]}) {count}" for cause, count in own.causes.items())
    return [f"Causes of the trials at chance: {counts}. What helps against each: docs/guide.md."]


def _no_better(works: Sequence[Rate]) -> list[str]:
    """Those that work, where the model as compiled may do so as well."""
    even = dict.fromkeys(rate.words for rate in works if not rate.better)
    if not even:
        return []
    proof = "(sign test on the same seeds, one-sided 95 %; more seeds can tell)"
    at_times = "Not proven better than the model as compiled, which gets out at times by itself"
    return [f"{at_times}: {'; '.join(even)} {proof}."]


def _others(smallest: Sequence[Rate]) -> str:
    more = len(smallest) - 1
    return f", and {more} other{'s' if more > 1 else ''} of its size." if more else "."


def _kept(own: Attempt) -> list[str]:
    """The user's words but for those that the remedies replace."""
    changed = {each.partition("=")[0] for each in own.overrides}
    return [each for each in shlex.split(own.study.command)[2:] if each.partition("=")[0] not in changed]

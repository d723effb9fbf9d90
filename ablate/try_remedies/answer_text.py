"""Put what trying a model has shown into words, as `ablate try` prints it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ablate.core.documents import document
from ablate.core.study import Json
from ablate.remedies import model as models
from ablate.remedies import registry
from ablate.remedies.constraint import CONSTRAINT
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.width import WIDTH
from ablate.tasks import Finding
from ablate.try_remedies.candidates import Candidates
from ablate.try_remedies.stages import ENOUGH, fewest_seeds

if TYPE_CHECKING:
    from ablate.try_remedies.answer import Attempt, Rate

OMITTED = (WIDTH, DEPTH, CONSTRAINT)
"""Factors that the line about the compiled model leaves out.

The line before it names the shape, and constraints of a user's layers are not read.
"""

MOST_OTHERS = 8
"""The most sets that are listed beside the smallest."""


def preface(candidates: Candidates, findings: Sequence[Finding]) -> str:
    """Return what is known before anything is trained: the model, what is wrong with it or the data, what is tried.

    Args:
        candidates: the remedies that are tried.
        findings: what was found in model and data.
    """
    base = candidates.study.baseline
    model = base[MODEL].params
    compiled = [name for name, _ in base if _describes_the_model(name, model)]
    tried = {
        factor.name: ", ".join(level.name for level in factor.levels if level != factor.baseline)
        for factor in candidates.study.varying
        if factor.name != MODEL
    }
    lines = [
        f"model {model['builder']}: {_how_it_trains(candidates)}",
        "as compiled: " + " ".join(f"{name}={base[name].name}" for name in compiled),
        *(f"  {finding.severity}: {finding.what} {finding.advice}" for finding in findings),
        *(f"  not tried: {name}: {why}." for name, why in candidates.left_out.items()),
        "tried: " + "; ".join(f"{name} ({levels})" for name, levels in tried.items()),
    ]
    return "\n".join(lines)


def _describes_the_model(factor: str, model: Json) -> bool:
    """Return whether the baseline's level of a factor describes the model; it does not if the factor does not apply."""
    remedy = registry()[factor]
    if remedy.statement == "none" or factor in OMITTED:
        return False
    return not remedy.inside or factor in models.applying(model)


def _how_it_trains(candidates: Candidates) -> str:
    base = candidates.study.baseline
    template = base[MODEL].params["template"]
    if template.get("stack") and base[DEPTH].params == 0:
        return "one dense layer, the output; trials train side by side"
    if template.get("stack"):
        return f"dense layers, {base[DEPTH].name} of {base[WIDTH].name} units; trials train side by side"
    if template["alone"]:
        return "some layers cannot be stacked; trials train one at a time"
    return "a graph of layers that can be stacked; trials train side by side"


def text(attempt: Attempt) -> str:
    """Return the answer: the comparison, what works, and how to go on."""
    rows = comparison(attempt)
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    lines = ["".join(f"{cell:{width}s}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *verdict(attempt)])


def comparison(attempt: Attempt) -> list[tuple[str, ...]]:
    """Return rows, heads first: a remedy, it alone, and, where sets were tried, all remedies except this one."""
    together = attempt.together
    joined = {factor for factor, _ in (*attempt.without, *(together.remedies if together else ()))}
    if not joined:
        alone = [(rate.words, _count(rate)) for rate in attempt.alone]
        return [("", "alone"), ("(as compiled)", _count(attempt.baseline)), *alone]
    rows: list[tuple[str, ...]] = [
        ("", "alone", "all except this one"),
        ("(as compiled)", _count(attempt.baseline), ""),
        *([("(all at once)", "", _count(together))] if together else []),
    ]
    for rate in attempt.alone:
        ((factor, _),) = rate.remedies
        without = attempt.without.get(rate.remedies[0])
        left_out = "" if factor in joined else "left out: does harm alone"
        rows.append((rate.words, _count(rate), _count(without) if without else left_out))
    return rows


def _count(rate: Rate) -> str:
    return f"{rate.escaped} of {rate.trials} ({rate.low:.2f} to {rate.high:.2f})"


def verdict(attempt: Attempt) -> list[str]:
    """Return the lines after the comparison: how the model as compiled ends, what works, and how to go on."""
    base = attempt.baseline
    ends = ", ".join(f"{count} {state}" for state, count in base.ends.items())
    bar = "" if attempt.bar is None else f" (an accuracy of more than {attempt.bar:.1%})"
    above = f"{base.escaped} of {base.trials} trials get above chance{bar} for good"
    lines = [f"As compiled, {above}: {ends or 'no trial has ended'}.", *_causes(attempt)]
    if base.sufficient:
        advice = "It is not stuck at chance. Look for other differences: data, labels, how accuracy is measured."
        return [*lines, advice]
    published = list(_published(attempt))
    works = [rate for rate in attempt.alone if rate.sufficient]
    names = ", ".join(rate.words for rate in works) or "no remedy"
    lines.append(f"Work alone, on {attempt.seeds} seeds: {names}.")
    if not attempt.smallest:
        return [*lines, _why_none(attempt), *published]
    first = attempt.smallest[0]
    lines += _on_fresh_seeds(attempt)
    if attempt.reduced:
        lines += _smallest(attempt.smallest)
    else:
        lines.append(
            f"Sufficient so far: {first.words} ({_count(first)}). A signal stopped training before smaller sets were "
            "tried: run the same command again."
        )
    command = shlex.join([*shlex.split(attempt.study.command)[:2], *_kept_overrides(attempt), *attempt.overrides])
    return [
        *lines,
        *published,
        *("", "In Keras, with your own loss:" if "loss=..." in "".join(attempt.keras) else "In Keras:"),
        *(f"  {line}" for line in attempt.keras),
        *("To sweep other factors from there:", f"  {command}"),
    ]


def _on_fresh_seeds(attempt: Attempt) -> Iterator[str]:
    """Yield what fresh seeds show about the best of the smallest sets, a line each."""
    base = attempt.baseline.fresh
    tested = [(rate, rate.fresh) for rate in attempt.smallest if rate.fresh is not None]
    if base is None or not tested:
        yield "Not proven yet: the best must be trained again, on fresh seeds."
        return
    sets = len(attempt.smallest)
    which = f"The {len(tested)} best of the {sets} smallest sets" if sets > len(tested) else "The smallest sets"
    yield f"{which} were trained again, on {base.n} fresh seeds:"
    yield f"  (as compiled): {base.escaped} of {base.n}"
    for rate, fresh in tested:
        shown = f"confirmed, a rate of at least {fresh.low:.2f}"
        proof = shown if fresh.confirmed else f"not confirmed, {ENOUGH:g} is needed"
        more = "" if rate.better else "; not proven better than as compiled"
        yield f"  {rate.words}: {fresh.escaped} of {fresh.n}, {proof}{more}"
    yield "  (The bounds hold together with 95 % confidence.)"
    if not any(fresh.confirmed for _, fresh in tested):
        yield f"Nothing is confirmed. Try with more seeds, as seed=range({2 * attempt.seeds}), or with more steps."


def _why_none(attempt: Attempt) -> str:
    """Return why no sufficient set is known, and what to do."""
    if attempt.summary.stopped:
        return "A signal stopped training before a sufficient set was found: run the same command again."
    if attempt.seeds < fewest_seeds():
        return (
            f"At least {fewest_seeds()} seeds are needed to prove a remedy; you gave {attempt.seeds}. "
            "Omit `seed` to use 8."
        )
    return "No set that was tried is sufficient. Give more steps or more levels, or check data and labels."


def _causes(attempt: Attempt) -> Iterator[str]:
    """Yield a line with the causes of the plateaus."""
    from ablate.stats.causes import MEANINGS

    if attempt.causes:
        counts = ", ".join(f"{cause} ({MEANINGS[cause]}) {count}" for cause, count in attempt.causes.items())
        yield f"Causes of the trials at chance: {counts}."


def _published(attempt: Attempt) -> Iterator[str]:
    """Yield a line with what the guide says against the most frequent cause."""
    from ablate.stats import guide

    if attempt.causes:
        most = max(attempt.causes, key=lambda cause: attempt.causes[cause])
        yield f"{guide.in_words(most)} More: {document('guide.md')}"


def _smallest(smallest: Sequence[Rate]) -> Iterator[str]:
    """Yield the first of the smallest sets, and a line with others of its size."""

    def proof(rate: Rate) -> str:
        return "not trained again" if rate.fresh is None else "confirmed" if rate.confirmed else "not confirmed"

    first, *others = [f"{rate.words} ({proof(rate)})" for rate in smallest]
    yield f"Smallest set: {first}."
    if others:
        more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
        yield f"Others of its size: {', '.join(others[:MOST_OTHERS])}{more}."


def _kept_overrides(attempt: Attempt) -> list[str]:
    """Return the user's overrides except those that the remedies replace."""
    changed = {override.partition("=")[0] for override in attempt.overrides}
    given = shlex.split(attempt.study.command)[2:]
    return [override for override in given if override.partition("=")[0] not in changed]

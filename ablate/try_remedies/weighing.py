"""Weigh changes and causes by what an audit found and what the first seeds showed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.audit import Finding
from ablate.engine.as_is.records import Ending
from ablate.try_remedies.patch import Change, Changes

NOTE = 0.15
"""What a finding that is a mere note adds to its repairs."""


FIRST = 0.6
"""What an experiment with the recommended change says for the first cause that this change treats."""

SECOND = 0.45
"""An experiment that says less than this for a cause counts only beside other evidence."""


SEVERAL = 0.6
"""Two findings so likely may be two faults."""

CLEAR = 0.9
"""A cause that is so sure is the one that fits."""


@dataclass(frozen=True, kw_only=True)
class Sign:
    """What the first seeds point to.

    Attributes:
        cause: one of `ablate.stats.cause_list.ALL`.
        weight: how much, 0 to 1.
        evidence: the numbers, in words.
    """

    cause: str
    weight: float
    evidence: str


def signs(endings: Sequence[Ending], classes: int) -> list[Sign]:
    """Return what the trials of a program as it is point to, the clearest first.

    Args:
        endings: how they went.
        classes: number of classes.
    """
    trained = [ending for ending in endings if ending.correct]
    if not trained:
        return []
    found = [sign for rule in RULES if (sign := rule(trained, classes)) is not None]
    return sorted(found, key=lambda sign: -sign.weight)


def _mean(endings: Sequence[Ending], name: str) -> float:
    values = [
        ending.signals[name] for ending in endings if name in ending.signals and math.isfinite(ending.signals[name])
    ]
    return sum(values) / len(values) if values else math.nan


def _not_finite(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    steps = [ending.bad_step for ending in endings if ending.bad_step >= 0]
    if not steps:
        return None
    return Sign(cause="non_finite", weight=0.9, evidence=f"the loss is NaN or infinite from step {min(steps)} on")


def _start(endings: Sequence[Ending], classes: int) -> Sign | None:
    loss, nothing = _mean(endings, "start_loss"), math.log(max(2, classes))
    if not loss > 3 * nothing:
        return None
    return Sign(
        cause="large_start",
        weight=0.5,
        evidence=f"the loss before training is {loss:.3g}, that of equal probabilities {nothing:.3g}",
    )


def _zero(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    share = _mean(endings, "end_no_gradient")
    if not share >= 0.99:
        return None
    start = _mean(endings, "start_no_gradient")
    cause = "no_gradient" if start >= 0.99 else "clip_trap"
    dead = _mean(endings, "dead")
    if dead >= 0.99:
        cause = "dead_units"
    return Sign(cause=cause, weight=0.7, evidence="at the end the gradient of every weight is exactly 0")


def _dead(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    dead = _mean(endings, "dead")
    if not dead >= 0.9:
        return None
    return Sign(cause="dead_units", weight=0.6, evidence=f"{dead:.0%} of the units of a layer are 0 for every row")


def _vanishes(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    first, last = _mean(endings, "start_first_gradient"), _mean(endings, "start_last_gradient")
    if not (last > 0 and first / last < 0.05):
        return None
    share = f"is {first / last:.2g} of that of the last" if first else "is exactly 0"
    return Sign(cause="vanishing_gradient", weight=0.55, evidence=f"the gradient of the first layer {share}")


def _mode(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    gaps = [ending.training_mode - ending.training_correct / max(1, ending.training_rows) for ending in endings]
    gap = max((gap for gap in gaps if math.isfinite(gap)), default=0.0)
    if gap < 0.2:
        return None
    return Sign(
        cause="mode_gap",
        weight=0.7,
        evidence=f"on the same rows, accuracy in training mode is {gap:.2f} higher than in inference mode",
    )


def _falls(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    falling = [
        ending
        for ending in endings
        if len(ending.losses) > 4 and ending.losses[-1] < 0.99 * ending.losses[len(ending.losses) // 2]
    ]
    if len(falling) < len(endings):
        return None
    return Sign(cause="few_steps", weight=0.35, evidence="the validation loss still falls at the end")


def _still(endings: Sequence[Ending], classes: int) -> Sign | None:
    del classes
    moved = [
        abs(ending.losses[-1] - ending.losses[0]) / max(1e-9, abs(ending.losses[0]))
        for ending in endings
        if len(ending.losses) > 1
    ]
    if not moved or max(moved) > 0.02 or _mean(endings, "end_no_gradient") >= 0.99:
        return None
    return Sign(
        cause="small_steps",
        weight=0.3,
        evidence=f"the validation loss changes by {max(moved):.1%} from beginning to end",
    )


RULES = (_not_finite, _start, _zero, _dead, _vanishes, _mode, _falls, _still)


def weighed(offers: Sequence[Change], findings: Sequence[Finding], seen: Sequence[Sign]) -> list[Change]:
    """Return changes in the order in which they are tried.

    Args:
        offers: all changes that apply.
        findings: what the audit found.
        seen: what the first seeds point to.
    """
    by_cause: dict[str, float] = {}
    by_part: dict[str, float] = {}
    for finding in findings:
        strength = finding.weight if finding.severity != "note" else NOTE * finding.weight
        by_cause[finding.cause] = max(by_cause.get(finding.cause, 0.0), strength)
        for place, repair in enumerate(finding.repairs):
            by_part[repair.part] = max(by_part.get(repair.part, 0.0), strength * 0.9**place)
    for sign in seen:
        by_cause[sign.cause] = max(by_cause.get(sign.cause, 0.0), sign.weight)
    result = []
    for change in offers:
        cause = max((by_cause.get(name, 0.0) * 0.9**place for place, name in enumerate(change.causes)), default=0.0)
        pointed = max(cause, by_part.get(change.part, 0.0) * (1.0 if cause else 0.6))
        result.append(dataclasses.replace(change, weight=1 - (1 - change.weight) * (1 - 0.8 * pointed)))
    return sorted(result, key=lambda change: -change.weight)


def causes(
    findings: Sequence[Finding], seen: Sequence[Sign], works: Sequence[Changes], fails: Sequence[Changes]
) -> list[tuple[str, float, str]]:
    """Return the likely causes with how sure each is, 0 to 1, and its evidence; the likeliest first.

    Args:
        findings: what the audit found.
        seen: what the first seeds point to.
        works: changes that bring the network off chance, the recommended ones first.
        fails: changes that do not.
    """
    score: dict[str, float] = {}
    evidence: dict[str, str] = {}
    for finding in findings:
        strength = finding.weight if finding.severity != "note" else NOTE * finding.weight
        if strength > score.get(finding.cause, 0.0):
            score[finding.cause], evidence[finding.cause] = strength, finding.what
    audited = dict(score)
    for sign in seen:
        score[sign.cause] = max(score.get(sign.cause, 0.0), 0.8 * sign.weight)
        evidence.setdefault(sign.cause, f"As compiled, {sign.evidence}.")
    treated = _treated(works, audited)
    untreated = {name for changes in fails if len(changes) == 1 for name in changes[0].causes[:1]} - treated.keys()
    for name, (strength, words) in treated.items():
        if strength < SECOND and name not in score:
            continue  # a change may treat several causes: what nothing else points to is not named
        score[name] = score.get(name, 0.0) + strength
        evidence[name] = " ".join(
            part for part in (evidence.get(name, ""), f"Proven by an experiment: {words}.") if part
        )
    several = sum(strength >= SEVERAL for strength in audited.values()) > 1
    for name in untreated & score.keys():  # of several faults each repair may fail alone
        score[name] *= 0.75 if several else 0.5
    if any(strength >= CLEAR for name, strength in score.items() if name != "small_steps"):
        score.pop("small_steps", None)  # it says that no other cause fits
    order = sorted(score, key=lambda name: -score[name])
    return [(name, min(1.0, score[name]), evidence[name]) for name in order if score[name] >= NOTE]


def _treated(works: Sequence[Changes], audited: Mapping[str, float]) -> Mapping[str, tuple[float, str]]:
    """Return causes that changes which work treat, with how much this says for each, and the change in words.

    An experiment does not tell apart the causes that one change treats; the audit does.

    Args:
        works: as for `causes`.
        audited: cause -> how sure the audit is of it.
    """
    treated: dict[str, tuple[float, str]] = {}
    for place, changes in enumerate(works):
        for change in changes:
            for rank, name in enumerate(sorted(change.causes, key=lambda name: -audited.get(name, 0.0))):
                strength = (FIRST if place == 0 else 0.25) * 0.5**rank / (1 if len(changes) == 1 else 1.2)
                if strength > treated.get(name, (0.0, ""))[0]:
                    treated[name] = (
                        strength,
                        f"it learns with one change: {change.words}"
                        if len(changes) == 1
                        else f"it learns with {change.words} and other changes",
                    )
    return treated

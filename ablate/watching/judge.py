"""Join a sign that something is wrong with the rules of the audit: one finding with its cause."""

from __future__ import annotations

from collections.abc import Sequence

from ablate import audit
from ablate.audit import Evidence
from ablate.audit.training import LARGE_UPDATE
from ablate.engine.callback.records import Course
from ablate.engine.inspection.records import Inspection
from ablate.stats import cause_list, guide
from ablate.stats.causes import RULES
from ablate.watching.finding import Finding
from ablate.watching.sign import Symptom

BEFORE = (
    "one_softmax",
    "one_unit_categorical",
    "form_of_labels",
    "range_of_labels",
    "labels_not_finite",
    "single_class",
    "inputs_not_finite",
    "inputs_constant",
    "softmax_over_rows",
    "nothing_trained",
    "validation_of_unseen_classes",
    "labels_count_rows",
    "labels_change_partners",
    "no_gradient",
)
"""Rules that hold whatever the training does; the others wait for it."""

CERTAIN = 0.88
"""A cause of at least this weight is certain; so is a scale of inputs that an experiment has shown to matter."""

TOLD = 0.6
"""A network that has learned little, or reports odd figures, is told of only with a cause of at least this weight."""

SETTLING = ("dead_units", "clip_trap", "large_steps", "non_finite", "symmetric", "small_steps", "weight_decay",
            "regularizer", "precision", "sorted_rows", "decayed_rate", "data_fault", "logits_as_probabilities",
            "head_cuts", "mode_gap")  # fmt: skip
"""Causes of a network that learned first: what was there from the beginning did not hinder it."""


STEPS = ("small_steps", "large_steps")
"""Causes that count where no other fits: large steps may have led into a trap, and the trap holds the network."""


def before(inspection: Inspection | None) -> list[Finding]:
    """Return what is wrong before the first step, whatever the training does.

    Args:
        inspection: what was measured; None if nothing could be.
    """
    if inspection is None or not _classifies(inspection):
        return []
    return [
        _of(finding, Symptom(code="before", since=0, what=finding.what), (), inspection.unchecked)
        for finding in audit.findings(inspection)
        if finding.severity == "error" and finding.weight >= CERTAIN and _holds(finding, inspection)
    ]


def _classifies(inspection: Inspection) -> bool:
    """Return whether the loss is one of classes; else labels may be amounts, and no rule here applies."""
    loss = inspection.head.loss
    return inspection.head.takes != "unknown" or "crossentropy" in loss or not inspection.labels.counter


def _holds(finding: audit.Finding, inspection: Inspection) -> bool:
    if finding.code not in BEFORE:
        return False
    head = inspection.head
    if finding.code == "form_of_labels" and not head.error and head.takes == "unknown" and head.agreement is None:
        return False  # a loss of the user's own, of which nothing is known
    if finding.code == "range_of_labels":
        return (inspection.labels.lowest, inspection.labels.highest) != (-1.0, 1.0)
    return finding.code != "no_gradient" or finding.weight >= 0.97


def judged(symptom: Symptom, course: Course, inspection: Inspection | None) -> Finding | None:
    """Return the finding that a sign and what was measured for it make; None if nothing is to be told.

    Args:
        symptom: the sign.
        course: what was seen so far.
        inspection: what was measured when it was seen; None if nothing could be.
    """
    found = [one for one in audit.findings(inspection) if one.severity != "note"] if inspection is not None else []
    if symptom.code == "collapsed":
        found = [one for one in found if one.cause in SETTLING]
        found.sort(key=lambda one: one.cause in STEPS)
    if symptom.code == "apart":
        found = [one for one in found if one.cause in ("wrong_metric", "mode_gap", "sorted_rows", "label_range")]
    if symptom.code in ("apart", "poor") and not (found and found[0].severity == "error" and found[0].weight >= TOLD):
        return None
    if not symptom.settled and symptom.code == "stuck" and not (found and _is_certain(found[0])):
        return None
    unchecked = () if inspection is None else inspection.unchecked
    if found:
        others = tuple(dict.fromkeys(one.cause for one in found[1:] if one.cause != found[0].cause))
        return _of(found[0], symptom, others[:2], unchecked, course)
    cause, why, evidence = _of_plateau(course)
    if not cause and not symptom.alone:
        return None
    return Finding(
        code=symptom.code,
        cause=cause,
        sure=0.5 if cause else 0.0,
        since=symptom.since,
        epoch=len(course.epochs),
        step=course.step,
        what=_sentence(symptom.what),
        why=why,
        evidence=(*symptom.evidence, *evidence),
        studies=guide.in_words(cause),
        unchecked=(*unchecked, *(course.hidden if inspection is None else ())),
    )


def _is_certain(finding: audit.Finding) -> bool:
    """Return whether a cause is certain early on: a network that takes large steps may still find its way."""
    return finding.weight >= CERTAIN and finding.cause not in STEPS


def _of(
    finding: audit.Finding,
    symptom: Symptom,
    others: Sequence[str],
    unchecked: Sequence[str],
    course: Course | None = None,
) -> Finding:
    same = symptom.what == finding.what
    names = {one.name for one in symptom.evidence}
    return Finding(
        code=symptom.code,
        rule=finding.code,
        cause=finding.cause,
        sure=finding.weight,
        severity=finding.severity if symptom.code == "before" else "error",
        since=symptom.since,
        epoch=0 if course is None else len(course.epochs),
        step=0 if course is None else course.step,
        what=_sentence(symptom.what),
        why="" if same else finding.what,
        evidence=(*symptom.evidence, *(one for one in finding.evidence if one.name not in names)),
        repairs=finding.repairs,
        studies=guide.in_words(finding.cause),
        others=tuple(others),
        unchecked=tuple(dict.fromkeys((*([finding.unchecked] if finding.unchecked else []), *unchecked))),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_plateau(course: Course) -> tuple[str, str, tuple[Evidence, ...]]:
    """Return the cause that the last look shows by itself, in words, with its evidence."""
    last = course.looks[-1] if course.looks else None
    if last is None:
        return "", "", ()
    if course.bad is not None or not last.finite:
        return "non_finite", _meaning("non_finite"), ()
    zero = last.zero_rows
    if zero is not None and zero >= RULES.no_gradient:
        return "clip_trap", f"The loss passes no gradient back on {zero:.0%} of the rows.", (
            Evidence(name="rows without a gradient", value=zero, threshold=RULES.no_gradient, healthy="near 0"),
        )  # fmt: skip
    updates = [look.update for look in course.looks[-5:] if look.update is not None]
    if not updates:
        return "", "", ()
    update = sum(updates) / len(updates)
    cause = "small_steps" if update < RULES.small_step else "large_steps" if update > LARGE_UPDATE else ""
    if not cause:
        return "", "", ()
    return cause, f"An update changes the weights by {update:.2g} of their norm, and no other cause is seen.", (
        Evidence(name="update over weights", value=update, threshold=RULES.small_step, healthy="0.0001 to 0.1"),
    )  # fmt: skip


def _meaning(cause: str) -> str:
    meaning = cause_list.ALL[cause].meaning
    return f"{meaning[0].upper()}{meaning[1:]}."

"""Audit a program and measure the chance level of its rows, side by side, before anything is trained for long."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable

from ablate import audit
from ablate.engine.as_is.chance import Judged, Level
from ablate.engine.inspection.records import Inspection
from ablate.try_remedies.given import Given
from ablate.try_remedies.record import FIRST, Record

SECONDS = 3.0
"""Time for the audit's rehearsal."""

SIGNIFICANT, MARGIN = 1e-3, 0.02
"""Classifiers find something with at most this p-value and at least so much more than a constant prediction."""


def look(record: Record, given: Given, tell: Callable[[str], None]) -> None:
    """Audit the program and measure its chance level; what cannot be done is said and stops nothing.

    Args:
        record: what is known; changed in place.
        given: rows and arguments of `fit`.
        tell: told each finding.
    """
    fit = {name: ast.literal_eval(text) for name, text in given.call.arguments.items() if name != "callbacks"}
    questions = {"inspection": (fit, SECONDS), "chance": (_judged(record),)}
    for answer in record.lab.ask(questions, [(record.base, seed) for seed in FIRST]):
        if answer.error:
            what = "audit" if answer.key == "inspection" else "chance level"
            record.notes.append(f"The {what} could not be had: {answer.error[:120]}")
        elif answer.key == "chance":
            level: Level = answer.value
            record.bar = dataclasses.replace(record.bar, chance=level.chance, untrained=level.untrained)
        else:
            _audited(record, answer.value, tell)
    record.learnable = record.bar.related


def _judged(record: Record) -> Judged:
    if record.base:
        return "mixed"
    return "last" if record.situation.splits else "beside"


def _audited(record: Record, inspection: Inspection, tell: Callable[[str], None]) -> None:
    record.inspection, record.findings = inspection, audit.findings(inspection)
    record.unchecked += inspection.unchecked
    record.unchecked += [finding.unchecked for finding in record.findings if finding.unchecked]
    reference = inspection.reference
    if reference is not None:
        best = max(reference.accuracy, reference.tokens or 0.0)
        finds = best > reference.majority + MARGIN and reference.p_value < SIGNIFICANT
        record.bar = dataclasses.replace(record.bar, found=best if finds else 0.0)
    for finding in record.findings:
        if finding.severity != "note":
            tell(f"  {finding.severity}: {finding.what}")

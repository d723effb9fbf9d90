"""See from the looks alone that a training goes wrong, and since when; why is the audit's to say."""

from __future__ import annotations

from ablate.engine.callback.records import Course
from ablate.watching.figure_signs import apart, poor
from ablate.watching.sign import Symptom
from ablate.watching.training_signs import collapsed, diverged, stuck, unchanged

RULES = (diverged, unchanged, collapsed, stuck, apart, poor)
"""The rules, the gravest first."""


def symptom(course: Course) -> Symptom | None:
    """Return the gravest sign that something is wrong; None if nothing is.

    Args:
        course: what was seen so far.
    """
    return next((seen for rule in RULES if (seen := rule(course)) is not None), None)

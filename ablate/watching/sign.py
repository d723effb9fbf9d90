"""Hold a sign that a training goes wrong, and read from the looks what several rules share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.audit import Evidence, facts
from ablate.engine.callback.records import Course, Look

SYMPTOMS: Mapping[str, str] = {
    "before": "Before the first step",
    "diverged": "The training has diverged",
    "unchanged": "No weight has changed",
    "stuck": "The network stays at chance",
    "collapsed": "The network learned and fell back",
    "poor": "The network has learned little",
    "apart": "The figures of `fit` are not those of the network",
    "overfitting": "The network learns its rows by heart",
    "slow": "The network is slow, and on its way",
}
"""What a finding is about, by code, in words."""

FLAT = 0.01
"""A loss that falls by less than this share over the later half of the steps stands still."""

APART = 0.15
"""Accuracies differ if they are this far apart."""


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """A sign that something is wrong.

    Attributes:
        code: one of SYMPTOMS.
        since: training steps before it began.
        what: what is seen, with figures.
        evidence: the numbers behind it.
        settled: whether it counts with any cause that is found; else only with a certain one.
        alone: whether it counts although no cause is found.
    """

    code: str
    since: int
    what: str
    evidence: tuple[Evidence, ...] = ()
    settled: bool = True
    alone: bool = True


def above(look: Look, course: Course) -> bool:
    """Return whether a look is above chance, on training or validation rows.

    Args:
        look: the look.
        course: what was seen so far; an untrained network's luck counts as chance.
    """
    start = course.looks[0] if course.looks and course.looks[0].step == 0 else None
    pairs = (
        (look.train, course.chance, course.train_rows, start.train if start else None),
        (look.validation, course.validation_chance, course.validation_rows, start.validation if start else None),
    )
    return any(bool(facts.above(accuracy, _with_luck(chance, lucky), rows)) for accuracy, chance, rows, lucky in pairs)


def _with_luck(chance: float, start: float | None) -> float:
    """Return the accuracy to exceed: what the untrained network has by luck, unless it has learned before.

    Examples:
        >>> _with_luck(0.5, 0.55), _with_luck(0.5, 0.9), _with_luck(0.5, 0.3)
        (0.55, 0.5, 0.5)
    """
    return start if start is not None and chance < start < chance + 0.2 * (1 - chance) else chance


def fall(looks: Sequence[Look]) -> float | None:
    """Return by which share the loss falls from the first of these looks to the last; None if it is not known."""
    first, last = looks[0].loss, looks[-1].loss
    if first is None or last is None or not first:
        return None
    return (first - last) / abs(first)


def words(look: Look) -> str:
    """Return the accuracies of a look in words."""
    parts = [f"{look.train:.2f} on training rows"] if look.train is not None else []
    parts += [f"{look.validation:.2f} on validation rows"] if look.validation is not None else []
    return ", ".join(parts) or "unknown"

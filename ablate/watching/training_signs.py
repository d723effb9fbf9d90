"""See from the looks alone that a network diverges, stands still, stays at chance or falls back, and since when."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ablate.audit import Evidence, facts
from ablate.engine.callback.records import Course, Look
from ablate.watching.sign import FLAT, Symptom, above, fall, words

FIRST_STEPS = 30
"""A network that is at chance after fewer steps may just not have begun."""

FIRST_EPOCHS = 5
"""After so many epochs a person would call a network stuck, though they hold fewer than FIRST_STEPS steps."""

FEWEST_STEPS = 20
"""Fewer steps say nothing, however many epochs they are."""

EARLY = 0.1
"""After this share of the steps a network at chance is stuck if its cause is certain."""

LATE = 0.25
"""After this share of the steps it is stuck if any cause is found."""

HALF = 0.5
"""After this share of the steps it is stuck, though no cause is found: some networks learn late."""

WARMING = 1.1
"""A rate that has risen this many times over the later half of the steps still rises."""

RUN = 3
"""So many looks in a row must agree."""


def diverged(course: Course) -> Symptom | None:
    """Return that a loss, a prediction or a weight is not finite."""
    look = next((look for look in course.looks if not look.finite), None)
    if course.bad is None and look is None:
        return None
    last, first = course.bad if course.bad is not None else (0, look.step if look else 0)
    if look is not None and look.step <= first:
        last, first = max((one.step for one in course.looks if one.step < look.step), default=0), look.step
    where = f"at step {first}" if first - last <= 1 else f"between steps {last} and {first}"
    return Symptom(
        code="diverged",
        since=first,
        what=f"the loss or the weights stop being finite {where}.",
        evidence=(Evidence(name="first step that is not finite", value=first, threshold=-1, healthy="none"),),
    )


def unchanged(course: Course) -> Symptom | None:
    """Return that every trained weight is bit for bit as it was."""
    looks = [look for look in course.looks if look.step > 0]
    enough = max(20, min(course.per_epoch or 100, 100))
    if not looks or not looks[-1].still or not all(look.still for look in looks) or looks[-1].step < enough:
        return None
    return Symptom(
        code="unchanged",
        since=0,
        what=f"after {looks[-1].step} steps every trained weight is bit for bit as it was.",
        evidence=(Evidence(name="weights that changed", value=0, threshold=1, healthy="all"),),
    )


def stuck(course: Course) -> Symptom | None:
    """Return that a network has been at chance for long; while its loss still falls, only a sure cause counts."""
    looks = [look for look in course.looks if look.step > 0]
    if not course.train_rows or not looks or course.step < _steps(course, EARLY):
        return None
    later = [look for look in looks if look.step >= course.step / 2]
    if len(later) < RUN or any(above(look, course) for look in later) or _reports_more(course):
        return None
    fell = fall(later)
    falls = fell is not None and fell > FLAT
    if falls and (course.ended or course.step < _steps(course, LATE)):
        return None  # at the end it has learned little
    last = later[-1]
    settled = not falls and (course.ended or (course.step >= _steps(course, LATE) and not _warms_up(later)))
    still = "" if last.loss is None else f" while the loss {'falls to' if falls else 'stands at'} {last.loss:.3g} "
    still += f"(ln {course.classes} is {math.log(max(2, course.classes)):.3g})" if still else ""
    return Symptom(
        code="stuck",
        since=0,
        what=f"accuracy {words(last)} after {course.step} steps, where naming the most frequent class gives "
        f"{course.chance:.2f},{still}.".replace(",.", "."),
        evidence=(
            Evidence(name="accuracy", value=last.train or 0.0, threshold=course.chance, healthy="above chance"),
            Evidence(name="fall of the loss over the later half", value=fell or 0.0, threshold=FLAT,
                     healthy="above 0.01"),
        ),
        settled=settled,
        alone=course.ended or (settled and course.step >= _steps(course, HALF)),
    )  # fmt: skip


def _warms_up(looks: Sequence[Look]) -> bool:
    """Return whether the learning rate still rises: then a network at chance may just begin."""
    rates = [look.rate for look in looks if look.rate is not None]
    return len(rates) > 1 and rates[-1] > WARMING * rates[0]


def _steps(course: Course, share: float) -> float:
    """Return the steps after which a network at chance is suspicious."""
    if course.total:
        epochs = FIRST_EPOCHS * (course.per_epoch or FIRST_STEPS)
        return max(FEWEST_STEPS, min(FIRST_STEPS, epochs), share * course.total)
    return max(200.0, 2.0 * (course.per_epoch or 0))


def _reports_more(course: Course) -> bool:
    """Return whether `fit` itself reports a training accuracy above chance: in training mode the network may learn."""
    logs = course.epochs[-1].logs if course.epochs else {}
    reported = [value for name, value in logs.items() if "acc" in name and not name.startswith("val_")]
    return any(bool(facts.above(value, course.chance, course.train_rows)) for value in reported)


def collapsed(course: Course) -> Symptom | None:
    """Return that a network was above chance for long, and is back at chance or has lost half of what it had won."""
    looks = [look for look in course.looks if look.step > 0 and look.train is not None]
    if len(looks) < 2 * RUN or not course.train_rows:
        return None
    accuracies = [look.train or 0.0 for look in looks]
    held, place = max((min(accuracies[i : i + RUN]), i) for i in range(len(looks) - RUN + 1))
    if not all(above(look, course) for look in looks[place : place + RUN]):
        return None
    half = course.chance + (held - course.chance) / 2
    down = [index for index in range(place + RUN, len(looks)) if _lost(looks[index], course, half)]
    run = _trailing(down, len(looks))
    if len(run) < RUN:
        return None
    spans = looks[-1].step - looks[run[0]].step
    if spans < max(10, (course.per_epoch or 20) // 2) and not course.ended:
        return None
    since, last = looks[run[0]].step, looks[-1]
    back = not above(last, course)
    if not back and spans < (course.per_epoch or 0):
        return None
    return Symptom(
        code="collapsed",
        since=since,
        what=f"accuracy was {held:.2f} and is {words(last)} since step {since}; chance is {course.chance:.2f}.",
        evidence=(
            Evidence(name="accuracy", value=last.train or 0.0, threshold=half, healthy="at least half of its gain"),
        ),
    )


def _lost(look: Look, course: Course, half: float) -> bool:
    return (look.train or 0.0) < half or not above(look, course)


def _trailing(places: Sequence[int], count: int) -> list[int]:
    """Return the places that run without a gap up to the last one.

    Examples:
        >>> _trailing([2, 5, 6, 7], 8), _trailing([2, 5], 8)
        ([5, 6, 7], [])
    """
    run: list[int] = []
    for place in range(count - 1, -1, -1):
        if place not in places:
            break
        run.insert(0, place)
    return run

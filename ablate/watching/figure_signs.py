"""See that figures differ from predictions, that little was learned, and what one may like to know besides."""

from __future__ import annotations

import math

from ablate.audit import Evidence
from ablate.engine.callback.records import Course
from ablate.watching.sign import APART, FLAT, Symptom, above, fall, words

LITTLE = 0.5
"""At the end, a network that has come less than this share of the way to 1 is looked into."""


def apart(course: Course) -> Symptom | None:
    """Return that `fit` reports other figures than the predictions show, at two epochs that were looked at."""
    at = {look.step: look for look in course.looks}
    ends = [(end, at[end.step]) for end in course.epochs if end.step in at][-2:]
    if len(ends) < 2 or not course.train_rows:
        return None
    gaps = []
    for end, look in ends:
        metric = next((name for name in end.logs if "acc" in name and not name.startswith("val_")), "")
        if not metric or look.train is None:
            return None
        reported, pair = end.logs[metric], (look.train, "training")
        if f"val_{metric}" in end.logs and look.validation is not None:
            pair_gap = end.logs[f"val_{metric}"] - look.validation
            if abs(pair_gap) >= APART:
                gaps.append((pair_gap, end.logs[f"val_{metric}"], look.validation, "validation"))
                continue
        if abs(reported - pair[0]) < APART:
            return None
        gaps.append((reported - pair[0], reported, *pair))
    if gaps[0][0] * gaps[1][0] < 0:
        return None
    gap, reported, real, rows = gaps[-1]
    return Symptom(
        code="apart",
        since=ends[0][0].step,
        what=f"`fit` reports an accuracy of {reported:.2f} on {rows} rows; by the predictions it is {real:.2f}.",
        evidence=(Evidence(name="reported minus counted", value=gap, threshold=APART, healthy="near 0"),),
        settled=False,
    )


def poor(course: Course) -> Symptom | None:
    """Return that a network has come less than half of the way to 1 when `fit` ends."""
    if not course.ended or not course.looks or not course.train_rows:
        return None
    last = course.looks[-1]
    reached = [
        (accuracy - chance) / max(1e-9, 1 - chance)
        for accuracy, chance in ((last.train, course.chance), (last.validation, course.validation_chance))
        if accuracy is not None
    ]
    if not reached or min(reached) >= LITTLE:
        return None
    return Symptom(
        code="poor",
        since=0,
        what=f"accuracy {words(last)} at the end, where naming the most frequent class gives {course.chance:.2f}.",
        evidence=(Evidence(name="share of the way from chance to 1", value=min(reached), threshold=LITTLE,
                           healthy="what ordinary classifiers reach"),),
        settled=False,
    )  # fmt: skip


def notes(course: Course) -> list[Symptom]:
    """Return what one may like to know of a training that is not wrong: overfitting, and slowness.

    Args:
        course: what was seen, at the end.
    """
    result = []
    ends = [end.logs for end in course.epochs if "val_loss" in end.logs and math.isfinite(end.logs["val_loss"])]
    if len(ends) >= 4:
        best = min(range(len(ends)), key=lambda index: ends[index]["val_loss"])
        rises = ends[-1]["val_loss"] > 1.1 * ends[best]["val_loss"] and best < len(ends) - 2
        if rises and ends[-1]["loss"] < ends[best]["loss"]:
            result.append(
                Symptom(
                    code="overfitting",
                    since=course.epochs[best].step,
                    what=f"the validation loss was best after epoch {best + 1} ({ends[best]['val_loss']:.3g}) and is "
                    f"{ends[-1]['val_loss']:.3g}, while the training loss still falls.",
                )
            )
    looks = [look for look in course.looks if look.step >= course.step / 2]
    fell = fall(looks) if len(looks) >= 2 else None
    short = course.looks and not above(course.looks[-1], course)
    if course.ended and course.train_rows and short and fell is not None and fell > FLAT:
        result.append(
            Symptom(
                code="slow", since=0, what=f"not above chance yet; the loss fell by {fell:.0%} over the later half."
            )
        )
    return result

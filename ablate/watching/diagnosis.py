"""Say what can be said of a training that is over: from its model and rows, or from its figures alone."""

from __future__ import annotations

import csv
import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError
from ablate.engine.callback.records import Course, Epoch, Look
from ablate.watching import figure_signs, judge, symptoms, training_signs
from ablate.watching.finding import Finding
from ablate.watching.sign import Symptom, above

ROWS = 512
"""Rows that reported accuracies are taken to stand for."""

ALONE = (
    "figures alone name no cause: give the model and its rows, `ablate diagnose model.keras data.npz`",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is said of a training that is over.

    Attributes:
        findings: what is wrong, the gravest first; notes among it.
        course: what was seen.
        unchecked: what cannot be known any more.
    """

    findings: tuple[Finding, ...]
    course: Course
    unchecked: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """Return the exit status: 0 nothing is wrong, 1 something is and has a cause, 3 without a known cause."""
        told = [one for one in self.findings if one.severity != "note"]
        return 0 if not told else 1 if told[0].cause else 3

    def text(self) -> str:
        """Return it in words."""
        parts = [one.text() for one in self.findings] or ["Nothing is wrong that can be seen afterwards."]
        if self.unchecked and not self.findings:
            parts.append(f"Not checked: {'; '.join(self.unchecked)}.")
        return "\n\n".join(parts)

    def json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"status": self.status, **dataclasses.asdict(self)}


def of_figures(history: Sequence[Mapping[str, float]], classes: int = 0) -> Diagnosis:
    """Diagnose the figures of each epoch.

    Args:
        history: the figures by name, as `fit` returns them: `loss`, `accuracy`, `val_loss`, `val_accuracy`.
        classes: number of classes; 0 if unknown, then nothing is said of chance.
    """
    course = _of_history(history, classes)
    seen = _in_epochs(symptoms.symptom(course))
    findings = [] if seen is None else [_alone(seen, course)]
    findings += [_note(one, course) for one in figure_signs.notes(course)]
    return Diagnosis(findings=tuple(findings), course=course, unchecked=ALONE)


def of_model(path: Path, data: Path, history: Sequence[Mapping[str, float]] = ()) -> Diagnosis:
    """Diagnose a saved model with the rows that it was trained on.

    Args:
        path: the model, as `model.save` wrote it.
        data: npz file with `x` and `y`, perhaps `x_val` and `y_val`.
        history: the figures of each epoch; empty if they are not kept.

    Raises:
        ConfigError: a file cannot be read.
    """
    from ablate.engine.callback import afterwards

    rows, validation = _arrays(data)
    course, inspection = afterwards.seen(afterwards.loaded(path), rows, validation, history)
    curves = _of_history(history, course.classes, (*course.looks,)) if history else course
    seen = _seen(course, curves)
    finding = None if seen is None else judge.judged(seen, course, inspection)
    early = judge.before(inspection)[:1]
    findings = [one for one in (*early, finding) if one is not None]
    findings += [_note(one, curves) for one in figure_signs.notes(curves)] if not findings else []
    return Diagnosis(findings=tuple(findings), course=course, unchecked=course.hidden)


def _seen(course: Course, curves: Course) -> Symptom | None:
    """Return the sign that curves or the trained network show."""
    from_curves = _in_epochs(symptoms.symptom(curves)) if curves is not course else None
    if from_curves is not None and from_curves.code in ("diverged", "collapsed", "stuck"):
        return dataclasses.replace(from_curves, since=from_curves.since * (course.per_epoch or 1))
    last = course.looks[-1]
    if not last.finite:
        return training_signs.diverged(course)
    if not above(last, course):
        return Symptom(
            code="stuck",
            since=0,
            what=f"accuracy {last.train or 0.0:.2f} on training rows, where naming the most frequent class gives "
            f"{course.chance:.2f}.",
        )
    return figure_signs.apart(course) or figure_signs.poor(course)


def _in_epochs(seen: Symptom | None) -> Symptom | None:
    """Return a sign that figures show with its epochs called so: signs are made for steps."""
    return seen and dataclasses.replace(seen, what=re.sub(r"\bstep(s?)\b", r"epoch\1", seen.what))


def _of_history(history: Sequence[Mapping[str, float]], classes: int, last: tuple[Look, ...] = ()) -> Course:
    """Return figures as what a callback would have seen, an epoch a step."""
    looks, epochs = [], []
    for number, logs in enumerate(history, 1):
        metric = next((name for name in logs if "acc" in name and not name.startswith("val_")), "")
        finite = all(math.isfinite(value) for value in logs.values())
        looks.append(
            Look(
                step=number,
                epoch=number,
                train=logs.get(metric),
                validation=logs.get(f"val_{metric}"),
                loss=logs.get("loss"),
                validation_loss=logs.get("val_loss"),
                finite=finite,
                zero_rows=last[-1].zero_rows if last and number == len(history) else None,
            )
        )
        epochs.append(Epoch(step=number, epoch=number - 1, logs=dict(logs)))
    chance = 1 / classes if classes else 0.0
    return Course(
        step=len(history),
        total=len(history),
        per_epoch=1,
        ended=True,
        looks=tuple(looks),
        epochs=tuple(epochs),
        train_rows=ROWS if classes else 0,
        validation_rows=ROWS if classes else 0,
        chance=chance,
        validation_chance=chance,
        classes=classes,
    )


def _alone(seen: Symptom, course: Course) -> Finding:
    return Finding(
        code=seen.code,
        since=seen.since,
        step=course.step,
        epoch=len(course.epochs),
        what=seen.what[:1].upper() + seen.what[1:],
        evidence=seen.evidence,
        unchecked=ALONE,
        unit="epoch",
    )


def _note(seen: Symptom, course: Course) -> Finding:
    return dataclasses.replace(_alone(seen, course), severity="note", unchecked=())


def read_history(path: Path) -> list[dict[str, float]]:
    """Read the figures of each epoch from a csv file, as `keras.callbacks.CSVLogger` or pandas write them.

    Raises:
        ConfigError: it is no csv file with a column `loss`.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                {name: float(text) for name, text in row.items() if name and text not in (None, "")}
                for row in csv.DictReader(file)
            ]
    except (OSError, ValueError) as error:
        raise ConfigError(f"{str(path)!r} must be a csv file with one row of numbers an epoch: {error}") from error
    if not rows or "loss" not in rows[0]:
        raise ConfigError(f"{str(path)!r} must have a column `loss` and a row for each epoch.")
    return [{name: value for name, value in row.items() if name not in ("epoch", "")} for row in rows]


def _arrays(path: Path) -> tuple[tuple[Any, Any], tuple[Any, Any] | None]:
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{str(path)!r} must be an npz file with arrays `x` and `y`: {error}") from error
    if "x" not in held or "y" not in held:
        raise ConfigError(
            f"{str(path)!r} must hold arrays `x` and `y`. It holds: {', '.join(held)}. "
            "Save them by `np.savez(path, x=x, y=y)`."
        )
    validation = (held["x_val"], held["y_val"]) if {"x_val", "y_val"} <= held.keys() else None
    return (held["x"], held["y"]), validation

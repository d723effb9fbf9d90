"""Make the record that the audit judges, from a running `fit`: the training itself is its rehearsal."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ablate.core.errors import value_or_error
from ablate.engine.any_backend import keras
from ablate.engine.callback.session import Session
from ablate.engine.callback.untouched import untouched
from ablate.engine.inspection import data, head, schedule
from ablate.engine.inspection.accuracy import accuracy
from ablate.engine.inspection.leaves import leaves, taken
from ablate.engine.inspection.loss_slope import slope
from ablate.engine.inspection.records import Inspection, Layer, Probe, Reference, Rehearsal, Steps

PARTS = 25
"""Parts of the training whose mean losses are kept."""

LARGEST = 120
"""Models of more layers are not passed through before the first step, because tracing them takes long."""

UPDATES = 8
"""Looks at either end of the training that the size of updates is the mean of."""

PROBE_SECONDS = 0.35
"""Time of each experiment on few rows."""


def before(session: Session) -> Inspection | None:
    """Return what can be measured before the first step, without training anything; None without rows."""
    if session.rows is None or session.labels is None:
        return None
    with untouched(session.model, trained=False):
        seen, error = (None, "") if len(leaves(session.model)) > LARGEST else value_or_error(lambda: _passed(session))
        layers = () if seen is None else session.observer.layers(seen, None)
    return _inspection(session, seen, error, layers, None, None, {}, [])


def during(session: Session) -> Inspection | None:
    """Return all that can be measured now; the training so far stands for the rehearsal. None without rows."""
    rows = session.rows
    if rows is None or session.labels is None:
        return None
    model, problems, probes = session.model, [], {}
    rehearsal = _rehearsal(session)
    classes = data.numbered(rows.y)[session.few]
    counts = np.unique(classes, return_counts=True)[1]
    readable = classes if len(counts) > 1 and counts.min() >= 3 else None
    with untouched(model, trained=True):
        if session.first:
            for variable, value in zip(model.trainable_variables, session.first, strict=True):
                variable.assign(value)
        seen, error = value_or_error(lambda: _passed(session))
        layers = () if seen is None else session.observer.layers(seen, readable)
        inputs = _inputs(session)
        names = bool(inputs and inputs.names)
        reference, problem = value_or_error(lambda: data.reference(rows, names))
        problems += [f"reference classifiers: {problem}"] if problem else []
        if session.observer.gradients and session.first and seen is not None:
            made, problem = value_or_error(lambda: _probes(session))
            probes = made or {}
            problems += [f"training on few rows: {problem}"] if problem else []
        if not session.observer.gradients:
            problems.append("gradients by layer: only the TensorFlow back end shows them")
    return _inspection(session, seen, error, layers, reference, rehearsal, probes, problems)


def _passed(session: Session) -> dict[str, Any]:
    assert session.rows is not None  # noqa: S101 - told to mypy
    passed: dict[str, Any] = session.observer.passed(session.rows, session.few)
    return passed


def _probes(session: Session) -> dict[str, Probe]:
    from ablate.engine.inspection import probes

    assert session.rows is not None  # noqa: S101 - told to mypy
    return probes.free_probes(session.model, session.rows, PROBE_SECONDS)


def _inputs(session: Session) -> Any:
    assert session.rows is not None  # noqa: S101 - told to mypy
    measured = data.inputs(session.rows, *taken(session.model))
    if measured is None or session.bad_rows is None:
        return measured
    return dataclasses.replace(measured, bad_rows=session.bad_rows)


def _inspection(
    session: Session,
    seen: dict[str, Any] | None,
    error: str,
    layers: tuple[Layer, ...],
    reference: Reference | None,
    rehearsal: Rehearsal | None,
    probes: dict[str, Probe],
    problems: list[str],
) -> Inspection:
    rows, labels = session.rows, session.labels
    assert rows is not None  # noqa: S101 - told to mypy
    assert labels is not None  # noqa: S101
    few = session.few
    if type(session.model).train_step is not keras.Model.train_step:
        error = ""  # a loss of its own is computed by the train_step, and `fit` need not fail
    return Inspection(
        labels=labels,
        inputs=_inputs(session),
        head=head.measured(session.model, seen, rows.y[few], data.class_numbers(rows.y)[few], error),
        steps=_steps(session),
        layers=layers,
        reference=reference,
        rehearsal=rehearsal,
        probes=probes,
        seconds=0.0,
        unchecked=tuple(problems) + tuple(session.hidden),
    )


def _steps(session: Session) -> Steps:
    arguments = dict(session.call.arguments)
    chosen = [one for one in session.call.callbacks if type(one).__name__ in schedule.HARMLESS]
    rows = session.rows
    assert rows is not None  # noqa: S101 - told to mypy
    if session.per_epoch:
        rows = dataclasses.replace(rows, per_epoch=session.per_epoch)
    first = session.looks[0].rate if session.looks else None
    measured = schedule.measured(session.model, rows, {**arguments, "callbacks": chosen}, first)
    return dataclasses.replace(measured, steps=session.total or measured.steps)


def _rehearsal(session: Session) -> Rehearsal:
    """Return what the training has done so far, in the form of a rehearsal."""
    rows, looks = session.rows, session.looks
    assert rows is not None  # noqa: S101 - told to mypy
    if not looks or looks[-1].step != session.step:
        session.look(session.step, len(session.epochs))
    last, bad = looks[-1], next((look.step for look in looks if not look.finite), -1)
    losses = np.asarray([loss for _, loss in session.losses])
    updates = [look.update for look in looks if look.update is not None]
    logs = dict(session.epochs[-1].logs) if session.epochs else {}
    metric = next((name for name in logs if "acc" in name and not name.startswith("val_")), "")
    course = session.course()
    with untouched(session.model):
        seen, _ = value_or_error(lambda: _passed(session))
        layers = () if seen is None else session.observer.layers(seen, None)
        mode, _ = value_or_error(lambda: _in_training_mode(session)) if session.counted else (None, "")
    return Rehearsal(
        steps=session.step,
        complete=session.ended or (session.total is not None and session.step >= session.total),
        losses=tuple(float(part.mean()) for part in np.array_split(losses, PARTS) if len(part)),
        rates=_rates(session),
        bad_step=bad if session.bad is None else session.bad[1],
        train=last.train,
        train_mode=mode,
        validation=last.validation,
        reported=logs.get(metric),
        reported_validation=None if session.foreign else logs.get(f"val_{metric}"),
        metric=metric,
        chance=course.chance,
        validation_chance=course.validation_chance,
        top_share=last.top_share,
        loss=last.loss,
        penalty=schedule.penalty(session.model),
        update=float(np.mean(updates[-UPDATES:])) if updates else None,
        first_update=float(np.mean(updates[:UPDATES])) if updates else None,
        drift=last.norm / looks[0].norm if last.norm is not None and looks[0].norm else None,
        zero_rows=last.zero_rows,
        layers=layers,
        slope=slope(losses),
        best_cut=session.cut,
    )


def _rates(session: Session) -> tuple[float, ...]:
    """Return the learning rate at the end of each of PARTS equal parts of the training so far, by the looks."""
    looks = [look for look in session.looks if look.rate is not None]
    ends = np.linspace(0, session.step, PARTS + 1)[1:]
    last = np.searchsorted([look.step for look in looks], ends, side="right") - 1
    return tuple(float(looks[place].rate or 0.0) for place in np.maximum(last, 0)) if looks else ()


def _in_training_mode(session: Session) -> float:
    """Return the accuracy on training rows in training mode; the caller puts moving averages and seeds back."""
    rows = session.rows
    assert rows is not None  # noqa: S101 - told to mypy
    x, y, _ = rows.few(session.few)
    return accuracy(session.model, rows, x, data.values(y), training=True)

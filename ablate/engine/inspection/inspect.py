"""Inspect a compiled model and its data before `fit`: measure, rehearse, and put everything back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate.core.errors import value_or_error
from ablate.engine.inspection import data, head, observe, probes, rehearsal, schedule
from ablate.engine.inspection import rows as user_rows
from ablate.engine.inspection.leaves import taken
from ablate.engine.inspection.records import Inspection, Probe, Rehearsal
from ablate.engine.inspection.restore import unchanged
from ablate.engine.inspection.rows import Rows, mapped, tensors
from ablate.engine.runtime import tf

SEEN = 256
"""Rows that layers are observed on."""


def inspect(
    model: Any, x: Any, y: Any = None, *, fit: Mapping[str, Any] | None = None, seconds: float = 3.0
) -> Inspection:
    """Measure a compiled model and the data that `fit` would get. The model stays as it is.

    Args:
        model: a compiled Keras model of any kind; it is built with the first rows if need be.
        x: inputs: arrays, or a data set that yields batches.
        y: labels; None if `x` yields them.
        fit: further arguments of `fit`, such as `batch_size`, `epochs`, `validation_split`, `validation_data`.
        seconds: time for the rehearsal of `fit`; probes get a fraction of it.

    Returns:
        What was measured.
    """
    begun = time.monotonic()
    fit = {**(fit or {})}
    rows = user_rows.read(x, y, fit)
    fit["callbacks"] = [one for one in fit.get("callbacks") or () if type(one).__name__ in schedule.HARMLESS]
    few = np.random.default_rng(0).permutation(len(rows.y))[:SEEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _inspected(model, rows, fit, few, seconds, begun)


def _inspected(
    model: Any, rows: Rows, fit: Mapping[str, Any], few: np.ndarray, seconds: float, begun: float
) -> Inspection:
    x, y, weights = rows.few(few)
    unchecked: list[str] = []
    _, error = value_or_error(lambda: _build(model, x))
    steps = schedule.measured(model, rows, fit)
    look, seen = observe.tracer(model, training=False), None
    if not error:
        with unchanged(model):
            seen, error = value_or_error(lambda: _seen(look, x, y, weights))
    tried: dict[str, Probe] = {}
    end = head.measured(model, seen, y, data.class_numbers(rows.y)[few], error)
    inputs = data.inputs(rows, *taken(model))
    reference, problem = value_or_error(lambda: data.reference(rows, bool(inputs and inputs.names)))
    unchecked += [f"reference classifiers: {problem}"] if problem else []
    rehearsed = rehearsal.rehearse(model, rows, fit, seconds, None if seen is None else look)
    classes = None if _learned(rehearsed) else _countable(data.numbered(rows.y)[few])
    layers = () if seen is None else observe.records(model, seen, classes)
    if seen is not None and not rehearsed.error:
        tried, problems = _probes(model, rows, seconds)
        unchecked += problems
    return Inspection(
        labels=data.labels(rows),
        inputs=inputs,
        head=end,
        steps=steps,
        layers=layers,
        reference=reference,
        rehearsal=rehearsed,
        probes=tried,
        seconds=time.monotonic() - begun,
        unchecked=tuple(unchecked),
    )


def _learned(rehearsed: Rehearsal) -> bool:
    """Return whether the rehearsal went so well that no layer needs to be read."""
    reached = rehearsed.train if rehearsed.validation is None else rehearsed.validation
    return reached is not None and reached - rehearsed.chance > 0.6 * (1 - rehearsed.chance)


def _build(model: Any, x: Any) -> None:
    """Build model and optimizer as `fit` does."""
    if not model.built or not model.weights:
        model(mapped(lambda part: part[:2], x), training=False)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _seen(look: observe.Pass, x: Any, y: np.ndarray, weights: np.ndarray | None) -> dict[str, Any]:
    seen: dict[str, Any] = tf.nest.map_structure(np.asarray, look(tensors(x), tf.constant(y), weights))
    return seen


def _countable(classes: np.ndarray) -> np.ndarray | None:
    """Return the classes if each has enough rows for a cross-validation, otherwise None."""
    counts = np.unique(classes, return_counts=True)[1]
    return classes if len(counts) > 1 and counts.min() >= 3 else None


def _probes(model: Any, rows: Rows, seconds: float) -> tuple[dict[str, Probe], list[str]]:
    compiled, problem = value_or_error(lambda: probes.compiled_probe(model, rows, seconds / 4))
    free, other = value_or_error(lambda: probes.free_probes(model, rows, seconds / 8))
    tried = {**({"compiled": compiled} if compiled else {}), **(free or {})}
    return tried, [f"training on few rows: {text}" for text in (problem, other) if text]

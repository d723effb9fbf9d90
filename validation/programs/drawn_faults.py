"""Put a fault of head, labels or data into a drawn program."""

# ruff: noqa: ARG001 - each fault takes a plan and a source of chance
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from validation.programs.drawn import TABLES, WORDS, Plan, replaced

Fault = Callable[[Plan, np.random.Generator], Plan | None]
"""Returns the plan with the fault, or None if it does not suit the plan."""

FAULTS: dict[str, list[Fault]] = {}
"""The faults by their cause, each in several forms."""


def of(cause: str) -> Callable[[Fault], Fault]:
    """Register a fault under its cause."""

    def register(fault: Fault) -> Fault:
        FAULTS.setdefault(cause, []).append(fault)
        return fault

    return register


def pick(rng: np.random.Generator, *values: Any) -> Any:
    """Return one of some values, each as likely."""
    return values[int(rng.integers(len(values)))]


def floats(one: Plan) -> bool:
    """Return whether the inputs are amounts, not names of words."""
    return one.task not in WORDS


@of("one_softmax")
def one_softmax(one: Plan, rng: np.random.Generator) -> Plan | None:
    return None if one.form != "binary" else replaced(one, head="softmax")


@of("loss_mismatch")
def mean_squares_of_numbers(one: Plan, rng: np.random.Generator) -> Plan | None:
    loss = pick(rng, "mean_squared_error", "mean_absolute_error")
    return None if one.form != "sparse" else replaced(one, loss=loss, head="softmax")


@of("loss_mismatch")
def rising_loss(one: Plan, rng: np.random.Generator) -> Plan | None:
    def wrong(y: Any, p: Any) -> Any:
        return ops.mean(y * p, axis=-1)

    return None if one.form != "one_hot" else replaced(one, loss=wrong, head="softmax")


@of("loss_mismatch")
def one_class_counts(one: Plan, rng: np.random.Generator) -> Plan | None:
    if one.form != "binary":
        return None
    return replaced(one, fit={"class_weight": {0: pick(rng, 0.0, 1.0, 1e-3), 1: pick(rng, 0.0, 200.0) + 1.0}})


@of("logits_as_probabilities")
def raw_outputs(one: Plan, rng: np.random.Generator) -> Plan | None:
    if one.form == "binary":
        return None
    kind = {"sparse": keras.losses.SparseCategoricalCrossentropy, "one_hot": keras.losses.CategoricalCrossentropy}
    return replaced(one, head="linear", loss=kind[one.form](from_logits=False))


@of("head_cuts")
def cut_output(one: Plan, rng: np.random.Generator) -> Plan | None:
    return replaced(one, head=pick(rng, "relu", "tanh", "relu6", "softsign"))


@of("wrong_axis")
def other_axis(one: Plan, rng: np.random.Generator) -> Plan | None:
    if one.form == "binary":
        return None
    return replaced(one, head=lambda x: ops.softmax(x, axis=0))


@of("double_softmax")
def twice(one: Plan, rng: np.random.Generator) -> Plan | None:
    kind = {"sparse": keras.losses.SparseCategoricalCrossentropy, "one_hot": keras.losses.CategoricalCrossentropy}
    if one.form == "binary":
        return None
    hidden = pick(rng, "softmax", lambda x: ops.softmax(ops.softmax(x)), ops.softmax)
    return replaced(one, head=hidden, loss=kind[one.form](from_logits=hidden == "softmax" or hidden is ops.softmax))


@of("label_range")
def fractions(one: Plan, rng: np.random.Generator) -> Plan | None:
    by = pick(rng, 255.0, 10.0, 100.0)
    return None if one.form == "one_hot" else replaced(one, data=lambda x, y: (x, (y / by).astype("float32")))


@of("label_range")
def minus_one(one: Plan, rng: np.random.Generator) -> Plan | None:
    return None if one.form != "binary" else replaced(one, data=lambda x, y: (x, y + pick(rng, 1, 4)))


@of("labels_unrelated")
def other_order(one: Plan, rng: np.random.Generator) -> Plan | None:
    order = int(rng.integers(1000))
    return replaced(one, data=lambda x, y: (x, np.random.default_rng(order).permutation(y)))


@of("input_scale")
def scaled(one: Plan, rng: np.random.Generator) -> Plan | None:
    by, plus = pick(rng, (1e4, 0.0), (1.0, 3e3), (1e-4, 0.0), (300.0, 1e5), (1e6, 0.0))
    return replaced(one, data=lambda x, y: ((x * by + plus).astype("float32"), y)) if floats(one) else None


@of("input_scale")
def one_huge_column(one: Plan, rng: np.random.Generator) -> Plan | None:
    def wide(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = x.copy()
        x[:, 0] = 1e5 * np.random.default_rng(0).normal(size=len(x)) + 5e5
        return x, y

    return replaced(one, data=wide) if one.task in TABLES and one.task not in ("moons", "iris") else None


@of("names_as_amounts")
def no_embedding(one: Plan, rng: np.random.Generator) -> Plan | None:
    return replaced(one, body="dense", data=lambda x, y: (x.astype("float32"), y)) if one.task in WORDS else None


@of("no_information")
def whole_division(one: Plan, rng: np.random.Generator) -> Plan | None:
    value = pick(rng, 0.0, 1.0, 7.0)
    return replaced(one, data=lambda x, y: (np.full_like(x, value), y))


@of("bad_inputs")
def holes(one: Plan, rng: np.random.Generator) -> Plan | None:
    bad, places = pick(rng, np.nan, np.inf), rng.integers(0, 120, 3)

    def holed(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = x.copy()
        x.reshape(len(x), -1)[places, 0] = bad
        return x, y

    return replaced(one, data=holed) if floats(one) else None


@of("sorted_rows")
def sorted_and_split(one: Plan, rng: np.random.Generator) -> Plan | None:
    def by_class(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(y, kind="stable")
        return x[order], y[order]

    return replaced(one, data=by_class, fit={"validation_split": 0.25})

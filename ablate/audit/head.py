"""Judge output and loss together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection

CUTTING = ("relu", "relu6", "tanh", "elu", "selu", "softplus", "softsign", "leaky_relu", "hard_sigmoid", "exponential")
"""Activations whose range does not suit a cross-entropy."""

NO_GRADIENT = 0.5
"""Share of rows without a gradient at the output from which on an untrained network counts as trapped."""

FLAT = 0.3
"""Outputs are cut off if more than this share of them equals the smallest or the largest one."""

SATURATED = 0.999
"""A loss clips probabilities only near 0 and 1."""

DISAGREE = 0.5
"""Share of rows in which the gradient must ask for the true class."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about output and loss."""
    yield from _one_softmax(inspection)
    yield from _one_unit(inspection)
    yield from _logits(inspection)
    yield from _twice(inspection)
    yield from _axis(inspection)
    yield from _cuts(inspection)
    yield from _unrewarded(inspection)
    yield from _trapped(inspection)


def ending(inspection: Inspection) -> tuple[Repair, Repair]:
    """Return the head and the loss that suit the labels."""
    labels = inspection.labels
    if labels.classes <= 2 and inspection.head.units == 1:
        return repairs.head("sigmoid", 1), repairs.loss("binary_crossentropy")
    name = "categorical_crossentropy" if labels.one_hot else "sparse_categorical_crossentropy"
    units = max(labels.classes, inspection.head.units if inspection.head.units > 1 else 0)
    return repairs.head("softmax", units), repairs.loss(name)


def _made(inspection: Inspection) -> str:
    head = inspection.head
    return f"The model ends in {head.units} x {head.activation or 'an output of its own'}; the loss is `{head.loss}`"


def _one_softmax(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    ones = head.constant and head.lowest == head.highest == 1.0 and head.activation != "sigmoid"
    if head.units != 1 or not (head.activation == "softmax" or (ones and not head.error)):
        return
    yield Finding(
        code="one_softmax",
        cause="one_softmax",
        severity="error",
        weight=0.99,
        what="Softmax over a single output is always 1, whatever the input.",
        evidence=(Evidence(name="outputs under softmax", value=1, threshold=2, healthy="2 or more"),),
        fit="Every prediction is 1, also where the loss falls; the accuracy is the share of class 1.",
        repairs=ending(inspection),
    )


def _one_unit(inspection: Inspection) -> Iterator[Finding]:
    head, labels = inspection.head, inspection.labels
    categorical = head.takes in ("sparse", "one_hot")
    more = labels.classes > 2 and labels.whole and not labels.counter and not facts.well(inspection)
    if head.units != 1 or head.activation == "softmax" or not (categorical or more):
        return
    needs = "a categorical loss" if categorical else f"{labels.classes} classes"
    yield Finding(
        code="one_unit_categorical" if categorical else "one_unit_many_classes",
        cause="loss_mismatch",
        severity="error",
        weight=0.96,
        what=f"{_made(inspection)}: {needs} need{'s' if categorical else ''} an output for each class.",
        evidence=(Evidence(name="outputs", value=1, threshold=2, healthy="one for each class"),),
        fit="The loss does not depend on the prediction, so nothing is learned."
        if categorical
        else "One number can tell two classes apart, and not more.",
        repairs=(repairs.loss("binary_crossentropy"), repairs.head("softmax", max(2, labels.classes)))
        if labels.classes <= 2
        else (repairs.head("softmax", labels.classes), repairs.loss("sparse_categorical_crossentropy")),
    )


def _logits(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    reads = "crossentropy" in head.loss and not head.from_logits and not head.fused and not head.error
    outside = head.lowest < 0 or head.highest > 1
    if not (reads and head.activation == "linear" and outside) and not (head.wants_shares and outside):
        return
    good = facts.well(inspection)
    name = head.loss if head.takes in ("sparse", "one_hot", "binary") else "categorical_crossentropy"
    yield Finding(
        code="logits_as_probabilities",
        cause="logits_as_probabilities",
        severity="note" if good else "error",
        weight=0.2 if good else 0.93,
        what=f"{_made(inspection)} without `from_logits=True`: raw outputs are read as probabilities.",
        evidence=(
            Evidence(name="smallest output", value=head.lowest, threshold=0.0, healthy="0 to 1 for probabilities"),
        ),
        fit="The loss clips most outputs, and clipped ones have no gradient.",
        repairs=(repairs.loss(name, from_logits=True), ending(inspection)[0]),
    )


def _twice(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    layers = [layer for layer in head.before if layer.endswith(":softmax") or layer.startswith("Softmax")]
    hidden = bool(head.from_logits) and not head.fused and head.lowest >= 0 and head.highest <= 1 and (
        abs(head.sums - 1) < 1e-3 if head.units > 1 else head.activation == "sigmoid"
    )  # fmt: skip
    if (len(layers) < 2 and not hidden) or head.error:
        return
    good, name = facts.well(inspection), "softmax" if head.units > 1 else "sigmoid"
    yield Finding(
        code="double_softmax",
        cause="double_softmax",
        severity="note" if good else "error",
        weight=0.2 if good else 0.88,
        what=f"{_made(inspection)}: {name} is taken twice, so that predictions stay close to equal.",
        evidence=(Evidence(name=f"{name} layers", value=2, threshold=1, healthy="1, or none with `from_logits=True`"),),
        fit="Gradients are small from the first step on; training is slow or stands still.",
        repairs=(
            repairs.removed("layers", f"remove one {name}", f"# remove the second {name}", remove=name),
            repairs.loss(head.loss, from_logits=False),
        ),
    )


def _axis(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    yield from _inner_axis(inspection)
    rows_sum, columns_sum = abs(head.sums - 1) < 1e-3, abs(head.column_sums - 1) < 1e-3
    ones = head.constant and head.lowest == head.highest == 1.0
    if head.error or head.units < 2 or rows_sum or not (columns_sum or ones):
        return
    yield Finding(
        code="softmax_over_rows",
        cause="wrong_axis",
        severity="error",
        weight=0.97,
        what="Every output is 1: softmax runs over an axis of length 1."
        if ones
        else "Each output sums to 1 over the rows of a batch, and not over the classes of a row.",
        evidence=(Evidence(name="sum of a row of predictions", value=head.sums, threshold=1.0, healthy="1"),),
        fit="A row's prediction depends on the other rows of its batch; the accuracy stays low.",
        repairs=(repairs.removed("head", "softmax over the last axis", "keras.layers.Softmax(axis=-1)", axis=-1),),
    )


def _inner_axis(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding if the last softmax, before outputs are pooled, runs over time or places and not over classes."""
    head, layers = inspection.head, inspection.layers
    last = max((index for index, layer in enumerate(layers) if layer.weights), default=0)
    wrong = next((layer for layer in layers[last:] if layer.shared), None)
    if wrong is None or head.error or head.units < 2 or facts.well(inspection):
        return
    yield Finding(
        code="softmax_over_places",
        cause="wrong_axis",
        severity="error",
        weight=0.95,
        what=f"The output of `{wrong.name}` sums to 1 over axis {wrong.shared}, not over the classes (the last axis).",
        evidence=(Evidence(name="axis of the softmax", value=wrong.shared, threshold=-1, healthy="-1, the last one"),),
        fit="Every class gets the same total over the steps or places of a row, and so the same mean.",
        repairs=(repairs.removed("head", "softmax over the last axis", "keras.layers.Softmax(axis=-1)", axis=-1),),
    )


def _cuts(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    sure = head.activation in ("softmax", "sigmoid") or (head.lowest <= 1 - SATURATED and head.highest >= SATURATED)
    clipped = head.flat > FLAT and not head.constant and not sure and head.activation is not None
    if "crossentropy" not in head.loss or not (head.activation in CUTTING or (clipped and not head.error)):
        return
    good = facts.well(inspection)
    yield Finding(
        code="head_cuts",
        cause="head_cuts",
        severity="note" if good else "error",
        weight=0.2 if good else 0.9,
        what=f"{_made(inspection)}: {head.activation} cuts off or distorts the values that the loss compares.",
        evidence=(
            Evidence(name="largest output", value=head.highest, threshold=1.0, healthy="probabilities or raw outputs"),
        ),
        fit="Outputs at the flat end of the activation have no gradient.",
        repairs=ending(inspection),
    )


def _unrewarded(inspection: Inspection) -> Iterator[Finding]:
    head = inspection.head
    worse = (
        head.right is not None and head.wrong is not None and head.even is not None
        and not head.right < min(head.wrong, head.even) - 1e-6
    )  # fmt: skip
    against = head.agreement is not None and head.agreement < DISAGREE
    known = head.activation in ("softmax", "sigmoid", "linear", "tanh", "relu")
    if head.error or not (against or (worse and known and not head.fused)) or facts.well(inspection):
        return
    if head.units == 1 and (head.activation == "softmax" or head.takes in ("sparse", "one_hot")):
        return
    value, bound = (head.agreement, DISAGREE) if against else (head.right, head.wrong)
    yield Finding(
        code="loss_unrewarded",
        cause="loss_mismatch",
        severity="error",
        weight=0.85,
        what=f"{_made(inspection)}: a lower loss does not mean more right predictions.",
        evidence=(
            Evidence(
                name="rows whose gradient asks for the true class" if against else "loss of right predictions",
                value=float(value or 0.0),
                threshold=float(bound or 0.0),
                healthy="nearly 1" if against else "below the loss of wrong ones",
            ),
        ),
        fit="The loss may fall while the accuracy does not rise.",
        repairs=ending(inspection)[::-1],
    )


def _trapped(inspection: Inspection) -> Iterator[Finding]:
    head, seen = inspection.head, inspection.rehearsal
    start = head.zero_rows or 0.0
    end = (seen.zero_rows or 0.0) if seen is not None else 0.0
    if head.error or head.units < 2 or max(start, end) < NO_GRADIENT or not head.finite:
        return
    if facts.learns(inspection) and (seen is None or end - (seen.train or 0.0) < NO_GRADIENT):
        return  # rows that are sure and right need no gradient; a network that is falling has it wrong and sure
    if start >= NO_GRADIENT and head.highest < SATURATED:
        return  # nothing is clipped: the loss itself asks for nothing
    probabilities = head.lowest >= 0 and head.highest <= 1 and abs(head.sums - 1) < 1e-2
    if not probabilities:
        return
    yield Finding(
        code="clip_trap",
        cause="clip_trap",
        severity="error",
        weight=0.9 if start >= NO_GRADIENT else 0.8,
        what=f"The loss passes no gradient back on {max(start, end):.0%} of the rows: predictions are 0 or 1, and the "
        "loss clips them.",
        evidence=(
            Evidence(name="rows without a gradient", value=max(start, end), threshold=NO_GRADIENT, healthy="near 0"),
        ),
        fit="No learning rate and no optimizer moves these rows.",
        repairs=(_from_logits(inspection), repairs.standardize()),
    )


def _from_logits(inspection: Inspection) -> Repair:
    """Return the loss of Keras that takes the logits, and the output that makes them."""
    head = inspection.head
    name = head.loss if head.takes in ("sparse", "one_hot") else ending(inspection)[1].change["name"]
    repair = repairs.loss(str(name), from_logits=True)
    return dataclasses.replace(
        repair,
        words="take the loss of Keras from the logits, and end without softmax",
        keras=(f"keras.layers.Dense({head.units})  # the last layer, without softmax", *repair.keras),
    )

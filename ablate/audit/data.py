"""Judge the inputs and the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inputs, Inspection

LARGE = 20.0
"""With a larger mean or deviation, inputs are too large for usual initial weights and rates."""

SMALL = 0.02
"""Inputs whose largest deviation is below this are small."""

ROUNDED = 0.05
"""Rounding to the type of the model's input may change a column by this share of its deviation."""

SORTED = 0.8
"""Rows are sorted by class if neighbours have equal labels this much more often than by chance."""

UNEVEN = 1e3
"""Columns differ in scale if the widest varies this many times as much as the narrowest."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about inputs and order."""
    yield from _order(inspection)
    if inspection.inputs is None:
        return
    yield from _bad(inspection.inputs)
    yield from _constant(inspection.inputs)
    yield from _rounded(inspection, inspection.inputs)
    yield from _names(inspection, inspection.inputs)
    yield from _scale(inspection, inspection.inputs)


def _bad(inputs: Inputs) -> Iterator[Finding]:
    count = inputs.bad_rows
    if not count:
        return
    yield Finding(
        code="inputs_not_finite",
        cause="bad_inputs",
        severity="error",
        weight=0.98,
        what=f"{count} rows of the inputs hold NaN or infinity.",
        evidence=(Evidence(name="rows that are not finite", value=count, threshold=0, healthy="0"),),
        fit="The first such row turns the loss and then every weight into NaN; predictions are class 0 from then on.",
        repairs=(
            Repair(part="inputs", change={"drop": "not finite"}, words="drop or fill these rows",
                   keras=("keep = np.isfinite(x.reshape(len(x), -1)).all(1)", "x, y = x[keep], y[keep]")),
        ),
    )  # fmt: skip


def _constant(inputs: Inputs) -> Iterator[Finding]:
    if inputs.constant < 1.0:
        return
    yield Finding(
        code="inputs_constant",
        cause="no_information",
        severity="error",
        weight=0.98,
        what="Every column of the inputs is constant: all rows are equal.",
        evidence=(Evidence(name="constant columns", value=1.0, threshold=1.0, healthy="below 1"),),
        fit="Every row gets the same prediction.",
        repairs=(
            Repair(part="inputs", change={"read": "again"}, words="check how the inputs are made",
                   keras=('x = x.astype("float32") / 255  # and not a division of whole numbers',)),
        ),
    )  # fmt: skip


def _rounded(inspection: Inspection, inputs: Inputs) -> Iterator[Finding]:
    if inputs.rounding <= ROUNDED or inputs.constant == 1.0 or facts.well(inspection):
        return
    yield Finding(
        code="inputs_rounded",
        cause="precision",
        severity="error",
        weight=0.94,
        what=f"The type of the model's input cannot hold these numbers (up to {inputs.largest:.6g}): it changes a "
        f"column by {inputs.rounding:.0%} of its deviation.",
        evidence=(
            Evidence(name="error of rounding over deviation", value=inputs.rounding, threshold=ROUNDED,
                     healthy="near 0"),
        ),
        fit="Rows that differ look equal to the network.",
        repairs=(
            Repair(part="precision", change={"policy": "float32"}, words="take the inputs as float32",
                   keras=('keras.Input(shape, dtype="float32")',)),
        ),
    )  # fmt: skip


def _names(inspection: Inspection, inputs: Inputs) -> Iterator[Finding]:
    reference, seen = inspection.reference, inspection.rehearsal
    if not inputs.names or inputs.embedded:
        return
    tokens = None if reference is None else reference.tokens
    reached = None if seen is None else (seen.validation if seen.validation is not None else seen.train)
    behind = tokens is not None and reached is not None and reached < tokens - 0.12
    weight = 0.93 if behind else 0.5 if tokens is None else 0.3
    words = int(inputs.highest) + 1
    yield Finding(
        code="names_as_amounts",
        cause="names_as_amounts",
        severity="error" if behind else "note",
        weight=weight,
        what=f"Inputs are whole numbers up to {inputs.highest:g} that look like names of words, and no layer reads "
        "them as names." + (f" A classifier that does gets {tokens:.1%} of unseen rows right." if tokens else ""),
        evidence=(
            Evidence(name="accuracy of the network", value=reached or 0.0, threshold=(tokens or 0.0) - 0.12,
                     healthy="near that of a classifier that reads names"),
        ),
        fit="A dense layer cannot tell which numbers stand for related words; it may learn rows by heart.",
        repairs=(
            Repair(part="embedding", change={"words": words, "size": 16}, words="read the numbers by an embedding",
                   keras=(f"keras.layers.Embedding({words}, 16),", "keras.layers.GlobalAveragePooling1D(),")),
        ),
    )  # fmt: skip


def _scale(inspection: Inspection, inputs: Inputs) -> Iterator[Finding]:
    seen = inspection.rehearsal
    if inputs.names or inputs.embedded or inputs.constant == 1.0 or seen is None:
        return
    size = max(inputs.widest, abs(inputs.mean))
    wrong = size > LARGE or inputs.widest < SMALL or inputs.widest > UNEVEN * inputs.narrowest > 0
    first = next((layer.kind for layer in inspection.layers), "")
    if not wrong or facts.well(inspection) or first in ("Normalization", "BatchNormalization", "Rescaling"):
        return
    plain, scaled = inspection.probes.get("adam"), inspection.probes.get("scaled")
    compared = plain is not None and scaled is not None
    helped = compared and facts.reached(scaled) > facts.reached(plain) + 0.15
    useless = compared and not facts.trainable_here(scaled)
    weight = 0.88 if helped else 0.35 if useless else 0.78
    if size > 50 * LARGE or inputs.widest < SMALL / 5:
        weight = max(weight, 0.8)
    yield Finding(
        code="scale_of_inputs",
        cause="input_scale",
        severity="error" if weight > 0.5 else "warning",
        weight=weight,
        what=f"Columns of the inputs vary by {inputs.narrowest:.3g} to {inputs.widest:.3g}, around a mean of "
        f"{inputs.mean:.3g}; initial weights and learning rates are made for about 1.",
        evidence=(
            Evidence(name="largest deviation of a column", value=inputs.widest, threshold=LARGE, healthy="0.02 to 20"),
        ),
        fit="Steps are too large, or too small, for the weights of the first layer.",
        repairs=(repairs.standardize(),),
    )


def _batches_differ(inspection: Inspection) -> bool:
    """Return whether rows are sorted, or nearly so and each batch is learned while the others are forgotten."""
    share, seen = inspection.labels.sorted_share, inspection.rehearsal
    if seen is None or not seen.losses or seen.loss is None:
        return share > SORTED
    return share > SORTED or (share > SORTED / 2 and seen.losses[-1] < seen.loss / 2)


def _order(inspection: Inspection) -> Iterator[Finding]:
    labels, steps = inspection.labels, inspection.steps
    shuffle = Repair(
        part="rows",
        change={"shuffle": True},
        words="shuffle the rows before `fit`",
        keras=("order = np.random.default_rng(0).permutation(len(y))", "x, y = x[order], y[order]"),
    )
    if labels.unseen > 0.3:
        yield Finding(
            code="validation_of_unseen_classes",
            cause="sorted_rows",
            severity="error",
            weight=0.96,
            what=f"{labels.unseen:.0%} of the validation rows belong to classes that no training row has.",
            evidence=(
                Evidence(name="validation rows of unseen classes", value=labels.unseen, threshold=0.3, healthy="0"),
            ),
            fit="The validation accuracy stays near 0 while the training accuracy rises.",
            repairs=(shuffle,),
        )
    elif labels.absent >= 0.5 and labels.sorted_share > 0.5 and labels.validation_rows >= 20:
        yield Finding(
            code="validation_of_few_classes",
            cause="sorted_rows",
            severity="error",
            weight=0.9,
            what=f"Rows are sorted: {labels.absent:.0%} of the classes have no validation row.",
            evidence=(
                Evidence(name="classes without validation row", value=labels.absent, threshold=0.5, healthy="0"),
            ),
            fit="The validation accuracy says nothing about the other classes.",
            repairs=(shuffle,),
        )
    elif labels.classes > 1 and not steps.shuffled and _batches_differ(inspection):
        yield Finding(
            code="batches_of_one_class",
            cause="sorted_rows",
            severity="note" if facts.well(inspection) else "error",
            weight=0.92,
            what="Rows are sorted by class, and `fit` does not shuffle them, or too few at a time: most batches hold a "
            "single class, or a few.",
            evidence=(
                Evidence(name="order of the labels", value=labels.sorted_share, threshold=SORTED, healthy="near 0"),
            ),
            fit="Each stretch of batches teaches the network to name one class for every row.",
            repairs=(shuffle,),
        )

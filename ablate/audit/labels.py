"""Judge the labels: their form, their range, and whether they have anything to do with the inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding
from ablate.engine.inspection.records import Inspection, Reference

UNRELATED = 0.01
"""Ordinary classifiers count as at chance if guessing reaches their accuracy with at least this probability."""

CERTAIN = 1e-4
"""Validation rows whose labels classifiers read with a smaller probability by guessing do have related labels."""

APART = 0.05
"""A loss that differs by less than this share of itself between right and wrong predictions reads no classes."""

UNPAIRED = 0.2
"""More rows than this share that change their label from reading to reading cannot be an accident."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about the labels."""
    yield from _bad(inspection)
    yield from _single(inspection)
    yield from _form(inspection)
    yield from _paired(inspection)
    yield from _range(inspection)
    yield from _unpaired(inspection)
    yield from _unrelated(inspection)


def _bad(inspection: Inspection) -> Iterator[Finding]:
    labels = inspection.labels
    if not labels.bad_rows:
        return
    yield Finding(
        code="labels_not_finite",
        cause="label_range",
        severity="error",
        weight=0.98,
        what=f"{labels.bad_rows} labels are NaN or infinite.",
        evidence=(Evidence(name="labels that are not finite", value=labels.bad_rows, threshold=0, healthy="0"),),
        fit="The loss is NaN from the first such row on.",
        repairs=(
            repairs.labels("drop these rows", "keep = np.isfinite(y); x, y = x[keep], y[keep]", drop="not finite"),
        ),
    )


def _single(inspection: Inspection) -> Iterator[Finding]:
    if inspection.labels.classes > 1:
        return
    yield Finding(
        code="single_class",
        cause="label_range",
        severity="error",
        weight=0.98,
        what="All training labels are equal.",
        evidence=(Evidence(name="classes", value=inspection.labels.classes, threshold=2, healthy="2 or more"),),
        fit="The network learns to name this class for every row.",
        repairs=(repairs.labels("read the labels again", "# look at np.unique(y)", read="again"),),
    )


def _form(inspection: Inspection) -> Iterator[Finding]:
    labels, head = inspection.labels, inspection.head
    rows = labels.one_hot or (len(labels.shape) == 1 and labels.shape[0] > 1)
    sparse_loss = head.takes == "sparse" and rows and head.units > 1
    row_loss = head.takes == "one_hot" and not rows and head.units > 1
    other_loss = (
        head.takes in ("binary", "unknown")
        and not rows
        and head.units > 1
        and head.units >= labels.classes
        and (head.agreement is None or head.agreement < 0.9 or bool(head.error))
        and not _tells_apart(inspection)
    )
    if not (sparse_loss or row_loss or other_loss) or inspection.labels.classes < 2:
        return
    given, wanted = ("one-hot rows", "class numbers") if rows else ("class numbers", "one-hot rows")
    classes = max(labels.classes, head.units)
    new = f"{'sparse_' if rows is False else ''}categorical_crossentropy"
    line = "y = y.argmax(-1)" if rows else f"y = keras.utils.to_categorical(y, {classes})"
    yield Finding(
        code="form_of_labels",
        cause="label_form",
        severity="error",
        weight=0.97,
        what=f"Labels are {given}; the loss `{head.loss}` with {head.units} outputs takes {wanted}.",
        evidence=(
            Evidence(name="numbers in a label", value=labels.shape[0] if labels.shape else 1,
                     threshold=1 if rows else head.units, healthy="1 for class numbers, N for one-hot rows"),
        ),
        fit="`fit` raises an error." if head.error else "Each output is compared with the number of the class.",
        repairs=(repairs.loss(new), repairs.labels(f"make {wanted} of the labels", line, form=wanted)),
    )  # fmt: skip


def _tells_apart(inspection: Inspection) -> bool:
    """Return whether the loss differs between right and wrong predictions, so that it reads the labels it gets."""
    head = inspection.head
    if head.wants_shares or head.right is None or head.wrong is None:
        return head.wants_shares
    return abs(head.right - head.wrong) > APART * max(abs(head.right), abs(head.wrong))


def _paired(inspection: Inspection) -> Iterator[Finding]:
    if not inspection.head.pairs:
        return
    yield Finding(
        code="labels_meet_all_outputs",
        cause="label_form",
        severity="note" if facts.well(inspection) else "error",
        weight=0.96,
        what="Labels have the shape (rows,), predictions the shape (rows, 1): the loss that `train_step` calls "
        "compares each label with the prediction of every row.",
        evidence=(Evidence(name="axes of a label", value=0, threshold=1, healthy="1, as of a prediction"),),
        fit="The loss is lowest if every row gets the same prediction, the mean of the labels.",
        repairs=(repairs.labels("give the labels the shape of the predictions", "y = y[:, None]", form="column"),),
    )


def _range(inspection: Inspection) -> Iterator[Finding]:
    labels, head = inspection.labels, inspection.head
    if labels.classes < 2 or labels.bad_rows:
        return
    top, problem, low = head.units - 1, "", 0.0
    wide = len(labels.shape) == 1 and labels.shape[0] > 1
    texts = not labels.dtype.startswith(("int", "uint", "float", "bool"))
    if texts and not wide:
        problem = "are texts, and the loss takes class numbers"
    elif head.units > 1 and head.takes == "sparse" and not wide:
        if not labels.whole:
            problem = "are not whole numbers, and the loss cuts off what follows the point"
        elif labels.lowest < 0 or labels.highest > top:
            problem = f"lie outside 0 to {top}"
    elif head.units == 1 and not wide and labels.classes == 2:
        signs = "hinge" in head.loss or head.activation in ("tanh", "linear", "softsign")
        zero_one = (labels.lowest, labels.highest) == (0.0, 1.0)
        minus = (labels.lowest, labels.highest) == (-1.0, 1.0)
        if not zero_one and not (minus and signs):
            top, problem = 1, "are not 0 and 1"
    elif wide and not labels.one_hot and (labels.highest > 1 or labels.lowest < 0):
        top, low, problem = 1, 0.0, "are rows that do not hold shares from 0 to 1"
    if not problem:
        return
    learns = facts.well(inspection) and (labels.lowest, labels.highest) == (-1.0, 1.0)
    yield Finding(
        code="range_of_labels",
        cause="label_range",
        severity="note" if learns else "error",
        weight=0.3 if learns else 0.97,
        what=f"Labels {problem}." if texts else f"Labels from {labels.lowest:g} to {labels.highest:g} {problem}.",
        evidence=(
            Evidence(name="smallest label", value=labels.lowest, threshold=low, healthy="0"),
            Evidence(name="largest label", value=labels.highest, threshold=top, healthy=f"{top}"),
        ),
        fit="`fit` raises an error, or on a graphics card the loss is NaN."
        if texts or (head.takes == "sparse" and labels.whole)
        else "The loss pulls every prediction to a value outside its range, or takes all labels for one class.",
        repairs=(
            repairs.labels(
                "number the classes from 0", "classes, y = np.unique(y, return_inverse=True)", number="from 0"
            ),
        ),
    )


def _unpaired(inspection: Inspection) -> Iterator[Finding]:
    share = inspection.labels.unpaired
    if share <= UNPAIRED:
        return
    yield Finding(
        code="labels_change_partners",
        cause="labels_unrelated",
        severity="error",
        weight=0.97,
        what=f"The data set gives {share:.0%} of the rows another label each time it is read: inputs and labels are "
        "shuffled apart.",
        evidence=(Evidence(name="rows that change their label", value=share, threshold=UNPAIRED, healthy="0"),),
        fit="No input keeps a label, so nothing can be learned but the share of each class.",
        repairs=(
            repairs.labels(
                "zip inputs and labels first, and shuffle the pairs",
                "rows = tf.data.Dataset.zip((x, y)).shuffle(1000)",
                read="again",
            ),
        ),
    )


def _unrelated(inspection: Inspection) -> Iterator[Finding]:
    labels, seen, reference = inspection.labels, inspection.rehearsal, inspection.reference
    if labels.counter:
        yield Finding(
            code="labels_count_rows",
            cause="labels_unrelated",
            severity="error",
            weight=0.9,
            what=f"{labels.classes} of {labels.rows} rows have a label of their own, as an index or a measurement has.",
            evidence=(
                Evidence(
                    name="classes per row", value=labels.classes / labels.rows, threshold=0.9, healthy="below 0.5"
                ),
            ),
            fit="The network can only learn rows by heart.",
            repairs=(repairs.labels("take another column as the label", "# y = table['...']", read="another column"),),
        )
        return
    if reference is None or seen is None or labels.classes < 2 or labels.unpaired > UNPAIRED:
        return
    if reference.p_value < UNRELATED and not _only_validated(reference):
        return
    validated = facts.above(seen.validation, seen.validation_chance, min(512, labels.validation_rows))
    # Without validation rows a network may have found what no ordinary classifier does, if it is half of the way up.
    far = seen.train is not None and seen.train > (1 + seen.chance) / 2
    if validated or (validated is None and facts.learns(inspection) and far):
        return
    if inspection.inputs is not None and inspection.inputs.constant == 1.0:
        return
    yield Finding(
        code="labels_unrelated",
        cause="labels_unrelated",
        severity="error",
        weight=0.84,
        what=f"Ordinary classifiers get {reference.accuracy:.1%} of {reference.rows} unseen rows right; naming the "
        f"most frequent class gets {reference.majority:.1%}. Labels look unrelated to the inputs.",
        evidence=(
            Evidence(name="probability of that accuracy by guessing", value=reference.p_value, threshold=UNRELATED,
                     healthy=f"below {UNRELATED:g}"),
        ),
        fit="The training accuracy may rise, row by row learned by heart; the validation accuracy stays at chance.",
        repairs=(
            repairs.labels("put inputs and labels in the same order", "# compare a few rows by eye", read="again"),
        ),
        unchecked="Patterns that only a network finds, such as shapes at any place of a picture.",
    )  # fmt: skip


def _only_validated(reference: Reference) -> bool:
    """Return whether classifiers read the labels of the validation rows, and not those of the training rows."""
    train, held = reference.train_p_value, reference.validation_p_value
    return train is not None and held is not None and train > 10 * UNRELATED and held < CERTAIN

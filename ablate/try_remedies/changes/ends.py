"""Offer changes of labels, head and loss: each class must have a place, and the loss must read what the head says."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.engine.as_is.records import Layer
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

SURE, LIKELY, UNLIKELY = 0.95, 0.6, 0.05

MARGINS = ("hinge", "squared_hinge", "categorical_hinge")

UNTOUCHED = ("InputLayer", "Dropout", "Identity", "Flatten", "Reshape")


def label_changes(at: Situation) -> Iterator[Change]:
    """Offer other numbers for the labels."""
    labels, loss = at.rows.labels, at.facts.loss
    if labels.kind == "texts" or (labels.kind == "classes" and not labels.one_hot and not _numbered(at)):
        margins = loss in MARGINS and at.classes == 2 and at.rows.low_label == -1
        yield Change(
            name="labels=0..N-1",
            part="labels",
            words=f"number the classes 0 to {at.classes - 1}",
            causes=("label_range",),
            weight=UNLIKELY if margins else SURE,
            rows=("values = np.unique(y)", "{y} = np.searchsorted(values, {y})"),
        )
    if labels.one_hot and at.units == 1:
        yield Change(
            name="labels=numbers",
            part="labels",
            words="give class numbers instead of one-hot rows",
            causes=("label_form",),
            weight=SURE,
            rows=("{y} = {y}.argmax(axis=-1)",),
        )


def _numbered(at: Situation) -> bool:
    values = at.rows.labels.values
    return bool(len(values)) and values.tolist() == list(range(len(values)))


def end_changes(at: Situation) -> Iterator[Change]:
    """Offer the head and the loss that fit the labels: probabilities, and raw outputs."""
    if at.rows.labels.kind not in ("classes", "texts") or at.facts.several:
        return
    binary = at.units == 1 and at.classes == 2
    sparse = not at.rows.labels.one_hot
    probabilities = (
        "binary_crossentropy" if binary else "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    )
    kind = "".join(part.capitalize() for part in probabilities.split("_"))
    logits = f"keras.losses.{kind}(from_logits=True)"
    activation = "sigmoid" if binary else "softmax"
    doubt = _doubt(at)
    cause = _cause(at)
    head = at.facts.head
    if head is None:
        yield from _losses(at, doubt, cause, probabilities, logits)
        return
    for name, last, loss, weight in (
        (activation, activation, repr(probabilities), doubt),
        ("linear", "linear", logits, min(doubt, 0.5) if at.facts.backend == "tensorflow" else max(doubt, LIKELY)),
    ):
        change = _ended(at, last, loss)
        if change is not None:
            units = "" if change[2] == at.units else f" of {change[2]} units"
            yield Change(
                name=f"head={name}",
                part="head",
                words=f"end in {name}{units}, with the loss {loss.removeprefix('keras.losses.')}",
                causes=(cause, "clip_trap") if name == "linear" else (cause,),
                weight=weight,
                replaced=change[0],
                arguments=change[1],
                loss=loss,
            )


def _ended(at: Situation, activation: str, loss: str) -> tuple[dict[int, str], dict[int, dict[str, str]], int] | None:
    """Return what replaces the layers at the end, so that the model ends in an activation; None if it does already."""
    units = at.units if at.units == 1 and at.classes == 2 else max(at.classes, at.units if at.units > 2 else 0)
    tail = [layer for layer in at.facts.layers if layer.kind not in UNTOUCHED]
    replaced: dict[int, str] = {}
    body = next((layer for layer in reversed(tail) if layer.weights and layer.path), None)
    if body is None:
        return None
    for layer in tail:
        if layer.index > body.index and not layer.weights and not _pools(layer):
            replaced[layer.index] = "keras.layers.Identity()"
    words: dict[str, str] = {}
    last = tail[-1] if tail[-1].index in replaced or tail[-1] is body else None
    if last is None:
        return None
    if last is body:
        words["activation"] = repr(activation) if activation != "linear" else ""
        if body.arguments.get("activation", "") == words["activation"]:
            words.pop("activation")
    else:
        replaced[last.index] = (
            f"keras.layers.Activation({activation!r})" if activation != "linear" else "keras.layers.Identity()"
        )
        if body.activation not in ("", "linear") and body.kind == "Dense":
            words["activation"] = ""
        if (
            last.activation == activation
            and last.kind in ("Activation", "Softmax")
            and len(replaced) == 1
            and not words
        ):
            replaced = {}
    if body.kind == "Dense" and units != at.units:
        words["units"] = str(units)
    same = loss.strip("'") == at.facts.loss_text.strip("'")
    if not replaced and not words and same:
        return None
    return replaced, {body.index: words} if words else {}, units


def _pools(layer: Layer) -> bool:
    return "Pooling" in layer.kind


def _losses(at: Situation, doubt: float, cause: str, probabilities: str, logits: str) -> Iterator[Change]:
    """Offer losses for a model that cannot be taken apart."""
    if at.facts.loss != probabilities or at.facts.from_logits:
        yield Change(
            name=f"loss={probabilities}",
            part="loss",
            words=f"use the loss {probabilities}",
            causes=(cause,),
            weight=doubt,
            loss=repr(probabilities),
        )
    inside = at.facts.low >= 0 and at.facts.high <= 1
    if not at.facts.from_logits:
        yield Change(
            name="loss=from_logits",
            part="loss",
            words=f"let the loss take raw outputs: {logits}",
            causes=("logits_as_probabilities",),
            weight=UNLIKELY if inside else SURE,
            loss=logits,
        )


def _doubt(at: Situation) -> float:
    """Return how sure it is that head and loss do not fit each other or the labels."""
    return UNLIKELY if _cause(at) == "loss_mismatch" and _fits(at) else SURE


def _fits(at: Situation) -> bool:
    """Return whether the head's numbers are what the loss takes, and the labels have their places."""
    head, loss, logits = _activation(at), at.facts.loss, at.facts.from_logits
    sparse, binary = not at.rows.labels.one_hot, at.units == 1
    if binary:
        if at.classes != 2:
            return False
        if loss in ("binary_crossentropy", "binary_focal_crossentropy"):
            return head == ("linear" if logits else "sigmoid") and at.rows.low_label >= 0
        if loss in MARGINS:
            return head in ("linear", "tanh", "")
        if loss in ("mean_squared_error", "mean_absolute_error"):
            return head in ("sigmoid", "linear", "") or (head == "tanh" and at.rows.low_label < 0)
        return "crossentropy" not in loss
    if at.units < at.classes:
        return False
    if loss == "sparse_categorical_crossentropy":
        return sparse and head == ("linear" if logits else "softmax")
    if loss in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        return not sparse and head == ("linear" if logits else "softmax")
    if loss in ("binary_crossentropy", "mean_squared_error"):
        return not sparse and (head in ("sigmoid", "softmax") or logits or loss == "mean_squared_error")
    return not (sparse and loss in ("mean_squared_error", "mean_absolute_error")) and not at.facts.loss_text


def _activation(at: Situation) -> str:
    """Return the activation that the model ends in; for a closed model, what its numbers look like."""
    head = at.facts.head
    if head is None:
        if at.facts.low < 0 or at.facts.high > 1:
            return "linear"
        return "sigmoid" if at.units == 1 else "softmax"
    return head.activation or ("linear" if head.weights else "")


def _cause(at: Situation) -> str:
    """Name what is wrong with head and loss; `loss_mismatch` if nothing special is."""
    head = _activation(at)
    if at.units == 1 and head == "softmax":
        return "one_softmax"
    sparse = not at.rows.labels.one_hot
    if at.units > 1 and at.facts.loss == ("categorical_crossentropy" if sparse else "sparse_categorical_crossentropy"):
        return "label_form"
    if at.facts.loss.endswith("crossentropy") and not at.facts.from_logits and head == "linear":
        return "logits_as_probabilities"
    if at.facts.from_logits and head in ("softmax", "sigmoid"):
        return "double_softmax"
    if head in ("relu", "tanh", "leakyrelu", "elu") and "crossentropy" in at.facts.loss:
        return "head_cuts"
    if at.facts.head is not None and not at.facts.head.path and not at.facts.head.weights:
        return "no_gradient"
    return "loss_mismatch"

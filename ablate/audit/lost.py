"""Judge whether a layer passes on too little of what it gets."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.data import UNEVEN
from ablate.audit.finding import Evidence, Finding
from ablate.engine.inspection.records import Inspection, Layer

RECURRENT = ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN", "LSTMCell", "GRUCell", "SimpleRNNCell")
"""Layers that read a row step by step, and whose gradient shrinks from step to step."""

FALL = 0.2
"""A layer loses information if classifiers read the classes from it this much worse than from a layer before."""

RISING = 2.0
"""A loss that falls by so many times its noise over the last third still falls."""

FAR = 50.0
"""Columns whose mean is so many deviations from 0 look the same to an untrained layer."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding about the first layer from which the classes can no longer be read."""
    if facts.well(inspection) or (inspection.inputs is not None and inspection.inputs.constant == 1.0):
        return
    if _only_scale(inspection):
        return
    reference = inspection.reference
    known = facts.reached_unseen(inspection) or 0.0  # a network behind the layers reads this much from each of them
    best = 0.0 if reference is None or reference.p_value > 0.01 else reference.accuracy - 0.1
    majority = inspection.labels.majority
    before: Layer | None = None
    for layer in inspection.layers[:-1]:
        read = layer.readable
        if read is None:
            continue
        read = max(read, known)
        share = 0.5 * max(best - majority, 0.0)
        if best - read > FALL and read - majority < share and not _explained(layer):
            recurrent = layer.kind in RECURRENT and layer.trained
            yield (_forgotten if recurrent else _lost)(inspection, layer, best, read, before)
            return
        best, before = max(best, read), layer
    yield from _ignored(inspection)


def _ignored(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding if the output is the same for every row, before training and after, and no layer says why."""
    seen = inspection.rehearsal
    if seen is None or not seen.layers or not inspection.head.constant or inspection.head.error:
        return
    last = seen.layers[-1]
    silent = last.spread is not None and last.spread < 1e-6
    if not silent or inspection.head.units == 1 or any(map(_explained, inspection.layers)) or not last.finite:
        return
    yield Finding(
        code="output_ignores_inputs",
        cause="information_lost",
        severity="error",
        weight=0.9,
        what="Predictions are the same for every row, before training and after it, though the inputs differ.",
        evidence=(Evidence(name="spread of the output over rows", value=0.0, threshold=1e-6, healthy="above 0.01"),),
        fit="Only the share of each class is learned.",
        repairs=(
            repairs.removed(
                "layers", "look for the operation between inputs and output that drops them", "# in `call`"
            ),
        ),
    )


def _explained(layer: Layer) -> bool:
    """Return whether another rule says why the layer passes on nothing: dead, flat, frozen, zero or copied units."""
    still = layer.weights > 0 and not layer.trained
    form = str(layer.settings.get("activation", layer.kind)).lower()
    flat = (layer.dead == 1.0 and "relu" in form) or (layer.saturated or 0.0) > 0.7
    return flat or still or layer.zero or layer.copies or not layer.finite


def _unscaled(inspection: Inspection) -> bool:
    """Return whether an untrained layer passes on little because of its inputs: sizes apart, far from 0, or names."""
    inputs = inspection.inputs
    if inputs is None:
        return False
    far = inputs.offset > FAR and not inputs.embedded
    return far or inputs.widest > UNEVEN * inputs.narrowest > 0 or (inputs.names and not inputs.embedded)


def _only_scale(inspection: Inspection) -> bool:
    """Return whether the network learns a few rows by heart as soon as their inputs are standardized, and not else."""
    plain, scaled = inspection.probes.get("adam"), inspection.probes.get("scaled")
    return facts.trainable_here(plain) is False and bool(facts.trainable_here(scaled))


def _forgotten(inspection: Inspection, layer: Layer, best: float, read: float, before: Layer | None) -> Finding:
    """Return the finding about a recurrent layer: what it read early in a row no longer shows at the end."""
    return Finding(
        code="sequence_forgotten",
        cause="vanishing_gradient",
        severity="error" if facts.stuck(inspection) else "warning",
        weight=0.87 if facts.stuck(inspection) else 0.6,
        what=f"Classifiers read {best:.1%} of the classes right from {before.name if before else 'the inputs'}, and "
        f"{read:.1%} from the last step of `{layer.name}` ({layer.kind}): it forgets what stands early in a row.",
        evidence=(
            Evidence(name=f"what can be read behind `{layer.name}`", value=read, threshold=best - FALL,
                     healthy="as much as before it"),
        ),
        fit="The gradient shrinks from step to step, so the layer hardly learns what to keep.",
        repairs=(
            repairs.removed("layers", "mask the padding, put it in front of the words, or pool over all steps",
                            "keras.layers.Embedding(words, size, mask_zero=True)", mask=True),
        ),
        unchecked="Whether the classes stand early in a row, or order of steps matters.",
    )  # fmt: skip


def _sure(inspection: Inspection, layer: Layer, *, certain: bool, narrow: bool) -> float:
    """Return how sure the finding is, 0 to 1: training may still teach a layer to pass on more."""
    if not certain or not (narrow or facts.stuck(inspection)):
        return 0.72
    return 0.8 if layer.trained and not narrow else 0.9


def _learning(inspection: Inspection) -> bool:
    """Return whether the rehearsal was cut short while the network learned: its layers will pass on more."""
    seen = inspection.rehearsal
    return seen is not None and not seen.complete and seen.slope > RISING and facts.learns(inspection)


def _lost(inspection: Inspection, layer: Layer, best: float, read: float, before: Layer | None) -> Finding:
    certain = facts.trainable_here(inspection.probes.get("adam")) is False
    narrow = layer.width is not None and layer.width <= 2
    return Finding(
        code="information_lost",
        cause="information_lost",
        severity="error" if certain or facts.stuck(inspection) else "note" if _learning(inspection) else "warning",
        weight=0.6 if _unscaled(inspection) else _sure(inspection, layer, certain=certain, narrow=narrow),
        what=f"Classifiers read {best:.1%} of the classes right from {before.name if before else 'the inputs'}, and "
        f"{read:.1%} from the output of `{layer.name}` ({layer.kind}, {layer.width} numbers).",
        evidence=(
            Evidence(name=f"what can be read behind `{layer.name}`", value=read, threshold=best - FALL,
                     healthy="as much as before it"),
        ),
        fit="No learning rate, loss or optimizer brings back what this layer does not pass on.",
        repairs=(
            repairs.removed("layers", f"replace `{layer.name}`, by `Flatten` or more units",
                            "keras.layers.Flatten()", replace=layer.name),
        ),
        unchecked="Whether training would make the layers before it pass on more.",
    )  # fmt: skip

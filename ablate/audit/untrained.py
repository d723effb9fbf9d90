"""Judge whether anything is trained: frozen layers, missing gradients, half precision."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about what is trained."""
    yield from _frozen(inspection)
    yield from _untracked(inspection)
    yield from _cut(inspection)
    yield from _precision(inspection)


def _frozen(inspection: Inspection) -> Iterator[Finding]:
    layers = [layer for layer in inspection.layers if layer.weights]
    fixed = [
        layer for layer in layers if not layer.trained and layer.kind not in ("Normalization", "TextVectorization")
    ]
    if not fixed or facts.well(inspection):
        return
    total, still = sum(layer.weights for layer in layers), sum(layer.weights for layer in fixed)
    empty = [layer for layer in fixed if layer.zero or layer.spread == 0.0 or layer.dead == 1.0]
    nothing = len(fixed) == len(layers)
    stuck = facts.stuck(inspection)
    seen = inspection.rehearsal
    chance = inspection.labels.majority if seen is None else seen.chance
    learns = facts.share(inspection, facts.reached_unseen(inspection), chance) > 0.5
    weight = 0.98 if nothing else 0.95 if empty else 0.7 if stuck else 0.3 if learns else 0.5
    named = ", ".join(layer.name for layer in (empty or fixed)[:3])
    yield Finding(
        code="nothing_trained" if nothing else "frozen_empty" if empty else "frozen_layers",
        cause="frozen",
        severity="error" if nothing or empty else "note" if learns else "warning",
        weight=weight,
        what="No layer can be trained."
        if nothing
        else f"`{named}` is frozen"
        + (" and gives the same output for every row." if empty else f": {still} of {total} weights never change."),
        evidence=(Evidence(name="share of frozen weights", value=still / total, threshold=0.0, healthy="0"),),
        fit="No weight changes." if nothing else "Layers behind it can only use what this layer passes on.",
        repairs=(
            Repair(part="trainable", change={"layers": [layer.name for layer in fixed], "value": True},
                   words="unfreeze these layers", keras=("model.trainable = True  # then compile again",)),
        ),
    )  # fmt: skip


def _untracked(inspection: Inspection) -> Iterator[Finding]:
    count = inspection.head.untracked
    if not count or not facts.poor(inspection):
        return
    total = count + sum(layer.weights for layer in inspection.layers)
    yield Finding(
        code="weights_not_tracked",
        cause="frozen",
        severity="error",
        weight=0.95,
        what=f"The model's call reads {count} weights that none of its layers holds, so `fit` does not train them.",
        evidence=(Evidence(name="share of such weights", value=count / total, threshold=0.0, healthy="0"),),
        fit="These weights stay as they were drawn.",
        repairs=(
            Repair(part="trainable", change={"tracked": True}, words="make the layer that has them one of the model",
                   keras=("x = layer(x)  # and not within keras.layers.Lambda",)),
        ),
    )  # fmt: skip


def _cut(inspection: Inspection) -> Iterator[Finding]:
    head, seen = inspection.head, inspection.rehearsal
    trained = [layer for layer in inspection.layers if layer.trained]
    said = "No gradients" in head.error or (seen is not None and "No gradients" in seen.error)
    loose = [layer for layer in trained if not layer.connected and layer.kind != "Embedding"]
    if not trained or head.error:
        loose = []
    if not (said or loose) or (facts.well(inspection) and not said):
        return
    everything = said or len(loose) == len(trained)
    named = ", ".join(layer.name for layer in loose[:3]) or "every layer"
    yield Finding(
        code="no_gradient",
        cause="no_gradient",
        severity="error" if everything or facts.poor(inspection) else "warning",
        weight=0.97 if everything else 0.9,
        what=f"The loss has no gradient for {named}: an operation between it and the loss has none (rounding, argmax, "
        "a cast to whole numbers, stop_gradient).",
        evidence=(
            Evidence(
                name="layers without a gradient", value=float(len(loose) or len(trained)), threshold=0, healthy="0"
            ),
        ),
        fit="`fit` raises an error." if said else "These layers keep their initial weights.",
        repairs=(
            repairs.removed(
                "layers", "leave this operation out while training", "# remove the operation", remove="cut"
            ),
        ),
    )


def _precision(inspection: Inspection) -> Iterator[Finding]:
    steps, seen = inspection.steps, inspection.rehearsal
    kind = steps.precision.removeprefix("mixed_")
    kept, diverged = kind == steps.precision, facts.diverged(inspection)
    if kind not in ("float16", "bfloat16") or seen is None or (facts.well(inspection) and not diverged):
        return
    limits = "small numbers become 0" + (", and numbers above 65,504 infinite" if kind == "float16" else "")
    yield Finding(
        code="half_precision" if kept else "mixed_precision",
        cause="precision",
        severity="error" if diverged or kept else "warning",
        weight=(0.93 if diverged else 0.8) if kept else 0.92 if diverged and kind == "float16" else 0.4,
        what=f"Layers keep weights in {kind}: {limits}, Adam's epsilon, too."
        if kept
        else f"Layers compute in {kind}: {limits}.",
        evidence=(Evidence(name="bits", value=16, threshold=32, healthy="32, or mixed precision"),),
        fit="Updates are lost or divide by zero: the loss is NaN or stands still.",
        repairs=(
            Repair(part="precision", change={"policy": "float32"}, words="compute in float32",
                   keras=('keras.config.set_dtype_policy("float32")',)),
        ),
    )  # fmt: skip

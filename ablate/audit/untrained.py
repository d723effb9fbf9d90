"""Judge whether anything is trained: frozen layers, missing gradients, rates near zero, half precision."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection

PATH = 0.05
"""Weights that move by less than this share of their norm in all of `fit`, step by step added up, do not learn."""

SHORT = 3e-4
"""Steps that change the weights by more than this share of their norm are not short, however few they are."""

NEAR = 20.0
"""A rate is near a usual one if it is not this many times smaller."""

HELD_BACK = 0.05
"""Plain SGD steps by its rate times the gradient; a smaller share of that means that something holds it back."""

DECAYED = 0.02
"""A rate that is this share of the first one halfway through `fit` has decayed."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about what is trained."""
    yield from _frozen(inspection)
    yield from _cut(inspection)
    yield from _rate(inspection)
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


def _rate(inspection: Inspection) -> Iterator[Finding]:
    steps, seen = inspection.steps, inspection.rehearsal
    if seen is None or seen.error or not steps.rates:
        return
    if max(steps.rates) > 0 and not facts.poor(inspection):  # an untrained network may be above chance by luck
        return
    if not any(layer.trained for layer in inspection.layers):
        return
    middle = _middle(inspection)
    if middle < DECAYED and not _still_falls(inspection):
        yield Finding(
            code="rate_decays",
            cause="decayed_rate",
            severity="error",
            weight=0.93,
            what=f"{steps.schedule or 'A callback'} lowers the rate from {steps.rates[0]:g} to "
            f"{middle * steps.rates[0]:.2g} halfway through `fit`, before anything is learned.",
            evidence=(
                Evidence(name="rate halfway over first rate", value=middle, threshold=DECAYED, healthy="above 0.02"),
            ),
            fit="After the first steps the weights stand still.",
            repairs=(
                Repair(part="schedule", change={"constant": steps.rates[0]}, words="keep the rate constant",
                       keras=(f"learning_rate = {steps.rates[0]:g}  # no schedule",)),
                repairs.rate(10 * steps.rates[0]),
            ),
        )  # fmt: skip
    first = seen.first_update or 0.0
    path = max(first, seen.update or 0.0) * steps.steps
    zero_gradient = (seen.zero_rows or 0.0) > 0.9 or (inspection.head.zero_rows or 0.0) > 0.9
    if path >= PATH or first > SHORT or zero_gradient or facts.diverged(inspection):
        return
    tight = _clipping(inspection) or _held_back(inspection)
    if tight is not None:
        yield tight
    usual = {"Adadelta": 1.0, "Adagrad": 0.1, "SGD": 0.1, "Lion": 1e-4}.get(steps.optimizer, 1e-3)
    weight = 0.95 if path < PATH / 10 or max(steps.rates) == 0 else 0.8
    heavy = bool(facts.saturated(inspection)) or facts.start(inspection) > facts.START
    near = heavy and max(steps.rates) >= usual / NEAR  # beside large weights every step looks short
    yield Finding(
        code="rate_too_small",
        cause="small_rate",
        severity="error",
        weight=weight if tight is None and max(steps.rates) < usual and not near else 0.5,
        what=f"{steps.optimizer} with a rate of {max(steps.rates):g} changes the weights by {first:.2g} of their norm "
        f"a step; in the {steps.steps} steps of `fit` that is {path:.2g} at most.",
        evidence=(Evidence(name="path of the weights in `fit`", value=path, threshold=PATH, healthy="above 0.2"),),
        fit="The weights stay where they were drawn.",
        repairs=(repairs.rate(usual), repairs.adam()),
    )


def _middle(inspection: Inspection) -> float:
    """Return the rate halfway through `fit` over the first one; of a shorter rehearsal, the rate at its end."""
    steps, seen = inspection.steps, inspection.rehearsal
    if steps.rates[0] <= 0:
        return 1.0
    if steps.schedule or seen is None or not seen.rates:
        return steps.rates[2] / steps.rates[0]
    half = int(len(seen.rates) * steps.steps / (2 * max(1, seen.steps)))
    return seen.rates[min(half, len(seen.rates) - 1)] / steps.rates[0]


def _still_falls(inspection: Inspection) -> bool:
    seen = inspection.rehearsal
    return seen is not None and seen.slope > 4 and facts.learns(inspection)


def _clipping(inspection: Inspection) -> Finding | None:
    steps, seen = inspection.steps, inspection.rehearsal
    bounds = {
        name: steps.settings[name] for name in ("clipnorm", "clipvalue", "global_clipnorm") if name in steps.settings
    }
    if not bounds or seen is None:
        return None
    name, bound = min(bounds.items(), key=lambda item: float(item[1]))
    gradient = math.sqrt(sum((layer.gradient or 0.0) ** 2 for layer in inspection.layers))
    if float(bound) > 0.01 * gradient:
        return None
    return Finding(
        code="clipped_away",
        cause="clipped_away",
        severity="error",
        weight=0.96,
        what=f"`{name}={bound:g}` clips gradients whose norm is {gradient:.3g}.",
        evidence=(Evidence(name="bound over gradient", value=float(bound) / gradient if gradient else 0.0,
                           threshold=0.01, healthy="about 1"),),
        fit="Steps are so short that the weights stay where they were drawn.",
        repairs=(
            Repair(part="clipping", change={"kind": name, "value": 1.0}, words="raise the bound to 1",
                   keras=(f"{name} = 1.0",)),
        ),
    )  # fmt: skip


def _held_back(inspection: Inspection) -> Finding | None:
    """Return a finding if a `train_step` of the user's own passes on almost nothing of the gradient."""
    steps, seen = inspection.steps, inspection.rehearsal
    if not steps.custom_step or steps.optimizer != "SGD" or seen is None or steps.rates[0] <= 0:
        return None
    trained = [layer for layer in inspection.layers if layer.trained]
    gradient = math.sqrt(sum((layer.gradient or 0.0) ** 2 for layer in trained))
    size = math.sqrt(sum(layer.norm**2 for layer in trained))
    share = (seen.first_update or 0.0) * size / (steps.rates[0] * gradient) if gradient else 1.0
    if share > HELD_BACK:
        return None
    return Finding(
        code="clipped_in_train_step",
        cause="clipped_away",
        severity="error",
        weight=0.96,
        what=f"`train_step` changes the weights by {share:.2g} of what its rate and the gradient (norm {gradient:.3g}) "
        "would: it clips or scales the gradient.",
        evidence=(
            Evidence(name="update over rate times gradient", value=share, threshold=HELD_BACK, healthy="about 1"),
        ),
        fit="Steps are so short that the weights stay where they were drawn.",
        repairs=(
            Repair(part="clipping", change={"kind": "clipnorm", "value": 1.0}, words="raise the bound to 1",
                   keras=("slopes = [tf.clip_by_norm(slope, 1.0) for slope in slopes]  # in train_step",)),
        ),
    )  # fmt: skip


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
        weight=(0.93 if diverged else 0.8) if kept else 0.8 if diverged else 0.4,
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

"""Judge the rate and what becomes of it: too small, decayed, clipped, or used too rarely."""

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

BOUND = 1e-3
"""Steps below this share are short where they do not learn a few rows by heart, and those of Adam do."""

NEAR = 20.0
"""A rate is near a usual one if it is not this many times smaller."""

FEW = 5
"""So few updates train nothing."""

HELD_BACK = 0.05
"""Plain SGD steps by its rate times the gradient; a smaller share of that means that something holds it back."""

DECAYED = 0.02
"""A rate that is this share of the first one halfway through `fit` has decayed."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about steps that are too short to learn."""
    steps, seen = inspection.steps, inspection.rehearsal
    if seen is None or seen.error or not steps.rates:
        return
    if max(steps.rates) > 0 and not facts.poor(inspection):  # an untrained network may be above chance by luck
        return
    if not any(layer.trained for layer in inspection.layers):
        return
    rare = int(steps.settings.get("gradient_accumulation_steps") or 1)
    if rare > steps.steps / FEW:
        yield _rarely(inspection, rare)
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
    if seen.first_update is None and seen.update is None and max(steps.rates) > 0:
        return  # nobody saw the weights change
    first = seen.first_update or 0.0
    most = max(first, seen.update or 0.0)
    path = most * steps.steps
    zero_gradient = (seen.zero_rows or 0.0) > 0.9 or (inspection.head.zero_rows or 0.0) > 0.9
    held = first < BOUND and facts.stuck(inspection) and facts.only_adam(inspection)
    if zero_gradient or facts.diverged(inspection) or ((path >= PATH or first > SHORT) and not held):
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
        what=f"{steps.optimizer} with a rate of {max(steps.rates):g} changes the weights by {most:.2g} of their norm "
        f"a step; in the {steps.steps} steps of `fit` that is {path:.2g} at most.",
        evidence=(Evidence(name="path of the weights in `fit`", value=path, threshold=PATH, healthy="above 0.2"),),
        fit="The weights stay where they were drawn.",
        repairs=(repairs.rate(usual), repairs.adam()),
    )


def _rarely(inspection: Inspection, rare: int) -> Finding:
    """Return the finding about an optimizer that gathers gradients for longer than `fit` lasts, or nearly so."""
    steps = inspection.steps
    return Finding(
        code="few_updates",
        cause="few_steps" if rare <= steps.steps else "small_rate",
        severity="error",
        weight=0.95,
        what=f"{steps.optimizer} gathers the gradients of {rare} steps before it changes a weight, and `fit` has "
        f"{steps.steps} steps.",
        evidence=(
            Evidence(name="updates in `fit`", value=steps.steps // rare, threshold=FEW, healthy="hundreds or more"),
        ),
        fit="The weights change never, or a few times.",
        repairs=(
            Repair(part="optimizer", change={"gradient_accumulation_steps": None}, words="update at every step",
                   keras=("gradient_accumulation_steps = None",)),
        ),
    )  # fmt: skip


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

"""Judge the training itself: steps, weight decay, and numbers that are not finite."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection, Rehearsal, Steps

LARGE_UPDATE = 0.1
"""Steps are large if the first ones change the weights by more than this share of their norm."""

LARGE_RATE = {"SGD": 1.0, "Adadelta": 5.0, "Adagrad": 1.0}
"""Rates above these are large; of other optimizers, rates above `LARGE_RATE_ELSE`."""

LARGE_RATE_ELSE = 0.03

FEW = 60
"""So few steps are too few for most networks."""

HUGE = 1e3
"""Inputs beyond this make any rate a large one."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about the training."""
    yield from _non_finite(inspection)
    seen = inspection.rehearsal
    if seen is None or seen.error or not facts.poor(inspection):
        return
    yield from _decay(inspection, seen)
    yield from _steps(inspection, seen)
    yield from _few(inspection, seen)


def _sound(inspection: Inspection) -> bool:
    """Return whether labels and inputs are finite, so that NaN must come from the training."""
    return not inspection.labels.bad_rows and (inspection.inputs is None or not inspection.inputs.bad_rows)


def _non_finite(inspection: Inspection) -> Iterator[Finding]:
    seen, head, inputs = inspection.rehearsal, inspection.head, inspection.inputs
    if not _sound(inspection):
        return
    bad = next((layer for layer in inspection.layers if not layer.finite), None)
    untrained = not head.error and not head.finite
    if not untrained and not facts.diverged(inspection):
        return
    step = 0 if untrained or seen is None else max(seen.bad_step, 0)
    large = not untrained and large_rate(inspection)
    huge = inputs is not None and inputs.largest > HUGE
    yield Finding(
        code="not_finite",
        cause="large_steps" if large else "non_finite",
        severity="error",
        weight=0.9 if not huge or large else 0.7,
        what=f"The loss is not finite from step {step} on"
        + (f"; the first layer whose output is not finite is `{bad.name}`." if bad else "."),
        evidence=(Evidence(name="first step that is not finite", value=step, threshold=-1, healthy="none"),),
        fit="All weights turn into NaN; predictions are class 0 from then on.",
        repairs=(
            *((repairs.rate(min(0.1, max(inspection.steps.rates) / 100)),) if large else ()),
            Repair(part="loss", change={"name": "fused"}, words="use the loss of Keras, which takes no logarithm of 0",
                   keras=("loss = keras.losses.CategoricalCrossentropy(from_logits=True)",)),
            Repair(part="clipping", change={"kind": "global_clipnorm", "value": 1.0}, words="clip the gradient",
                   keras=("global_clipnorm = 1.0",)),
        ),
        unchecked="Which operation makes the first number that is not finite." if bad is None else "",
    )  # fmt: skip
    if large:
        yield _of(inspection, "not_finite", "non_finite", 0.5)


def _of(inspection: Inspection, code: str, cause: str, weight: float) -> Finding:
    """Return a second reading of a training that is not finite."""
    return Finding(
        code=code,
        cause=cause,
        severity="warning",
        weight=weight,
        what="The loss may itself be the reason: a logarithm, root or division of 0.",
        evidence=(Evidence(name="initial loss", value=inspection.head.start, threshold=0.0, healthy="about ln N"),),
        fit="All weights turn into NaN.",
        repairs=(repairs.adam(),),
    )


def _decay(inspection: Inspection, seen: Rehearsal) -> Iterator[Finding]:
    steps = inspection.steps
    decay = float(steps.settings.get("weight_decay") or 0.0) * max(steps.rates, default=0.0)
    if decay * steps.steps < 2.0 or not (seen.drift is None or seen.drift < 0.7 or decay > 0.01):
        return
    yield Finding(
        code="weight_decay",
        cause="weight_decay",
        severity="error",
        weight=0.95,
        what=f"Weight decay of {steps.settings['weight_decay']:g} takes {decay:.2%} of every weight at each step.",
        evidence=(
            Evidence(name="share of the weights taken a step", value=decay, threshold=2.0 / steps.steps,
                     healthy="below 0.001"),
        ),
        fit="Weights shrink to 0 faster than they learn.",
        repairs=(
            repairs.removed("weight_decay", "set weight decay to 0.004", "weight_decay = 0.004", value=0.004),
        ),
    )  # fmt: skip


def large_rate(inspection: Inspection) -> bool:
    """Return whether the first steps are large, by their rate or by what they do to the weights."""
    steps, seen = inspection.steps, inspection.rehearsal
    bound = LARGE_RATE.get(steps.optimizer, LARGE_RATE_ELSE)
    rate = _long_rate(steps)
    update = 0.0 if seen is None or seen.first_update is None else seen.first_update
    if update > 5 * LARGE_UPDATE and (rate > 1.01 * bound / 10 or facts.only_adam(inspection)):
        return not _other_reason(inspection)
    return rate > 1.01 * bound  # Keras keeps .1 as .10000000149


def _long_rate(steps: Steps) -> float:
    """Return the largest rate times the steps that a gradient acts on by momentum."""
    momentum = float(steps.settings.get("momentum") or 0.0)
    return max(steps.rates, default=0.0) / max(1e-3, 1 - momentum)


def _other_reason(inspection: Inspection) -> bool:
    """Return whether updates are large for another reason than the rate: huge inputs, or numbers of half precision."""
    inputs = inspection.inputs
    huge = inputs is not None and inputs.largest > HUGE and not inputs.embedded
    return huge or inspection.steps.precision in ("float16", "bfloat16")


def _steps(inspection: Inspection, seen: Rehearsal) -> Iterator[Finding]:
    steps = inspection.steps
    if facts.diverged(inspection) or not large_rate(inspection):
        return
    able = facts.trainable_here(inspection.probes.get("adam"))
    rate, update, bound = max(steps.rates), seen.first_update, LARGE_RATE.get(steps.optimizer, LARGE_RATE_ELSE)
    if update is None:
        long = _long_rate(steps)
        by_momentum = "" if long == rate else f", which its momentum makes {long:g}"
        what = f"{steps.optimizer} has a rate of {rate:g}{by_momentum}. Rates above {bound:g} are large for it."
        measured = Evidence(name="learning rate", value=long, threshold=bound, healthy=f"at most {bound:g}")
    else:
        what = f"{steps.optimizer} with a rate of {rate:g} changes the weights by {update:.2g} of their norm "
        what += "in each of the first steps."
        measured = Evidence(name="update over weights", value=update, threshold=LARGE_UPDATE, healthy="0.0001 to 0.1")
    yield Finding(
        code="steps_too_large",
        cause="large_steps",
        severity="error",
        weight=0.9 if able else 0.75,
        what=what,
        evidence=(measured,),
        fit="The first steps throw the network into a state that it does not leave.",
        repairs=(repairs.rate(max(steps.rates) / 100), repairs.adam()),
    )


def _few(inspection: Inspection, seen: Rehearsal) -> Iterator[Finding]:
    steps = inspection.steps
    falls = seen.slope > 2 and len(seen.losses) > 3 and seen.losses[-1] < seen.losses[0]
    able = facts.trainable_here(inspection.probes.get("compiled")) or facts.trainable_here(
        inspection.probes.get("adam")
    )
    taken = facts.taken(inspection)
    few, cut = taken <= FEW, taken < steps.steps and facts.stuck(inspection)
    if not seen.complete or not (falls or few) or not able or facts.diverged(inspection):
        return
    yield Finding(
        code="few_steps",
        cause="few_steps",
        severity="error" if cut else "note",
        weight=0.9 if cut else 0.8 if few else 0.6,
        what=(f"A callback ends `fit` after {taken} of {steps.steps} steps" if cut else f"`fit` has {taken} steps")
        + f", and the loss still falls: {seen.losses[0]:.3g} to {seen.losses[-1]:.3g}.",
        evidence=(
            Evidence(name="fall of the loss over its error", value=seen.slope, threshold=2.0, healthy="about 0"),
        ),
        fit="It ends before the network has learned what it can.",
        repairs=(
            *((_patient(),) if cut else ()),
            Repair(
                part="epochs", change={"times": 10}, words="train ten times as long", keras=("epochs = 10 * epochs",)
            ),
            repairs.rate(3 * max(steps.rates)),
        ),
    )


def _patient() -> Repair:
    return repairs.removed(
        "callbacks",
        "leave out the callback that stops, or let it wait for longer and watch the right figure the right way",
        'keras.callbacks.EarlyStopping("val_loss", patience=20)',
        stop=None,
    )

"""Judge what the layers do in training: copies, dead or saturated units, fading gradients, penalties and dropout."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts, repairs, training
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection, Layer, Rehearsal
from ablate.stats.causes import RULES

FADED = 1e-2
"""The gradient fades if the first layer's is this share of the last one's."""

TIGHT = 0.05
"""A constraint that allows no larger norm of a unit's weights leaves it nothing to say."""

HEAVY = 0.85
"""Dropout that removes more than this share is heavy."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about the layers of a network that does not learn as it should."""
    seen = inspection.rehearsal
    if seen is None or seen.error or not facts.poor(inspection):
        return
    yield from _symmetric(inspection)
    yield from _dead(inspection, seen)
    yield from _penalty(inspection)
    yield from _constrained(inspection)
    yield from _dropout(inspection)
    yield from _fading(inspection)
    yield from _start(inspection)


def _hidden(inspection: Inspection) -> tuple[Layer, ...]:
    return tuple(layer for layer in inspection.layers[:-1] if layer.weights)


def _symmetric(inspection: Inspection) -> Iterator[Finding]:
    hidden = [layer for layer in _hidden(inspection) if layer.trained and layer.kind != "BatchNormalization"]
    joined = [layer for layer in hidden if layer.connected]  # weights that no gradient reaches stay whatever they are
    alike = [layer for layer in joined if layer.copies or (layer.zero and layer.kind != "Embedding")]
    if not alike:
        return
    first = alike[0]
    yield Finding(
        code="units_are_copies",
        cause="symmetric",
        severity="error",
        weight=0.93,
        what=f"All units of `{first.name}` start with equal weights ({first.settings.get('initializer', 'unknown')}).",
        evidence=(Evidence(name="layers of equal units", value=len(alike), threshold=0, healthy="0"),),
        fit="Equal units get equal gradients, so that a layer counts as a single unit for ever.",
        repairs=(
            Repair(part="initializer", change={"value": "glorot_uniform", "layers": [layer.name for layer in alike]},
                   words="draw the weights at random", keras=('kernel_initializer = "glorot_uniform"',)),
        ),
    )  # fmt: skip


def _dead(inspection: Inspection, seen: Rehearsal) -> Iterator[Finding]:
    before = [layer for layer in inspection.layers[:-1] if _died(layer) and _reads(inspection, layer)]
    after = [] if facts.diverged(inspection) else [layer for layer in seen.layers[:-1] if _died(layer)]
    dead = before or after
    if not dead:
        return
    first, large = dead[0], not before and training.large_rate(inspection)
    yield Finding(
        code="dead_from_start" if before else "died_in_training",
        cause="dead_units",
        severity="error",
        weight=0.94 if before else 0.6 if large else 0.7,
        what=f"Every unit of `{first.name}` is 0 on all rows, "
        + ("before anything is trained." if before else f"after {seen.steps} steps."),
        evidence=(Evidence(name="dead units", value=first.dead or 1.0, threshold=RULES.dead, healthy="below half"),),
        fit="No gradient passes a layer of dead units, so every row gets the same prediction.",
        repairs=(
            Repair(part="activation", change={"value": "leaky_relu"}, words="use leaky ReLU",
                   keras=('activation = "leaky_relu"',)),
            Repair(part="initializer", change={"value": "he_normal", "bias": "zeros", "layers": [first.name]},
                   words="draw the weights of this layer anew, with biases of 0",
                   keras=('kernel_initializer = "he_normal", bias_initializer = "zeros"',)),
            repairs.rate(max(inspection.steps.rates) / 10),
        ),
    )  # fmt: skip


def _died(layer: Layer) -> bool:
    """Return whether all units of a layer that can die are 0 on all rows."""
    kind = str(layer.settings.get("activation", layer.kind)).lower()
    return (layer.dead or 0.0) >= RULES.dead and "relu" in kind


def _reads(inspection: Inspection, layer: Layer) -> bool:
    """Return whether a layer that is 0 has itself a reason for it: it is trained, and its own inputs are not 0."""
    index = inspection.layers.index(layer)
    earlier = inspection.layers[:index]
    return not layer.zero and not any(
        (one.dead or 0.0) == 1.0 or one.spread == 0.0 or (one.zero and not one.trained) for one in earlier
    )


def _penalty(inspection: Inspection) -> Iterator[Finding]:
    steps = inspection.steps
    nothing = facts.nothing(inspection.labels.classes)
    held = [layer for layer in inspection.layers if "kernel_regularizer" in layer.settings]
    active = [layer for layer in inspection.layers if "activity_regularizer" in layer.settings]
    share = max(steps.penalty, inspection.head.start - nothing if active else 0.0) / nothing
    if not (held or active) or share < 1.0:
        yield from _pulled(inspection)
        return
    yield Finding(
        code="penalty_outweighs",
        cause="regularizer",
        severity="error",
        weight=0.93,
        what=f"The penalty of the regularizers is {share:.3g} times the loss of equal probabilities, ln N.",
        evidence=(Evidence(name="penalty over ln N", value=share, threshold=1.0, healthy="below 0.3"),),
        fit="Training shrinks the weights, or the activations, instead of learning.",
        repairs=(
            repairs.removed("regularizer", "remove the regularizers", "kernel_regularizer = None",
                            layers=[layer.name for layer in (*held, *active)], value=None),
        ),
    )  # fmt: skip


def _pulled(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding if the network learns some rows by heart as soon as its loss holds no penalty, and not else."""
    free = inspection.probes.get("free")
    if free is None or not facts.trainable_here(free) or facts.trainable_here(inspection.probes.get("adam")):
        return
    reached, held = facts.reached(free), facts.reached(inspection.probes.get("adam"))
    yield Finding(
        code="penalty_in_the_way",
        cause="regularizer",
        severity="error",
        weight=0.94,
        what=f"On {free.rows} rows the network gets {reached:.0%} right if the penalties that its layers add to the "
        f"loss are left out, and {held:.0%} with them.",
        evidence=(
            Evidence(name="accuracy without penalties", value=reached, threshold=held, healthy="the same with them"),
        ),
        fit="Training lowers the penalty instead of learning.",
        repairs=(
            repairs.removed("regularizer", "weigh the penalty less, or leave it out",
                            "self.add_loss(0.001 * penalty)", value=None),
        ),
    )  # fmt: skip


def _constrained(inspection: Inspection) -> Iterator[Finding]:
    tight = [
        (layer, float(bound))
        for layer in inspection.layers
        if (bound := layer.settings.get("kernel_constraint", {}).get("max_value")) is not None and float(bound) < TIGHT
    ]
    if not tight:
        return
    layer, bound = min(tight, key=lambda pair: pair[1])
    yield Finding(
        code="weights_held_small",
        cause="regularizer",
        severity="error",
        weight=0.9,
        what=f"A constraint holds the weights of each unit of `{layer.name}` below a norm of {bound:g}.",
        evidence=(Evidence(name="largest norm that is allowed", value=bound, threshold=TIGHT, healthy="1 to 4"),),
        fit="Every step is cut back, so outputs stay nearly equal for all rows.",
        repairs=(
            repairs.removed("constraint", "leave the constraint out, or allow a norm of 3", "kernel_constraint = None",
                            layers=[one.name for one, _ in tight], value=None),
        ),
    )  # fmt: skip


def _dropout(inspection: Inspection) -> Iterator[Finding]:
    layers = [layer for layer in inspection.layers if "Dropout" in layer.kind]
    heavy = [layer for layer in layers if float(layer.settings.get("rate", 0.0)) >= HEAVY]
    if not heavy:
        yield from _drowned(inspection)
        return
    rate = max(float(layer.settings["rate"]) for layer in heavy)
    yield Finding(
        code="heavy_dropout",
        cause="heavy_dropout",
        severity="error",
        weight=0.93 if rate >= 0.95 else 0.8,
        what=f"`{heavy[0].name}` sets {rate:.0%} of its inputs to 0 at each step.",
        evidence=(Evidence(name="rate of dropout", value=rate, threshold=HEAVY, healthy="0 to 0.5"),),
        fit="Hardly anything of a row reaches the loss, and what does changes from step to step.",
        repairs=(
            Repair(part="dropout", change={"rate": 0.2, "layers": [layer.name for layer in heavy]},
                   words="set dropout to 0.2", keras=("keras.layers.Dropout(0.2)",)),
        ),
    )  # fmt: skip


def _drowned(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding if the network learns some rows by heart as soon as nothing random happens, and not else."""
    quiet, adam = inspection.probes.get("quiet"), inspection.probes.get("adam")
    if not facts.trainable_here(quiet) or facts.trainable_here(adam) or quiet is None:
        return
    noisy = [layer for layer in inspection.layers if layer.kind == "GaussianNoise"]
    yield Finding(
        code="noise_drowns",
        cause="heavy_dropout",
        severity="error",
        weight=0.93,
        what=f"On {quiet.rows} rows the network gets {facts.reached(quiet):.0%} right if its layers draw nothing at "
        f"random, and {facts.reached(adam):.0%} with dropout and noise.",
        evidence=(
            Evidence(name="accuracy without dropout and noise", value=facts.reached(quiet),
                     threshold=facts.reached(adam), healthy="the same with them"),
        ),
        fit="Noise hides the inputs, so hardly anything of a row reaches the loss.",
        repairs=(
            Repair(part="dropout", change={"rate": 0.1, "layers": [layer.name for layer in noisy]},
                   words="draw less noise, or leave it out", keras=("keras.layers.GaussianNoise(0.1)",)),
        ),
    )  # fmt: skip


def _fading(inspection: Inspection) -> Iterator[Finding]:
    trained = [layer for layer in inspection.layers if layer.trained and layer.gradient is not None]
    unable = facts.trainable_here(inspection.probes.get("adam")) is False
    if len(trained) < 3 or not trained[-1].gradient or not (facts.stuck(inspection) or unable):
        return
    ratio = (trained[0].gradient or 0.0) / trained[-1].gradient
    flat = [layer for layer in trained[:-1] if layer.settings.get("activation") in ("sigmoid", "tanh", "hard_sigmoid")]
    flat += [layer for layer in inspection.layers[:-1] if layer.settings.get("activation") in ("sigmoid",)]
    narrow = (inspection.layers[-1].spread or 1.0) < 0.02 or (trained[-2].spread or 1.0) < 0.02
    if ratio == 0.0 or not (ratio < FADED or (narrow and len(flat) >= 2) or (ratio < 0.1 and len(flat) >= 3)):
        return
    if any(layer.copies or layer.zero for layer in trained[:-1]) or training.large_rate(inspection):
        return
    yield Finding(
        code="gradient_fades",
        cause="vanishing_gradient",
        severity="error",
        weight=0.87,
        what=f"The gradient of `{trained[0].name}` is {ratio:.2g} times that of `{trained[-1].name}`.",
        evidence=(Evidence(name="first over last gradient", value=ratio, threshold=FADED, healthy="0.1 to 10"),),
        fit="The first layers stay nearly as drawn, and the last ones see almost the same numbers for each row.",
        repairs=(
            Repair(part="activation", change={"value": "relu"}, words="use ReLU in hidden layers",
                   keras=('activation = "relu"',)),
            Repair(part="initializer", change={"value": "he_normal"}, words="draw larger initial weights",
                   keras=('kernel_initializer = "he_normal"',)),
            repairs.adam(0.003),
        ),
    )  # fmt: skip


def _start(inspection: Inspection) -> Iterator[Finding]:
    head, inputs = inspection.head, inspection.inputs
    if head.error or head.takes == "unknown" or inspection.steps.penalty > 0:
        return
    times, saturated = facts.start(inspection), facts.saturated(inspection)
    large_inputs = inputs is not None and max(inputs.widest, abs(inputs.mean)) > 10
    if not (times > facts.START or saturated):
        return
    weight = 0.9 if saturated and not large_inputs else 0.8 if times > facts.START and not large_inputs else 0.5
    yield Finding(
        code="sure_from_start",
        cause="large_start",
        severity="error" if weight > 0.5 else "warning",
        weight=weight,
        what=f"The loss of the untrained network is {head.start:.3g}, {times:.1f} times ln N"
        + (f"; outputs of `{saturated[0].name}` lie at the flat ends of its activation." if saturated else "."),
        evidence=(Evidence(name="initial loss over ln N", value=times, threshold=facts.START, healthy="0.9 to 1.5"),),
        fit="The network starts with sure and wrong predictions, and units that hardly have a gradient.",
        repairs=(
            Repair(part="initializer", change={"value": "glorot_uniform"}, words="draw smaller initial weights",
                   keras=('kernel_initializer = "glorot_uniform"',)),
            repairs.standardize(),
        ),
    )  # fmt: skip

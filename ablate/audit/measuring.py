"""Judge the figures that `fit` reports, against accuracies computed from predictions."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.audit import facts
from ablate.audit.finding import Evidence, Finding, Repair
from ablate.engine.inspection.records import Inspection, Rehearsal

APART = 0.15
"""Accuracies differ if they are this far apart."""

KEPT = 0.2
"""A moving average lags if it still holds this share of what it began with at the end of `fit`."""

CAUGHT_UP = 0.02
"""A moving average that holds a smaller share of what it began with lags no longer."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about metrics and modes."""
    yield from _mode(inspection)
    yield from _averaged(inspection)
    yield from _metric(inspection)


def _mode(inspection: Inspection) -> Iterator[Finding]:
    seen = inspection.rehearsal
    if seen is None or seen.train is None or seen.train_mode is None:
        return
    gap = seen.train_mode - seen.train
    if gap < APART or not facts.above(seen.train_mode, seen.chance, min(512, inspection.labels.rows)):
        return
    moving = [layer for layer in inspection.layers if layer.kind == "BatchNormalization"]
    if not moving:
        yield _other_function(seen, gap)
        return
    momentum = max(float(layer.settings.get("momentum", 0.99)) for layer in moving)
    if not seen.complete and momentum**seen.steps > CAUGHT_UP and momentum**inspection.steps.steps < KEPT:
        return  # the averages are on their way, and `fit` lasts long enough for them
    yield Finding(
        code="moving_averages_lag",
        cause="mode_gap",
        severity="error",
        weight=0.94,
        what=f"On the same rows the network gets {seen.train_mode:.1%} right in training mode and {seen.train:.1%} in "
        f"inference mode: after {seen.steps} steps the moving averages of batch normalization still lag.",
        evidence=(Evidence(name="accuracy in training minus inference", value=gap, threshold=APART, healthy="near 0"),),
        fit="The training accuracy rises; `evaluate` and `predict` show another network.",
        repairs=(
            Repair(
                part="momentum",
                change={"value": 0.9 if momentum > 0.95 else 0.6, "layers": [layer.name for layer in moving]},
                words="lower the momentum of batch normalization",
                keras=(f"keras.layers.BatchNormalization(momentum={0.9 if momentum > 0.95 else 0.6})",),
            ),
            Repair(part="epochs", change={"times": 10}, words="train for more steps", keras=("epochs = 10 * epochs",)),
        ),
    )


def _other_function(seen: Rehearsal, gap: float) -> Finding:
    """Return the finding about a network that is better in training mode although no layer of Keras explains it."""
    return Finding(
        code="modes_differ",
        cause="mode_gap",
        severity="error",
        weight=0.93,
        what=f"On the same rows the network gets {seen.train_mode:.1%} right in training mode and {seen.train:.1%} in "
        f"inference mode after {seen.steps} steps: a layer does something else when `training` is false.",
        evidence=(Evidence(name="accuracy in training minus inference", value=gap, threshold=APART, healthy="near 0"),),
        fit="The training accuracy rises; `evaluate` and `predict` show another network.",
        repairs=(
            Repair(part="momentum", change={"kept": True}, words="let the layer keep, while it trains, what it uses in "
                   "inference", keras=("self.average.assign(new)  # in `call`, if training",)),
        ),
    )  # fmt: skip


def _averaged(inspection: Inspection) -> Iterator[Finding]:
    steps = inspection.steps
    if not steps.settings.get("use_ema") or not facts.poor(inspection):
        return
    momentum = float(steps.settings.get("ema_momentum", 0.99))
    kept = momentum**steps.steps
    if kept < KEPT:
        return
    yield Finding(
        code="average_of_weights_lags",
        cause="mode_gap",
        severity="error",
        weight=0.95,
        what=f"`use_ema` replaces the weights by their moving average (momentum {momentum:g}); after the {steps.steps} "
        f"steps of `fit` that is still {kept:.0%} of the initial weights.",
        evidence=(Evidence(name="share of the initial weights", value=kept, threshold=KEPT, healthy="near 0"),),
        fit="What is trained is thrown away when the average takes its place.",
        repairs=(
            Repair(part="optimizer", change={"use_ema": False}, words="leave the average out, or lower its momentum",
                   keras=(f"use_ema = False  # or ema_momentum = {max(0.5, 1 - 10 / steps.steps):.2g}",)),
        ),
    )  # fmt: skip


def _metric(inspection: Inspection) -> Iterator[Finding]:
    seen, labels = inspection.rehearsal, inspection.labels
    if seen is None or not seen.metric or seen.error or facts.diverged(inspection):
        return
    whole = seen.complete or seen.steps >= 2 * inspection.steps.per_epoch
    if seen.reported_validation is not None and seen.validation is not None and labels.validation_rows <= 512:
        pair = seen.validation, seen.reported_validation
    elif seen.reported is not None and seen.train is not None and whole and _settled(inspection):
        if seen.train_mode is not None and abs(seen.reported - seen.train_mode) < APART:
            return  # the figure is right, and training mode differs from inference
        if -APART < seen.chance - seen.reported < 0.1 and seen.reported < seen.train:
            return  # the mean over an epoch lags behind its end
        pair = seen.train, seen.reported
    else:
        return
    measured, reported = pair
    inverted = (
        facts.separates(inspection)
        and seen.best_cut is not None
        and seen.best_cut > max(measured, seen.train or 0.0) + 2 * APART  # the cut is one through the training rows
        and abs(measured - reported) < APART
    )
    if not inverted and abs(measured - reported) < APART:
        return
    if not inverted and labels.sorted_share > 0.5 and labels.unseen > 0:
        return
    better = seen.best_cut if inverted and seen.best_cut is not None else measured
    yield Finding(
        code="metric_inverted" if inverted else "metric_differs",
        cause="wrong_metric",
        severity="error",
        weight=0.92,
        what=f"`fit` reports {reported:.1%} as `{seen.metric}`; by the predictions the accuracy is {better:.1%}"
        + (", with predictions cut where they separate the classes best." if inverted else "."),
        evidence=(
            Evidence(name="accuracy minus reported figure", value=better - reported, threshold=APART, healthy="near 0"),
        ),
        fit="The network learns what it can; the figure on the screen is another one.",
        repairs=(
            Repair(part="metric", change={"name": "accuracy"}, words="report the accuracy that suits labels and output",
                   keras=(_metric_line(inspection),)),
        ),
    )  # fmt: skip


def _settled(inspection: Inspection) -> bool:
    """Return whether the figure of the last epoch, a mean over its steps, can be compared with the end."""
    seen = inspection.rehearsal
    return seen is not None and (seen.train_mode is None or seen.train is None or seen.train_mode >= seen.train - APART)


def _metric_line(inspection: Inspection) -> str:
    labels = inspection.labels
    if inspection.head.units == 1 and labels.lowest < 0:
        return "metrics = [lambda y, p: keras.ops.mean(keras.ops.equal(keras.ops.sign(p), keras.ops.sign(y)))]"
    if inspection.head.units > 1 and not labels.one_hot:
        return 'metrics = ["sparse_categorical_accuracy"]'
    return 'metrics = ["accuracy"]'

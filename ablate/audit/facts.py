"""Derive from an inspection the few facts that several rules share."""

from __future__ import annotations

import math

from ablate.engine.inspection.records import Inspection, Layer, Probe

SIGNIFICANT = 1e-3
"""An accuracy counts as above chance if guessing reaches it with a smaller probability."""

MARGIN = 0.05
"""It must also exceed chance by this much."""

START = 3.0
"""The loss of an untrained network is large if it exceeds ln N this many times."""

APART = 0.25
"""The means of a single output over two classes lie apart if their distance is this share of the labels'."""

FLAT = 0.7
"""A layer is saturated if this share of its outputs lies at the flat ends of its activation."""


def above(accuracy: float | None, chance: float, rows: int) -> bool | None:
    """Return whether an accuracy is above chance; None if it was not measured.

    Args:
        accuracy: the accuracy.
        chance: share of the most frequent class.
        rows: rows that it was measured on.

    Examples:
        >>> above(0.62, 0.5, 500), above(0.52, 0.5, 500), above(None, 0.5, 500)
        (True, False, None)
    """
    if accuracy is None or rows == 0:
        return None
    error = math.sqrt(chance * (1 - chance) / rows)
    return accuracy > chance + max(MARGIN * (1 - chance), 3.1 * error)


def learnable(inspection: Inspection) -> bool | None:
    """Return whether ordinary classifiers learn the labels from the inputs; None if that was not measured."""
    reference = inspection.reference
    if reference is None:
        return None
    return reference.p_value < SIGNIFICANT and reference.accuracy > reference.majority + 0.02


def diverged(inspection: Inspection) -> bool:
    """Return whether the rehearsal made a loss or a weight that is not finite; a ReLU can hide NaN from the loss."""
    seen = inspection.rehearsal
    return seen is not None and (seen.bad_step >= 0 or any(not layer.finite for layer in seen.layers))


def share(inspection: Inspection, accuracy: float | None, chance: float) -> float:
    """Return how far an accuracy has come from chance (0) to what ordinary classifiers reach (1).

    Args:
        inspection: the inspection, with its reference classifiers.
        accuracy: the accuracy; None counts as chance.
        chance: share of the most frequent class.
    """
    reference = inspection.reference
    best = 1.0 if reference is None or reference.p_value > SIGNIFICANT else max(reference.accuracy, chance + 0.1)
    return 0.0 if accuracy is None else (accuracy - chance) / max(best - chance, 1e-9)


def learns(inspection: Inspection) -> bool:
    """Return whether the rehearsal ended above chance on the training rows, judged in inference mode."""
    seen = inspection.rehearsal
    return seen is not None and bool(above(seen.train, seen.chance, min(512, inspection.labels.rows)))


def taken(inspection: Inspection) -> int:
    """Return the steps of `fit`; fewer than its epochs hold if a callback ended the rehearsal."""
    seen = inspection.rehearsal
    return inspection.steps.steps if seen is None or not seen.complete else seen.steps


def updates(inspection: Inspection) -> int:
    """Return the updates of the weights in `fit`: fewer than its steps if the optimizer gathers gradients."""
    return taken(inspection) // int(inspection.steps.settings.get("gradient_accumulation_steps") or 1)


def other_classes(inspection: Inspection) -> bool:
    """Return whether the validation rows hold other classes than the training rows, so that they judge nothing."""
    labels = inspection.labels
    return labels.unseen > 0 or (labels.absent >= 0.5 and labels.sorted_share > 0.5)


def reached_unseen(inspection: Inspection) -> float | None:
    """Return the accuracy that the rehearsal reached on validation rows; without such rows, on training rows."""
    seen = inspection.rehearsal
    if seen is None:
        return None
    return seen.train if seen.validation is None or other_classes(inspection) else seen.validation


def separates(inspection: Inspection) -> bool:
    """Return whether a single output separates the classes although it is read wrongly.

    Any function of the inputs may order the rows of two classes. It has been learned if the output also says so: its
    means over the classes lie apart.
    """
    seen = inspection.rehearsal
    if seen is None or (seen.apart or 0.0) < APART or not seen.update:
        return False
    return bool(above(seen.best_cut, seen.chance + 0.1, min(512, inspection.labels.rows)))


def well(inspection: Inspection) -> bool:
    """Return whether the rehearsal ended nearly as good as ordinary classifiers, on rows that it did not train on."""
    seen = inspection.rehearsal
    if seen is None or not learns(inspection):
        return False
    reached, chance = seen.train, seen.chance
    if seen.validation is not None and not other_classes(inspection):
        reached, chance = seen.validation, seen.validation_chance
    return reached is not None and share(inspection, reached, chance) >= 0.6


def trainable_here(probe: Probe | None) -> bool | None:
    """Return whether a probe learned its few rows by heart; None if there is none."""
    if probe is None:
        return None
    return max(probe.accuracy, probe.train_mode) >= probe.chance + 0.6 * (1 - probe.chance)


def only_adam(inspection: Inspection) -> bool:
    """Return whether a few rows are learned by heart with Adam, and not as compiled."""
    able, compiled = (trainable_here(inspection.probes.get(name)) for name in ("adam", "compiled"))
    return bool(able) and compiled is False


def nothing(classes: int) -> float:
    """Return the loss of equal probabilities, ln N."""
    return math.log(max(classes, 2))


def start(inspection: Inspection) -> float:
    """Return the loss of the untrained network, in units of ln N."""
    return inspection.head.start / nothing(inspection.labels.classes)


def saturated(inspection: Inspection) -> list[Layer]:
    """Return the hidden layers whose outputs lie at the flat ends of their activation before training."""
    return [layer for layer in inspection.layers[:-1] if layer.weights and (layer.saturated or 0.0) > FLAT]


def reached(probe: Probe | None) -> float:
    """Return the best accuracy that a probe reached in either mode; 0 without one."""
    return 0.0 if probe is None else max(probe.accuracy, probe.train_mode)


def stuck(inspection: Inspection) -> bool:
    """Return whether the rehearsal ended without having learned: at chance in training mode, too."""
    seen = inspection.rehearsal
    if seen is None or seen.error:
        return False
    rows = min(512, inspection.labels.rows)
    return not (above(seen.train, seen.chance, rows) or above(seen.train_mode, seen.chance, rows))


def poor(inspection: Inspection) -> bool:
    """Return whether the rehearsal ended at chance or far below what ordinary classifiers reach."""
    return stuck(inspection) or not well(inspection)

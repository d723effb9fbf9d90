"""Judge whether the rows count in the loss, and whether a loss that falls makes predictions right."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ablate.audit import facts, head, repairs
from ablate.audit.finding import Evidence, Finding
from ablate.engine.inspection.records import Inspection

NOTHING = 0.2
"""If more rows than this share count nothing, whole classes may be missing."""

HEAVIEST = 0.9
"""A loss that takes more than this share from one class rewards naming that class for every row."""

FELL = 0.3
"""A cross-entropy below this share of ln N means that most rows that count are predicted right."""


def findings(inspection: Inspection) -> Iterator[Finding]:
    """Yield findings about what rows count, and about a loss that falls alone."""
    if inspection.rehearsal is None or inspection.rehearsal.error or not facts.poor(inspection):
        return
    weighed = list(_weights(inspection))
    yield from weighed or _alone(inspection)


def _weights(inspection: Inspection) -> Iterator[Finding]:
    steps, labels = inspection.steps, inspection.labels
    one = steps.heaviest > HEAVIEST and labels.majority < HEAVIEST - 0.15
    if not one and steps.row_weights <= NOTHING:
        return
    value, bound = (steps.heaviest, HEAVIEST) if one else (steps.row_weights, NOTHING)
    yield Finding(
        code="rows_count_nothing",
        cause="loss_mismatch",
        severity="error",
        weight=0.94 if one else 0.85,
        what=f"Class and sample weights give {value:.0%} of all weight to the rows of one class, which are "
        f"{labels.majority:.0%} of the rows at most."
        if one
        else f"Class or sample weights are 0 for {value:.0%} of the training rows.",
        evidence=(
            Evidence(name="share of the weight of one class" if one else "rows of weight 0", value=value,
                     threshold=bound, healthy="near 1/N" if one else "0"),
        ),
        fit="The loss falls while the network names the heaviest class for every row.",
        repairs=(
            repairs.labels("leave the weights out, or weigh each class by rows / (N x its rows), not in whole numbers",
                           "class_weight = {k: len(y) / (N * (y == k).sum()) for k in range(N)}", weights=None),
        ),
    )  # fmt: skip


def _alone(inspection: Inspection) -> Iterator[Finding]:
    seen = inspection.rehearsal
    if seen is None or not seen.losses or facts.diverged(inspection) or not facts.stuck(inspection):
        return
    bound = FELL * _of_guessing(inspection)
    fell = seen.losses[-1] < FELL * seen.losses[0]  # a loss that is small from the beginning counts rows as little
    if "crossentropy" not in inspection.head.loss or not 0 <= seen.losses[-1] < bound or not fell:
        return
    yield Finding(
        code="loss_falls_alone",
        cause="loss_mismatch",
        severity="error",
        weight=0.86,
        what=f"The training loss falls to {seen.losses[-1]:.3g} while the accuracy on the same rows stays at chance "
        f"({seen.train or 0.0:.1%}).",
        evidence=(Evidence(name="training loss", value=seen.losses[-1], threshold=bound, healthy="falls with errors"),),
        fit="What the loss counts is not how many rows are right.",
        repairs=head.ending(inspection)[::-1],
    )


def _of_guessing(inspection: Inspection) -> float:
    """Return the loss of naming the shares of the classes: ln N, or less where each output is asked by itself."""
    classes = inspection.labels.classes
    if inspection.head.units > 1 and "binary" in inspection.head.loss:
        share = 1 / classes
        return -share * math.log(share) - (1 - share) * math.log(1 - share)
    return facts.nothing(classes)

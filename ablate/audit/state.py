"""Say how `fit` will end, by what its rehearsal showed."""

from __future__ import annotations

from ablate.audit import facts
from ablate.engine.inspection.records import Inspection

POOR = 0.35
"""A network that has come less than this share of the way from chance to ordinary classifiers is not healthy."""


FEW = 60
"""A network that is at chance after so few steps, and learns some rows by heart in more, is slow."""


def state(inspection: Inspection) -> str:
    """Return `failed`, `diverged`, `stuck`, `slow` or `healthy`; `unknown` if the rehearsal ended too early to say.

    A network is `slow` if it is at chance while its loss falls.
    """
    seen = inspection.rehearsal
    if inspection.head.error or (seen is not None and seen.error):
        return "failed"
    if seen is None:
        return "unknown"
    if facts.diverged(inspection):
        return "diverged"
    reached = max(seen.train or 0.0, seen.train_mode or 0.0)
    above = facts.above(reached, seen.chance, min(512, inspection.labels.rows))
    if (above and facts.share(inspection, reached, seen.chance) > POOR) or _separates(inspection):
        return "healthy"
    falls = seen.slope > 2 and seen.losses[-1] < 0.98 * seen.losses[0]
    if falls and (not seen.complete or inspection.steps.steps <= FEW):
        return "slow"
    if inspection.steps.steps <= FEW and facts.trainable_here(inspection.probes.get("compiled")):
        return "slow"
    return "stuck" if seen.complete or seen.steps >= 50 else "unknown"


def _separates(inspection: Inspection) -> bool:
    """Return whether a single output separates the classes although it is read wrongly."""
    seen = inspection.rehearsal
    rows = min(512, inspection.labels.rows)
    return seen is not None and bool(facts.above(seen.best_cut, seen.chance + 0.1, rows))

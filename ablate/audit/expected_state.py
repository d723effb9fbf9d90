"""Say how `fit` will end, by what its rehearsal showed."""

from __future__ import annotations

from ablate.audit import facts, labels, measuring, rules, training
from ablate.engine.inspection.records import Inspection, Rehearsal

POOR = 0.35
"""A network that has come less than this share of the way from chance to ordinary classifiers is not healthy."""

CERTAIN = 0.9
"""A finding of at least this weight says why a network is at chance. Unrelated labels always do."""

SHORT = 3e-4
"""Steps that change the weights by less than this share of their norm bring a network nowhere."""


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
    if inspection.labels.unpaired > labels.UNPAIRED:
        return "stuck"  # what it gets right, it does not get from the labels
    if _learned(inspection, seen) or facts.separates(inspection):
        return "healthy"
    errors = [finding for finding in rules.findings(inspection) if finding.severity == "error"]
    errors = [finding for finding in errors if finding.cause != "few_steps"]
    if any(finding.weight >= CERTAIN or finding.cause == "labels_unrelated" for finding in errors):
        return "stuck"  # more steps do not bring it on
    falls = seen.slope > 2 and seen.losses[-1] < 0.98 * seen.losses[0]
    few = facts.updates(inspection) <= training.FEW
    if falls and (not seen.complete or few):
        return "slow"
    able = any(facts.trainable_here(inspection.probes.get(name)) for name in ("compiled", "adam"))
    if few and able and (seen.update or 0.0) > SHORT:
        return "slow"
    return "stuck" if seen.complete or seen.steps >= 50 else "unknown"


def _learned(inspection: Inspection, seen: Rehearsal) -> bool:
    """Return whether the rehearsal learned: by the validation rows, unless these or inference mode are at fault."""
    labels = inspection.labels
    reached, chance, rows = seen.train, seen.chance, labels.rows
    if seen.validation is not None and not facts.other_classes(inspection):
        reached, chance, rows = seen.validation, seen.validation_chance, labels.validation_rows
    if seen.train is not None and seen.train_mode is not None and seen.train_mode - seen.train > measuring.APART:
        reached, chance, rows = seen.train_mode, seen.chance, labels.rows
    above = facts.above(reached, chance, min(512, rows))
    return bool(above) and facts.share(inspection, reached, chance) > POOR

"""Put all changes that apply to a program in an order."""

from __future__ import annotations

from ablate.try_remedies.changes import ends, layers, rows, sequences, training
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

PARTS = (
    ends.label_changes,
    ends.end_changes,
    rows.row_changes,
    rows.input_changes,
    training.optimizer_changes,
    training.fit_changes,
    training.weight_changes,
    training.precision_changes,
    layers.layer_changes,
    sequences.sequence_changes,
    layers.trainable_changes,
)


def offers(at: Situation) -> tuple[Change, ...]:
    """Return all changes that apply to a program, the likeliest first."""
    found = [change for part in PARTS for change in part(at)]
    return tuple(sorted(found, key=lambda change: -change.weight))

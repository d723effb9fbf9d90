"""`batch_size`: rows of one training step. Settings that differ in it share the seed's label only, not its batches."""

from __future__ import annotations

from ablate.remedies._remedy import Remedy, number, same

REMEDY = Remedy(
    name="batch_size",
    neutral=None,
    stacks="shape",
    check=number("batch_size", low=1, high=65536, whole=True),
    baked=same,
)

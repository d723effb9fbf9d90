"""`batch_size`: rows of one training step. For one seed all batch sizes cut the same sequence of rows into batches."""

from __future__ import annotations

from ablate.remedies._remedy import Lines, Remedy, no_candidates, number, same

BATCH_SIZE = "batch_size"

REMEDY = Remedy(
    name=BATCH_SIZE,
    summary="rows of one training step",
    neutral=None,
    stacks="shape",
    check=number(BATCH_SIZE, low=1, high=65536, whole=True),
    statement="fit",
    lines=lambda size: Lines(fit=(f"batch_size={size}",)),
    candidates=no_candidates,
    baked=same,
)

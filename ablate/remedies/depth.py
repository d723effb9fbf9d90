"""`depth`: the number of hidden layers; 0 gives a linear classifier."""

from __future__ import annotations

from ablate.remedies._remedy import Lines, Remedy, no_candidates, number, same

DEPTH = "depth"

REMEDY = Remedy(
    name=DEPTH,
    summary="hidden layers",
    neutral=None,
    stacks="shape",
    check=number(DEPTH, low=0, high=64, whole=True),
    statement="layers",
    lines=lambda layers: Lines(depth=str(layers)),
    candidates=no_candidates,
    baked=same,
)

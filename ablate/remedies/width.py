"""`width`: units of each hidden layer."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.study import Json, Level
from ablate.remedies._remedy import Lines, Remedy, number, same
from ablate.remedies.depth import DEPTH

WIDTH = "width"

CANDIDATE = 0.25
"""Multiple of the model's width that `ablate try` tries."""


def _candidates(base: Mapping[str, Json]) -> tuple[float, ...]:
    return (max(2, round(base[WIDTH] * CANDIDATE)),) if base[DEPTH] else ()


def _argument(level: Level) -> Json:
    return level.params


REMEDY = Remedy(
    name=WIDTH,
    summary="units of each hidden layer",
    neutral=None,
    stacks="shape",
    check=number(WIDTH, low=1, high=65536, whole=True),
    statement="layers",
    lines=lambda units: Lines(dense={"units": str(units)}),
    candidates=_candidates,
    argument=_argument,
    baked=same,
)

"""`learning_rate`: the step size before any schedule."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.study import Json
from ablate.remedies._remedy import Lines, Remedy, number

LEARNING_RATE = "learning_rate"

CANDIDATES = (0.1, 0.01, 10.0)
"""Multiples of the model's learning rate that `ablate try` tries."""


def _candidates(base: Mapping[str, Json]) -> tuple[float, ...]:
    return tuple(float(f"{base[LEARNING_RATE] * multiple:.6g}") for multiple in CANDIDATES)


REMEDY = Remedy(
    name=LEARNING_RATE,
    summary="the step size before any schedule",
    neutral=None,
    stacks="value",
    check=number(LEARNING_RATE, low=0.0, high=1e6),
    statement="optimizer",
    lines=lambda rate: Lines(arguments={"learning_rate": f"{rate:g}"}),
    candidates=_candidates,
)

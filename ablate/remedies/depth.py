"""`depth`: hidden layers; 0 is a linear classifier."""

from __future__ import annotations

from ablate.remedies._remedy import Remedy, number, same

REMEDY = Remedy(
    name="depth", neutral=None, stacks="shape", check=number("depth", low=0, high=64, whole=True), baked=same
)

"""`width`: units of each hidden layer."""

from __future__ import annotations

from ablate.remedies._remedy import Remedy, number, same

REMEDY = Remedy(
    name="width", neutral=None, stacks="shape", check=number("width", low=1, high=65536, whole=True), baked=same
)

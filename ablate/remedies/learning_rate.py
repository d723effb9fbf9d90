"""`learning_rate`: the step size before any schedule."""

from __future__ import annotations

from ablate.remedies._remedy import Remedy, number

REMEDY = Remedy(name="learning_rate", neutral=None, stacks="value", check=number("learning_rate", low=0.0, high=1e6))

"""Where stacks run. Every executor takes stacks and a training function, and gives back what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


EXECUTORS = ("local", "ray", "slurm")
"""A new executor is one word here and one module of that name with a function `pool` (see `ablate.executors.pool`)."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a stack.

    Attributes:
        stack: the stack.
        curves: one per trial, in order; None if there are none.
        error: why training raised; empty if it did not.
        lost: whether the worker died while training it.
        seconds: how long the worker had it, if it brought no curves.
    """

    stack: Stack
    curves: tuple[Curves, ...] | None = None
    error: str = ""
    lost: bool = False
    seconds: float = 0.0

"""Run stacks in worker processes: on this machine, on a Ray cluster, or in jobs of Slurm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


EXECUTORS = ("local", "ray", "slurm")
"""To add an executor, add its name here and a module of that name with a function `pool`, like `local.pool`."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a stack.

    Attributes:
        stack: the stack.
        curves: one per trial, in the stack's order; None if training failed.
        error: why training failed; empty if it did not.
        lost: whether the worker died while it trained the stack.
        seconds: how long the worker had the stack, if it brought no curves.
    """

    stack: Stack
    curves: tuple[Curves, ...] | None = None
    error: str = ""
    lost: bool = False
    seconds: float = 0.0

"""Train stacks of trials and return their curves: by the fused engine, or by plain Keras as the reference.

Importing this package, or `ablate.engine.program`, does not import TensorFlow; training does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


def train(stack: Stack) -> list[Curves]:
    """Train the trials of a stack; return the curves of each trial, in the stack's order."""
    from ablate.engine import training

    return training.train(stack)

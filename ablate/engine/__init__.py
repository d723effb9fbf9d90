"""From stacks to curves: the fused engine, its plain-Keras oracle, and the canary that guards both.

Importing this package, or `ablate.engine.program`, does not import TensorFlow; training does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


def train(stack: Stack) -> list[Curves]:
    """Trains a stack of trials.

    Args:
        stack: trials of one program; the task is loaded from their setting.

    Returns:
        The curves of each trial, in order.
    """
    from ablate.engine import training

    return training.train(stack)

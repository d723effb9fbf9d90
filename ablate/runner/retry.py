"""Decide what to do with a stack that returned no curves: train it, or its halves, again, until a trial fails alone."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablate.outcomes.curves import Curves

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.executors import Done

LOSSES = 5
"""A trial that trains alone is `failed` when so many workers have died with it."""

Losses = dict[tuple[str, ...], int]
"""How many workers died with a stack, by the ids of its trials."""


def settle(done: Done, queue: deque[Stack], losses: Losses) -> Sequence[Curves]:
    """Return the curves of a stack's trials; if there are none yet, put the stack back to the front of the queue.

    A stack that raised or took too long is split at once. A stack whose worker died is trained again as it is, since
    the worker may have been killed from outside; it is split when its worker dies twice. A trial that fails alone gets
    curves with the error as message. Halves keep their stack's slots, so bits do not change.

    Args:
        done: what became of the stack.
        queue: the executor's queue; changed in place.
        losses: how many workers died with each stack so far; changed in place.
    """
    if done.curves is not None:
        return done.curves
    ids = tuple(trial.id for trial in done.stack.trials)
    losses[ids] = losses.get(ids, 0) + done.lost
    if len(ids) == 1:
        if not done.lost or losses[ids] >= LOSSES:
            return [Curves(id=ids[0], signals={}, message=done.error, wall_seconds=done.seconds)]
        queue.appendleft(done.stack)
    elif done.lost and losses[ids] < 2:
        queue.appendleft(done.stack)
    else:
        half = len(ids) // 2
        for part in (done.stack.trials[half:], done.stack.trials[:half]):
            losses[tuple(trial.id for trial in part)] = int(done.lost)
            queue.appendleft(dataclasses.replace(done.stack, trials=part))
    return ()


def start_over_text(done: Done) -> str:
    """Say that a stack is trained again, what that costs, and why.

    Examples:
        >>> from types import SimpleNamespace as Made
        >>> start_over_text(Made(stack=Made(trials=[0, 1]), error="worker died (signal 9).", seconds=12.3))
        'Training 2 trials again (12 s lost): worker died (signal 9)'
    """
    count = len(done.stack.trials)
    lost = f" ({done.seconds:,.0f} s lost)" if done.seconds >= 1 else ""
    cause = (done.error.splitlines() or [""])[0].rstrip(".")
    return f"Training {count} trial{'s' if count > 1 else ''} again{lost}: {cause}"

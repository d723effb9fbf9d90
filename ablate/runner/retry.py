"""What to do with a stack that brought no curves: run it again, or its halves, until the culprit is alone."""

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
"""Workers lost with a stack, by the ids of its trials."""


def settle(done: Done, queue: deque[Stack], losses: Losses) -> Sequence[Curves]:
    """The curves of a stack, if it has some or none will ever come; else nothing, and the queue has it again in front.

    A stack that raised or took too long is split at once; one whose worker died is run again as it is, since the worker
    may have been killed from outside, and split when that happens twice. Halves keep their stack's slots, so bits do
    not change.

    Args:
        done: what the executor said.
        queue: the executor's queue; extended in place.
        losses: what the last calls have counted; updated in place.
    """
    if done.curves is not None:
        return done.curves
    key = tuple(trial.id for trial in done.stack.trials)
    losses[key] = losses.get(key, 0) + done.lost
    if len(key) == 1:
        if not done.lost or losses[key] >= LOSSES:
            return [Curves(id=key[0], signals={}, message=done.error, wall_seconds=done.seconds)]
        queue.appendleft(done.stack)
    elif done.lost and losses[key] < 2:
        queue.appendleft(done.stack)
    else:
        half = len(key) // 2
        for part in (done.stack.trials[half:], done.stack.trials[:half]):
            losses[tuple(trial.id for trial in part)] = int(done.lost)
            queue.appendleft(dataclasses.replace(done.stack, trials=part))
    return ()


def again(done: Done) -> str:
    """What is said of a stack that goes back into the queue: nothing of it is lost but time.

    Examples:
        >>> from types import SimpleNamespace as Made
        >>> again(Made(stack=Made(trials=[0, 1]), error="worker died (signal 9).", seconds=12.3))
        'Starting 2 trials over (12 s lost): worker died (signal 9)'
    """
    count = len(done.stack.trials)
    lost = f" ({done.seconds:,.0f} s lost)" if done.seconds >= 1 else ""
    cause = (done.error.splitlines() or [""])[0].rstrip(".")
    return f"Starting {count} trial{'s' if count > 1 else ''} over{lost}: {cause}"

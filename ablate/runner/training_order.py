"""Order a sweep's trials: rounds of whole seed blocks (all trials of a seed), with stacks in random order in a round.

Whenever a sweep is stopped, its trained trials are a fair sample: at the end of every round each setting has been
trained with the same seeds, and within a round the order is random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ablate.core.study import Trial

if TYPE_CHECKING:
    from ablate.engine.program import Stack

PADDING = 0.05
"""A round takes the fewest seed blocks at which at most this share of all slots holds no trial of its own."""

STREAM = 301

StacksOf = Callable[[Iterable[Trial]], "list[Stack]"]
"""Trials -> stacks (`ablate.engine.program.stacks`)."""


def order(trials: Sequence[Trial], stacks_of: StacksOf) -> list[Stack]:
    """Return the trials as stacks in the order to train them; equal arguments give an equal order.

    Args:
        trials: the trials to train.
        stacks_of: packs trials into stacks.
    """
    blocks: dict[int, list[Trial]] = {}
    for trial in trials:
        blocks.setdefault(trial.seed, []).append(trial)
    result: list[Stack] = []
    for number, members in enumerate(_rounds(list(blocks.values()), stacks_of)):
        stacks = stacks_of(members)
        shuffled = np.random.Generator(np.random.PCG64([STREAM, number])).permutation(len(stacks))
        result += [stacks[index] for index in shuffled]
    return result


def _rounds(blocks: Sequence[list[Trial]], stacks_of: StacksOf) -> Iterator[list[Trial]]:
    """Join seed blocks into rounds that fill their stacks well."""
    size = _blocks_in_a_round(stacks_of(blocks[0]), len(blocks)) if blocks else 1
    for first in range(0, len(blocks), size):
        yield [trial for block in blocks[first : first + size] for trial in block]


def _blocks_in_a_round(stacks: Sequence[Stack], blocks: int) -> int:
    """Return the fewest seed blocks in a round at which rounds waste few slots; if all waste more, the best number.

    Args:
        stacks: the stacks of one seed block.
        blocks: how many seed blocks there are.
    """

    def used(size: int) -> int:
        return sum(-(-size * len(stack.trials) // stack.slots) * stack.slots for stack in stacks)

    trials = blocks * sum(len(stack.trials) for stack in stacks)
    least, best = math.inf, 1
    for size in range(1, blocks + 1):
        slots = blocks // size * used(size) + used(blocks % size)
        if trials >= (1 - PADDING) * slots:
            return size
        if slots < least:
            least, best = slots, size
    return best

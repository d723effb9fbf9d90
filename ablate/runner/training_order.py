"""Order a sweep's trials: rounds of whole seed blocks (all trials of a seed), with stacks in random order in a round.

Whenever a sweep is stopped, its trained trials are a fair sample: at the end of every round each setting has been
trained with the same seeds, and within a round the order is random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ablate.core.study import Trial

if TYPE_CHECKING:
    from ablate.engine.program import Stack

WASTE = 1.10
"""A round takes the fewest seed blocks that use at most this many times the slots a block of the best number."""

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
    """Return the smallest number of seed blocks that uses nearly as few slots a block as the best number.

    Args:
        stacks: the stacks of one seed block.
        blocks: how many seed blocks there are.
    """
    slots = [
        sum(-(-size * len(stack.trials) // stack.slots) * stack.slots for stack in stacks) / size
        for size in range(1, blocks + 1)
    ]
    return next(size for size, used in enumerate(slots, 1) if used <= WASTE * min(slots))

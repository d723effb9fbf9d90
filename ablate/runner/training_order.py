"""Order a sweep's trials: rounds of whole seed blocks (all trials of a seed), program by program in a round.

At the end of every round each setting has been trained with the same seeds. Within a round programs are in random
order, and so are the stacks of a program: which settings a stopped sweep lacks depends on no result.

A worker that changes its program compiles it or loads it, and after a few programs it is replaced, because it cannot
give their memory back. In a large grid this took ten times as long as training while the stacks of a round were in
random order. So the stacks of a program follow each other, and a round of many programs has many stacks of each.
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

FEW_PROGRAMS = 4
"""So many programs two workers hold without being replaced: going from one to another costs little."""

STACKS = 24
"""A round of more programs takes as many seed blocks as give each program so many stacks on average: their training
takes some ten times as long as loading the program."""

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
        programs: dict[str, list[Stack]] = {}
        for stack in stacks_of(members):
            programs.setdefault(stack.program, []).append(stack)
        random = np.random.Generator(np.random.PCG64([STREAM, number]))
        groups = list(programs.values())
        for group in (groups[index] for index in random.permutation(len(groups))):
            result += [group[index] for index in random.permutation(len(group))]
    return result


def _rounds(blocks: Sequence[list[Trial]], stacks_of: StacksOf) -> Iterator[list[Trial]]:
    """Join seed blocks into rounds that fill their stacks well and change programs seldom."""
    size = _blocks_in_a_round(stacks_of(blocks[0]), len(blocks)) if blocks else 1
    last = max(0, len(blocks) // size - 1) * size  # a few blocks that are left over are no round of their own
    for first in range(0, last + 1, size):
        yield [trial for block in blocks[first : first + size if first < last else None] for trial in block]


def _blocks_in_a_round(stacks: Sequence[Stack], blocks: int) -> int:
    """Return the fewest seed blocks in a round at which rounds waste few slots and change programs seldom.

    If all numbers waste more than PADDING, it wastes least among the numbers that change programs seldom.

    Args:
        stacks: the stacks of one seed block.
        blocks: how many seed blocks there are.
    """

    def used(size: int) -> int:
        return sum(-(-size * len(stack.trials) // stack.slots) * stack.slots for stack in stacks)

    programs = len({stack.program for stack in stacks})

    def seldom(size: int) -> bool:
        in_a_round = sum(-(-size * len(stack.trials) // stack.slots) for stack in stacks)
        return programs <= FEW_PROGRAMS or in_a_round >= STACKS * programs or size == blocks

    trials = blocks * sum(len(stack.trials) for stack in stacks)
    least, best = math.inf, 1
    for size in filter(seldom, range(1, blocks + 1)):
        slots = blocks // size * used(size) + used(blocks % size)
        if trials >= (1 - PADDING) * slots:
            return size
        if slots < least:
            least, best = slots, size
    return best

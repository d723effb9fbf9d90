"""The order in which a sweep trains: rounds of whole seed blocks, random by stack within a round.

Whatever part of a sweep has been run is then a fair sample: at the end of every round each setting has been tried with
the same seeds, and within a round no program comes before another on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ablate.core.study import Trial

if TYPE_CHECKING:
    from ablate.engine.program import Stack

WASTE = 1.10
"""Rounds are as short as they can be while they use at most so many times the slots that one long round would."""

STREAM = 301


def order(trials: Sequence[Trial], stacks_of: Callable[[Iterable[Trial]], list[Stack]]) -> list[Stack]:
    """The trials as stacks in the order to train them; the same order every time.

    Args:
        trials: the trials to train.
        stacks_of: trials -> stacks (`ablate.engine.program.stacks`).
    """
    import numpy as np

    blocks: dict[int, list[Trial]] = {}
    for trial in trials:
        blocks.setdefault(trial.seed, []).append(trial)
    result: list[Stack] = []
    for number, members in enumerate(_rounds(list(blocks.values()), stacks_of)):
        found = stacks_of(members)
        places = np.random.Generator(np.random.PCG64([STREAM, number])).permutation(len(found))
        result += [found[place] for place in places]
    return result


def _rounds(
    blocks: Sequence[list[Trial]], stacks_of: Callable[[Iterable[Trial]], list[Stack]]
) -> Iterator[list[Trial]]:
    """The seed blocks in groups that fill their stacks well."""
    size = _size(stacks_of(blocks[0]), len(blocks)) if blocks else 1
    for first in range(0, len(blocks), size):
        yield [trial for block in blocks[first : first + size] for trial in block]


def _size(block: Sequence[Stack], blocks: int) -> int:
    """Seed blocks in a round, judged by the stacks of one block: slots used per block must be near their least."""
    slots = [
        sum(-(-size * len(stack.trials) // stack.slots) * stack.slots for stack in block) / size
        for size in range(1, blocks + 1)
    ]
    return next(size for size, used in enumerate(slots, 1) if used <= WASTE * min(slots))

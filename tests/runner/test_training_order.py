from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from ablate import configure, tasks
from ablate.core.study import Budget, Level, Setting, Trial
from ablate.design import designs
from ablate.engine import program
from ablate.engine.program import Stack
from ablate.runner import training_order


def trials(settings: int, seeds: int) -> list[Trial]:
    return [
        Trial(
            id=f"{setting:08x}{seed:08x}",
            setting=Setting((("number", Level(name=str(setting), params=setting)),)),
            seed=seed,
            task_hash="t",
            budget=Budget(),
        )
        for setting in range(settings)
        for seed in range(seeds)
    ]


def stacks_of(slots: int, programs: int = 1) -> object:
    def make(some: Iterable[Trial]) -> list[Stack]:
        groups: dict[str, list[Trial]] = {}
        for trial in some:
            groups.setdefault(str(trial.setting["number"].params % programs), []).append(trial)
        return [
            Stack(
                program=name,
                slots=slots,
                trials=tuple(members[first : first + slots]),
            )
            for name, members in groups.items()
            for first in range(0, len(members), slots)
        ]

    return make


@pytest.mark.parametrize(("settings", "seeds", "slots", "programs"), [(6, 20, 4, 3), (400, 20, 10, 6), (3, 7, 64, 1)])
def test_rounds_are_whole_seed_blocks_and_hold_every_trial_once(
    settings: int, seeds: int, slots: int, programs: int
) -> None:
    own = trials(settings, seeds)
    found = training_order.order(own, stacks_of(slots, programs))  # type: ignore[arg-type]
    flat = [trial for stack in found for trial in stack.trials]
    assert sorted(trial.id for trial in flat) == sorted(trial.id for trial in own)
    seen: dict[int, int] = {}
    ends = []
    for place, trial in enumerate(flat, 1):
        seen[trial.seed] = seen.get(trial.seed, 0) + 1
        if all(count == settings for count in seen.values()):
            ends.append(place)
    assert ends[-1] == len(own)
    blocks = {end // settings for end in ends}
    assert all(end % settings == 0 for end in ends)
    if (settings, slots) != (3, 64):
        assert len(blocks) > 1, "a sweep of many seeds must have several rounds"


def test_rounds_fill_their_stacks() -> None:
    own, make = trials(150, 20), stacks_of(64, 6)
    used = sum(stack.slots for stack in training_order.order(own, make))  # type: ignore[arg-type]
    least = sum(stack.slots for stack in make(own))  # type: ignore[operator]
    assert used <= 1.2 * least


@pytest.mark.parametrize(
    ("settings", "seeds", "slots", "programs"), [(150, 20, 64, 6), (400, 50, 10, 8), (64, 4, 4, 16)]
)
def test_programs_change_seldom(settings: int, seeds: int, slots: int, programs: int) -> None:
    own = trials(settings, seeds)
    found = training_order.order(own, stacks_of(slots, programs))  # type: ignore[arg-type]
    runs = len(list(itertools.groupby(found, key=lambda stack: stack.program)))
    assert runs == programs or len(found) >= training_order.STACKS * runs


def test_two_rounds_do_not_begin_with_the_same_program() -> None:
    found = training_order.order(trials(64, 40), stacks_of(1, 8))  # type: ignore[arg-type]
    order = [name for name, _ in itertools.groupby(found, key=lambda stack: stack.program)]
    assert len(order) > 8
    assert len({tuple(order[first : first + 8]) for first in range(0, len(order), 8)}) > 1


def test_the_order_is_random_by_stack_and_the_same_every_time() -> None:
    own, make = trials(64, 4), stacks_of(4)
    found = training_order.order(own, make)  # type: ignore[arg-type]
    assert found == training_order.order(own, make)  # type: ignore[arg-type]
    plain = [stack for seed in range(4) for stack in make([t for t in own if t.seed == seed])]  # type: ignore[operator]
    assert [stack.trials for stack in found] != [stack.trials for stack in plain]
    assert sorted(stack.trials[0].id for stack in found) == sorted(stack.trials[0].id for stack in plain)


def test_no_trials_are_no_stacks() -> None:
    assert training_order.order([], stacks_of(4)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("experiment", "programs"), [("bench_narrow", 4), ("bench", 4), ("blog", 28)])
def test_few_slots_of_our_own_grids_are_padding(experiment: str, programs: int) -> None:
    study = configure.compose([f"experiment={experiment}"])
    own = designs.trials(study, lambda params: tasks.load(params).hash)
    found = training_order.order(own, program.stacks)
    assert len({stack.program for stack in found}) <= programs
    assert len(own) >= 0.95 * sum(stack.slots for stack in found)

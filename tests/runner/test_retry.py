from __future__ import annotations

from collections import deque

from ablate.core.study import Budget, Setting, Trial
from ablate.engine.program import Stack
from ablate.executors import Done
from ablate.outcomes.curves import Curves
from ablate.runner.retry import LOSSES, Losses, settle


def stack(count: int) -> Stack:
    trials = [
        Trial(id=str(number), setting=Setting(()), seed=number, task_hash="t", budget=Budget())
        for number in range(count)
    ]
    return Stack(program="p", slots=8, trials=tuple(trials))


def drive(first: Stack, culprits: set[str], *, lost: bool) -> tuple[dict[str, str], int]:
    """Message by trial id, and how many stacks were run, with an executor whose stacks break on a culprit."""
    queue, losses, found, runs = deque([first]), Losses(), dict[str, str](), 0
    while queue:
        own = queue.popleft()
        runs += 1
        assert own.slots == first.slots
        if culprits & {trial.id for trial in own.trials}:
            done = Done(stack=own, error="it broke", lost=lost)
        else:
            done = Done(stack=own, curves=tuple(Curves(id=trial.id, signals={}) for trial in own.trials))
        for curves in settle(done, queue, losses):
            assert curves.id not in found
            found[curves.id] = curves.message
    return found, runs


def test_an_error_is_split_until_the_culprit_is_alone() -> None:
    found, runs = drive(stack(8), {"5"}, lost=False)
    assert found == {str(number): "it broke" if number == 5 else "" for number in range(8)}
    assert runs == 7


def test_two_culprits_of_an_odd_stack() -> None:
    found, _ = drive(stack(7), {"0", "6"}, lost=False)
    assert {name for name, message in found.items() if message} == {"0", "6"}
    assert len(found) == 7


def test_a_deadly_trial_ends_alone_after_bounded_tries() -> None:
    found, runs = drive(stack(8), {"2"}, lost=True)
    assert {name for name, message in found.items() if message} == {"2"}
    assert len(found) == 8
    assert runs <= 2 + 2 * 3 + LOSSES


def test_one_loss_is_no_reason_to_split() -> None:
    queue, losses = deque[Stack](), Losses()
    assert settle(Done(stack=stack(4), error="killed", lost=True), queue, losses) == ()
    assert list(queue) == [stack(4)]
    assert settle(Done(stack=stack(4), error="killed", lost=True), queue, losses) == ()
    assert [len(each.trials) for each in queue] == [2, 2, 4]

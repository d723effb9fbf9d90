from __future__ import annotations

import math
import os
import time
from collections import deque
from pathlib import Path

import pytest

from ablate import configure, tasks
from ablate.core.study import Execution
from ablate.design import designs
from ablate.engine.program import Stack, stacks
from ablate.executors import Done, limits, local, worker_processes
from ablate.executors.limits import Limits
from tests import fake_engine
from tests.executors.test_local import ids, stack


def run(own: Limits, *stacks: Stack, train: object, workers: int = 1) -> dict[int, Done]:
    """What became of each stack, by the seed of its first trial."""
    with worker_processes.start_crew(workers, limits=own) as members:
        drained = local.drain(members, deque(stacks), train)  # type: ignore[arg-type]
        return {done.stack.trials[0].seed: done for done in drained}


def test_a_stack_that_hangs_is_given_up_and_the_others_go_on() -> None:
    own = Limits(seconds=lambda stack: 1.0 if len(stack.trials) == 1 else 100.0)
    began = time.monotonic()
    found = run(own, stack(1), stack(2), stack(3, 4), train=fake_engine.train_but_seed_1_hangs)
    assert time.monotonic() - began < 20
    assert found[1].error == "the worker took longer than 1 seconds (`patience`)"
    assert not found[1].lost, "it is split at once: the same again would hang again"
    assert 1.0 <= found[1].seconds < 4.0
    assert ids(found[2]) == [f"{2:016x}"]
    assert len(ids(found[3])) == 2


def test_a_worker_that_swallows_memory_is_ended_long_before_the_machine_is() -> None:
    found = run(Limits(megabytes=400.0), stack(1), stack(2), train=fake_engine.train_but_seed_1_swallows)
    assert "MB of memory, more than 400 (`memory`)" in found[1].error
    assert found[1].lost, "the worker may have held it from before: the stack is tried again"
    assert float(found[1].error.split()[3].replace(",", "")) < 3000
    assert ids(found[2]) == [f"{2:016x}"]


def test_a_worker_that_programs_fill_is_replaced_between_two_stacks() -> None:
    stacks = [stack(number, program=f"p{number // 2}") for number in range(24)]
    found = run(Limits(megabytes=500.0), *stacks, train=fake_engine.train_and_keep_programs)
    assert all(done.curves for done in found.values()), [done.error for done in found.values()]
    told = [done.curves[0].message.split() for done in found.values() if done.curves]
    held: dict[str, int] = {}
    for pid, megabytes in told:
        held[pid] = max(held.get(pid, 0), int(megabytes))
    assert 2 <= len(held) <= 6, "12 programs of 60 MB: several workers, each with several of them"
    assert max(held.values()) < 500
    assert min(held.values()) > 60


def test_no_worker_gathers_programs_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "held_megabytes", lambda _: 701.0)
    assert limits.is_full(Limits(), 1)
    assert limits.is_full(Limits(megabytes=100_000.0), 1)
    monkeypatch.setattr(limits, "held_megabytes", lambda _: 699.0)
    assert not limits.is_full(Limits(), 1)
    assert limits.is_full(Limits(megabytes=1_160.0), 1)


def test_one_program_that_fills_a_worker_is_no_reason_for_another() -> None:
    stacks = [stack(number) for number in range(6)]
    found = run(Limits(megabytes=120.0), *stacks, train=fake_engine.train_and_keep_programs)
    told = [done.curves[0].message.split() for done in found.values() if done.curves]
    assert len(told) == 6
    assert len({pid for pid, _ in told}) == 1
    assert {limits.FULL * 120 < int(held) < 120 for _, held in told} == {True}, "it would be full"


def test_time_in_which_the_parent_stood_still_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(local.time, "monotonic", lambda: moment[0])
    asked: list[float] = []

    monkeypatch.setattr(limits, "excess", lambda *given: asked.append(given[-1]) or ("", False))
    with worker_processes.start_crew(1) as own:
        own.members[0].given.append(stack(1))
        own.members[0].ready = True
        for moment[0] in (1.0, 1.1, 1.5, 3600.0, 3600.5):
            assert list(local._end_excess(own, deque())) == []
    assert asked == pytest.approx([1.0, 1.5, 3.5, 4.0])


def test_what_this_process_holds_is_seen() -> None:
    before = limits.held_megabytes(os.getpid())
    held = bytearray(b"1" * 64 * 2**20)
    assert 60 < limits.held_megabytes(os.getpid()) - before < 80
    assert len(held) == 64 * 2**20
    assert limits.held_megabytes(2**30) == 0.0


def test_a_container_may_be_smaller_than_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUPS", (tmp_path / "none", tmp_path / "max"))
    whole = limits.machine_megabytes()
    assert 100 < whole < math.inf
    (tmp_path / "max").write_text("max\n")
    assert limits.machine_megabytes() == whole
    (tmp_path / "max").write_text(f"{64 * 2**20}\n")
    assert limits.machine_megabytes() == 64.0


def test_what_is_asked_for_holds_and_else_the_machine_is_shared() -> None:
    own = limits.limits_of(Execution(memory=700, patience=9), workers=2)
    assert (own.megabytes, own.seconds(stack(1))) == (700.0, 9.0)
    shared = limits.limits_of(Execution(), workers=4)
    assert 4 * shared.megabytes == pytest.approx(limits.SHARE * limits.machine_megabytes())


def one(*overrides: str) -> Stack:
    study = configure.compose(["task=words", "seed=0", *overrides])
    (found,) = stacks(designs.trials(study, lambda params: tasks.load(params).hash))
    return found


def test_patience_is_generous_and_grows_with_the_work() -> None:
    small = limits.patience_for(one("width=16", "steps=20", "looks=2"))
    assert limits.LEAST_SECONDS < small < 2 * limits.LEAST_SECONDS + 200
    large = limits.patience_for(one("width=512", "steps=100000"))
    assert large > 10 * small
    alone = limits.patience_for(one("width=16", "steps=100000", "engine=reference"))
    assert alone > 2000 > limits.patience_for(one("width=16", "steps=20", "looks=2", "engine=reference"))

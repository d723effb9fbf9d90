from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from ablate.core.study import Budget, Execution, Setting, Trial
from ablate.engine import xla_flags
from ablate.engine.program import Stack
from ablate.executors import Done, local, pool, worker_processes
from ablate.outcomes.curves import Curves
from tests import fake_engine

ROOT = Path(__file__).parents[2]


def stack(*seeds: int, program: str = "p") -> Stack:
    budget = Budget(steps=4, looks=2)
    trials = [Trial(id=f"{seed:016x}", setting=Setting(()), seed=seed, task_hash="t", budget=budget) for seed in seeds]
    return Stack(program=program, slots=4, trials=tuple(trials))


def ids(done: Done) -> list[str]:
    assert done.curves is not None, done.error
    return [curves.id for curves in done.curves]


def test_every_stack_comes_back_once_with_its_own_curves() -> None:
    stacks = [stack(10 * number, 10 * number + 1) for number in range(12)]
    found = list(local.run(stacks, fake_engine.train, workers=2))
    assert sorted(ids(done) for done in found) == [[trial.id for trial in each.trials] for each in stacks]
    for done in found:
        assert done.curves is not None
        for trial, curves in zip(done.stack.trials, done.curves, strict=True):
            own = fake_engine.curves_of(trial)
            assert {k: v.tobytes() for k, v in curves.signals.items()} == {
                k: v.tobytes() for k, v in own.signals.items()
            }


def test_workers_are_few_lasting_processes_of_one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_theirs=1")
    before = dict(os.environ)
    found = list(local.run([stack(number) for number in range(8)], fake_engine.worker_facts, workers=2))
    seen = [done.curves[0].signature for done in found if done.curves]
    assert len(seen) == 8
    assert 1 <= len({each["pid"] for each in seen}) <= 2
    assert os.getpid() not in {each["pid"] for each in seen}
    assert {each["omp"] for each in seen} == {"1"}
    assert {each["xla"] for each in seen} == {" ".join([*xla_flags.OURS, "--xla_theirs=1"])}
    assert all(len(each["cores"]) == 1 and each["frozen"] > 0 for each in seen)
    assert dict(os.environ) == before


def test_temporary_files_of_workers_end_with_them() -> None:
    """TensorFlow writes a file for each function that it translates, and a worker ends by being killed."""
    with worker_processes.start_crew(1) as crew:
        folder = Path(crew.temporary)
        (done,) = local.drain(crew, [stack(0)], fake_engine.leaves_a_file)
        assert done.curves
        assert len(list(folder.glob("left-*"))) == 1
    assert not folder.exists()


def test_a_stack_that_raises_is_reported_and_the_others_go_on() -> None:
    stacks = [stack(number) for number in range(4)]
    found = {
        done.stack.trials[0].seed: done for done in local.run(stacks, fake_engine.train_but_seed_1_raises, workers=2)
    }
    assert sorted(found) == [0, 1, 2, 3]
    assert found[1].error == "ArithmeticError: seed 1 cannot be trained"
    assert found[1].curves is None
    assert not found[1].lost
    assert [bool(found[seed].curves) for seed in (0, 2, 3)] == [True] * 3


def test_errors_are_one_line_that_fits_a_table() -> None:
    (done,) = local.run([stack(0, 1)], fake_engine.train_with_a_long_coloured_error, workers=1)
    assert done.error.startswith("ValueError: slot 2 xxx")
    assert len(done.error) < 600


def test_a_worker_that_dies_costs_its_stack_alone() -> None:
    stacks = [stack(number) for number in range(6)]
    found = {
        done.stack.trials[0].seed: done for done in local.run(stacks, fake_engine.train_but_seed_1_kills, workers=2)
    }
    assert sorted(found) == list(range(6))
    assert found[1].lost
    assert "worker died (signal 9" in found[1].error
    assert [seed for seed, done in found.items() if done.lost] == [1]


def test_the_queue_may_grow_while_results_come() -> None:
    queue = deque([stack(0)])
    seen = []
    for done in local.run(queue, fake_engine.train, workers=1):
        seen.append(done.stack.trials[0].seed)
        if seen[-1] < 3:
            queue.append(stack(seen[-1] + 1))
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("train", "message"),
    [(fake_engine.train_others, "other trials"), (fake_engine.train_what_cannot_travel, "Can't")],
)
def test_answers_that_are_no_curves_are_errors(train: Callable[[Stack], list[Curves]], message: str) -> None:
    (done,) = local.run([stack(0, 1)], train, workers=1)
    assert message.lower() in done.error.lower() or "pickle" in done.error
    assert done.curves is None


@pytest.mark.parametrize("how", ["script", "stdin"])
def test_a_script_needs_no_main_guard_and_is_not_run_again(how: str, tmp_path: Path) -> None:
    code = """
from ablate.executors import local
from tests import fake_engine
from tests.executors.test_local import ids, stack
print("once", sorted(ids(done) for done in local.run([stack(1), stack(2)], fake_engine.train, workers=2)))
"""
    path = tmp_path / "script.py"
    path.write_text(code, encoding="utf-8")
    said = subprocess.run(
        [sys.executable, str(path) if how == "script" else "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout == f"once {[[f'{1:016x}'], [f'{2:016x}']]}\n"


def test_waiting_is_told() -> None:
    calls = []
    list(local.run([stack(0)], fake_engine.train_slowly, workers=1, on_wait=lambda: calls.append(time.monotonic())))
    assert calls


def test_a_worker_prefers_programs_it_has_compiled() -> None:
    own = worker_processes.Crew(members=[], warm="")
    one = worker_processes.Worker(number=0, process=None, pipe=None, programs={"a"})  # type: ignore[arg-type]
    two = worker_processes.Worker(number=1, process=None, pipe=None, programs={"b"})  # type: ignore[arg-type]
    own.members += [one, two]
    queue = deque([stack(0, program="b"), stack(1, program="c"), stack(2, program="a"), stack(3, program="b")])
    taken = []
    while queue:
        index = local._next(queue, own, one)
        taken.append(queue[index].trials[0].seed)
        del queue[index]
    assert taken == [2, 1, 0, 3]


def test_a_full_worker_is_replaced_only_before_a_program_that_it_has_not_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe = SimpleNamespace(send=lambda _: None)
    one = worker_processes.Worker(number=0, process=None, pipe=pipe, programs={"a"}, full=True)  # type: ignore[arg-type]
    two = worker_processes.Worker(number=1, process=None, pipe=pipe)  # type: ignore[arg-type]
    own = worker_processes.Crew(members=[one], warm="")
    replaced = []
    monkeypatch.setattr(local, "replace", lambda _, member: replaced.append(member) or two)
    queue = deque([stack(0, program="a"), stack(1, program="b"), stack(2, program="a")])
    local._feed(own, one, queue, fake_engine.train)
    assert [each.program for each in one.given] == ["a", "a"]
    one.given.popleft()
    local._feed(own, one, queue, fake_engine.train)
    assert ([each.program for each in queue], replaced) == (["b"], []), "it has not ended its stacks"
    one.given.popleft()
    local._feed(own, one, queue, fake_engine.train)
    assert replaced == [one]
    assert [each.program for each in two.given] == ["b"]


def wanted(warm: str) -> pool.Wanted:
    return pool.Wanted(execution=Execution(), workers=2, warm=warm, folder=Path("unused"))


def test_workers_that_are_forked_start_when_they_are_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    @contextmanager
    def crew(workers: int, **_: object) -> Iterator[str]:
        done.append(f"start {workers}")
        yield "crew"
        done.append("end")

    monkeypatch.setattr(local, "start_crew", crew)
    monkeypatch.setattr(local, "call", lambda members, function, *args: (members, function(*args)))
    monkeypatch.setattr("ablate.executors.fork_server.usable", lambda: True)
    monkeypatch.setattr("ablate.executors.fork_server.begin", lambda: done.append("load"))
    with local.pool(wanted("json")) as workers:
        assert (done, workers.width()) == (["load"], 2)
        assert workers.call(max, 3, 4) == workers.call(max, 4, 3) == ("crew", 4)
        assert done == ["load", "start 2"]
    assert done.pop() == "end"
    done.clear()
    with local.pool(wanted("json")):
        pass
    assert done == ["load"], "workers that nobody used were never started"
    done.clear()
    with local.pool(wanted("")):
        assert done == ["start 2"]


def test_an_idle_worker_gets_the_stack_that_another_has_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(fake_engine.TRACES, str(tmp_path))
    stacks = [stack(number) for number in range(4)]
    found = list(local.run(stacks, fake_engine.train_but_seed_0_waits_for_seed_1, workers=2))
    assert [done.error for done in found] == [""] * 4
    assert sorted(done.stack.trials[0].seed for done in found) == [0, 1, 2, 3]
    assert all(len(path.read_text().splitlines()) == 1 for path in tmp_path.iterdir()), "a trial was trained twice"


def test_the_parent_stays_light() -> None:
    code = (
        "import sys; from ablate.runner import sweep; from ablate.executors import local; "
        "print([name for name in ('tensorflow', 'pandas', 'pyarrow', 'scipy', 'sklearn') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"

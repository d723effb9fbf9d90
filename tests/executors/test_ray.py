"""The Ray executor on Ray's own cluster of several nodes on this machine, with nodes that die and nodes that come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd  # before `fake_sweep` restores the modules that were loaded
import pytest

from ablate import store
from ablate.core.errors import AblateError, LossCheckError
from ablate.core.study import Execution
from ablate.executors import Done, local
from ablate.executors import ray as executor
from ablate.executors.pool import Pool, Wanted, start
from tests import fake_engine, fake_sweep
from tests.executors import ray_here
from tests.executors.test_local import ids, stack

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)
WANTED = Wanted(execution=Execution(executor="ray"), workers=2, warm="", folder=ROOT)


SCRIPT = """
import sys
from pathlib import Path
from tests import fake_sweep

if __name__ == "__main__":
    summary, said = fake_sweep.swept(fake_sweep.study(Path(sys.argv[1]), "executor=ray", "seed=range(3)"))
    print(summary.kept, summary.planned)
"""


@pytest.mark.slow
def test_without_a_cluster_it_starts_one_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    script = tmp_path / "alone.py"
    script.write_text(SCRIPT)
    own = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"} | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env=own, capture_output=True, text=True, timeout=200
    )
    assert found.stdout.split()[-2:] == ["3", "3"], found.stderr[-2000:]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with ray_here.cluster() as own:
        yield own


@pytest.fixture
def nodes(cluster: Any) -> Iterator[list[Any]]:
    found = [cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)]
    yield found
    for node in list(cluster.worker_nodes):
        cluster.remove_node(node, allow_graceful=False)


@pytest.fixture
def pool(nodes: list[Any]) -> Iterator[Pool]:
    del nodes
    with start(WANTED) as own:
        yield own


def drained(own: Pool, stacks: list[Any], train: Any) -> list[Done]:
    return list(own.drain(deque(stacks), train))


@pytest.mark.slow
def test_every_stack_comes_back_once_with_the_local_executors_bits(pool: Pool) -> None:
    stacks = [stack(10 * number, 10 * number + 1) for number in range(12)]
    found = drained(pool, stacks, fake_engine.train)
    here = {tuple(ids(done)): done for done in local.run(stacks, fake_engine.train, workers=2)}
    assert sorted(tuple(ids(done)) for done in found) == sorted(here)
    for done in found:
        for one, other in zip(done.curves or (), here[tuple(ids(done))].curves or (), strict=True):
            assert {name: values.tobytes() for name, values in one.signals.items()} == {
                name: values.tobytes() for name, values in other.signals.items()
            }


@pytest.mark.slow
def test_work_is_spread_over_the_nodes_one_thread_each(pool: Pool) -> None:
    found = drained(pool, [stack(number) for number in range(8)], fake_engine.worker_facts_slowly)
    seen = [done.curves[0].signature for done in found if done.curves]
    assert len(seen) == 8
    assert len({each["pid"] for each in seen}) == 2
    assert os.getpid() not in {each["pid"] for each in seen}
    assert {each["omp"] for each in seen} == {"1"}
    assert pool.width() == 2


@pytest.mark.slow
def test_processes_are_replaced_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, nodes: list[Any]) -> None:
    del nodes
    monkeypatch.setattr(executor, "CALLS", 2)
    with start(WANTED) as own:
        found = list(own.drain(deque(stack(number) for number in range(12)), fake_engine.worker_facts))
    assert sorted(ids(done)[0] for done in found) == [f"{number:016x}" for number in range(12)]
    served = Counter(done.curves[0].signature["pid"] for done in found if done.curves)
    assert max(served.values()) == 2


@pytest.mark.slow
def test_errors_and_deaths_are_reported_and_the_others_go_on(pool: Pool) -> None:
    found = {
        done.stack.trials[0].seed: done
        for done in drained(pool, [stack(n) for n in range(4)], fake_engine.train_but_seed_1_raises)
    }
    assert found[1].error == "ArithmeticError: seed 1 cannot be trained"
    assert not found[1].lost
    assert [bool(found[seed].curves) for seed in (0, 2, 3)] == [True] * 3
    found = {
        done.stack.trials[0].seed: done
        for done in drained(pool, [stack(n) for n in range(4)], fake_engine.train_but_seed_1_kills)
    }
    assert [seed for seed, done in found.items() if done.lost] == [1]
    assert "worker died" in found[1].error
    (other,) = drained(pool, [stack(0, 1)], fake_engine.train_others)
    assert "other trials" in other.error


@pytest.mark.slow
def test_a_call_answers_or_raises_as_it_would_here(pool: Pool) -> None:
    assert pool.call(fake_engine.check_losses, [1, 2, 3]) == {"trials": 3}
    with pytest.raises(LossCheckError, match="agree on 2 trials"):
        pool.call(fake_engine.refuse_losses, [1, 2])
    with pytest.raises(AblateError, match="TypeError"):
        pool.call(fake_engine.check_losses, 5)
    with pytest.raises(AblateError, match="lost twice"):
        pool.call(fake_engine.die)


@pytest.mark.slow
def test_nodes_may_come_while_it_waits(cluster: Any) -> None:
    def come() -> None:
        if not cluster.worker_nodes:
            cluster.add_node(num_cpus=1)

    with start(WANTED) as own:
        patience = time.monotonic() + 60
        while own.width() > 1 and time.monotonic() < patience:  # Ray counts a node for a while after its death
            time.sleep(0.2)
        assert own.width() == 1
        found = list(own.drain(deque([stack(1), stack(2)]), fake_engine.train, on_wait=come))
        assert sorted(ids(done) for done in found) == [[f"{1:016x}"], [f"{2:016x}"]]
    for node in list(cluster.worker_nodes):
        cluster.remove_node(node, allow_graceful=False)


@pytest.mark.slow
def test_ctrl_c_stays_the_sweeps_own(nodes: list[Any]) -> None:
    del nodes
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    mine = signal.getsignal(signal.SIGTERM)
    try:
        with start(WANTED) as own:
            assert signal.getsignal(signal.SIGTERM) is mine
            calls: list[float] = []
            own.call(time.sleep, 1.2, on_wait=lambda: calls.append(time.monotonic()))
            assert calls
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_a_node_killed_in_mid_sweep_costs_its_stacks_in_flight_only(
    tmp_path: Path, cluster: Any, nodes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = ("loss=glob(*)", "optimizer=adam,sgd", "seed=range(40)")
    traces = tmp_path / "traces"
    traces.mkdir()
    monkeypatch.setenv(fake_engine.TRACES, str(traces))
    monkeypatch.setenv(fake_engine.SECONDS, "0.3")
    # Nodes hand on the surroundings they were started with.
    for node in nodes:
        cluster.remove_node(node, allow_graceful=False)
    first, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)

    def strike() -> None:
        while len(list(traces.iterdir())) < 200:
            time.sleep(0.05)
        cluster.remove_node(first, allow_graceful=False)

    threading.Thread(target=strike, daemon=True).start()
    summary, _ = fake_sweep.swept(fake_sweep.study(tmp_path / "ray", "executor=ray", *overrides))
    monkeypatch.delenv(fake_engine.TRACES)
    undisturbed, _ = fake_sweep.swept(fake_sweep.study(tmp_path / "local", *overrides))
    assert summary.kept == summary.planned == undisturbed.planned
    assert not summary.failures
    times = Counter(len(path.read_text().split()) for path in traces.iterdir())
    assert times[1] + times[2] == summary.planned
    assert 0 <= times[2] <= 2 * 64, "a node had at most one stack in training, and one whose result was on it"
    one, other = (
        store.read_states(tmp_path / kind / "fake").drop(columns=["wall_seconds"]) for kind in ("ray", "local")
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead:
        """A Ray that finds no cluster at the address it was given."""

        @staticmethod
        def init(**_: object) -> None:
            raise ConnectionError("nobody at 10.0.0.1")

    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(AblateError, match=r"RAY_ADDRESS\. Received: nobody at 10\.0\.0\.1"):
        executor._join(Dead, 2)

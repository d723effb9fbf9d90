from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path

import pytest

from ablate.core.errors import AblateError, LossCheckError, PatienceError
from ablate.executors import fork_server, local, worker_processes
from tests import fake_engine
from tests.executors.test_local import ids, stack

ROOT = Path(__file__).parents[2]


def test_workers_that_cannot_start_are_an_error_that_says_so() -> None:
    with pytest.raises(AblateError, match="no_such_module"):
        list(local.run([stack(0)], fake_engine.train, workers=1, warm="no_such_module"))


def test_a_call_answers_or_raises_as_it_would_here() -> None:
    with worker_processes.start_crew(1) as own:
        assert worker_processes.call(own, fake_engine.check_losses, [1, 2, 3]) == {"trials": 3}
        with pytest.raises(LossCheckError, match="agree on 2 trials"):
            worker_processes.call(own, fake_engine.refuse_losses, [1, 2])
        with pytest.raises(AblateError, match="TypeError"):
            worker_processes.call(own, fake_engine.check_losses, 5)
        with pytest.raises(AblateError, match=r"must survive `die`\. It was lost twice: worker died \(signal 9"):
            worker_processes.call(own, fake_engine.die)
        assert [ids(done) for done in local.drain(own, [stack(7)], fake_engine.train)] == [[stack(7).trials[0].id]]


def test_a_worker_whose_call_is_given_up_is_replaced() -> None:
    def give_up() -> None:
        raise PatienceError("long enough")

    with worker_processes.start_crew(1) as own:
        before = own.members[0].process.pid
        with pytest.raises(PatienceError, match="long enough"):
            worker_processes.call(own, fake_engine.check_for_ever, [], on_wait=give_up)
        assert own.members[0].process.pid != before
        (done,) = local.drain(own, deque([stack(1)]), fake_engine.train)
        assert ids(done) == [f"{1:016x}"]


SCRIPT = """
from ablate.executors import fork_server, worker_processes
import sys, time

fork_server.PRELOADED = "json"

if __name__ == "__main__":
    with worker_processes.start_crew(2, warm="json" if sys.argv[1] == "forked" else "") as own:
        for member in own.members:
            member.pipe.send((time.sleep, (1000,)))
        print(*(member.process.pid for member in own.members), flush=True)
        time.sleep(1000)
"""


@pytest.fixture
def parent(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, str(script), request.param], stdout=subprocess.PIPE, text=True, env=environment
    )
    yield process
    process.kill()
    process.communicate()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("parent", ["spawned", "forked"], indirect=True)
def test_workers_die_with_a_killed_parent(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    parent.kill()
    end = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


LOADED = """
import os, tempfile, numpy
os.environ["LEFT"] = "over"
tempfile.tempdir = "/stale"
numpy.random.seed(1)
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fork server of this test alone, which has read its environment and left something in it."""
    (tmp_path / "loaded_here.py").write_text(LOADED)
    stop = forkserver._forkserver._stop  # type: ignore[attr-defined]
    stop()
    monkeypatch.setattr(fork_server, "PRELOADED", "loaded_here")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    yield
    stop()


@pytest.mark.usefixtures("server")
def test_a_worker_that_is_forked_is_like_a_spawned_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "before")
    with worker_processes.start_crew(2) as others:
        spawned = worker_processes.call(others, fake_engine.surroundings)
    with worker_processes.start_crew(2, warm="json") as own:
        forked = [worker_processes.call(own, fake_engine.surroundings)]
        monkeypatch.setenv("MINE", "after")
        worker_processes.replace(own, own.members[0])
        forked.append(worker_processes.call(own, fake_engine.surroundings))
        for mine, seen in zip(("before", "after"), forked, strict=True):
            variables = {name: spawned["variables"][name] for name in seen["variables"]}  # C libraries add some
            variables["TMPDIR"] = seen["variables"]["TMPDIR"]
            assert seen["variables"] == {**variables, "MINE": mine}
            assert {name: seen[name] for name in ("cores", "blocked", "folder")} == {
                name: spawned[name] for name in ("cores", "blocked", "folder")
            }
            assert seen["temporary"] == own.temporary
            assert seen["parent"] != spawned["parent"] == os.getpid()
        for name in ("drawn", "drawn by NumPy"):
            assert len({seen[name] for seen in forked}) == 2, "each draws random numbers of its own"
        with pytest.raises(AblateError, match=r"worker died \(signal 9"):
            worker_processes.call(own, fake_engine.die)


def test_what_loads_nothing_is_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not worker_processes.forks("")
    assert worker_processes.forks("json") == (sys.platform == "linux")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not worker_processes.forks("json")


@pytest.mark.skipif(sys.platform != "linux", reason="only there workers are forked")
def test_a_signal_ends_the_wait_for_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fork_server, "wait", interrupted)  # while a worker starts, signals are blocked
    with pytest.raises(KeyboardInterrupt), worker_processes.start_crew(2, warm="json"):
        pass

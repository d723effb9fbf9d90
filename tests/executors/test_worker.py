from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ablate.core.errors import ConfigError, LevelError
from ablate.executors import worker


def test_surroundings_leave_environment_and_script_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    script = sys.modules["__main__"]
    before = dict(os.environ), getattr(script, "__file__", None), script.__spec__
    with worker.surroundings("elsewhere"):
        assert os.environ["TMPDIR"] == "elsewhere"
        assert (os.environ["OMP_NUM_THREADS"], os.environ["TF_NUM_INTEROP_THREADS"]) == ("1", "1")
        assert script.__spec__ is None
        assert not hasattr(script, "__file__")
    assert before == (dict(os.environ), getattr(script, "__file__", None), script.__spec__)


def test_only_errors_of_this_package_travel_as_they_are() -> None:
    ours = ConfigError("no such level")
    assert worker.portable_error(ours) is ours
    assert worker.portable_error(ValueError("x")) == "ValueError: x"
    assert worker.portable_error(LevelError("the level raised")) == "the level raised"


def test_workers_go_before_their_parent_when_memory_runs_out() -> None:
    code = (
        "from pathlib import Path\nfrom ablate.executors import worker\n"
        "worker._die_before_parent_when_memory_runs_out()\n"
        "print(Path('/proc/self/oom_score_adj').read_text())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if not Path("/proc/self/oom_score_adj").exists():
        pytest.skip("no such score on this system")
    assert int(found.stdout) >= 500


def test_two_threads_that_start_workers_leave_no_variable_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    begun = threading.Event()

    def first() -> None:
        with worker.surroundings("one"):
            begun.set()
            time.sleep(0.1)

    def second() -> None:
        begun.wait()
        with worker.surroundings("two"):
            one.join()

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    two.start()
    two.join()
    assert "XLA_FLAGS" not in os.environ

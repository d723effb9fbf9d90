from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ablate.core.errors import StoreError
from ablate.runner import lock

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from ablate.runner import lock
with lock.lock(Path(sys.argv[1])):
    (Path(sys.argv[1]) / "held").touch()
    time.sleep(1000)
"""


def test_a_lock_waits_and_dies_with_its_owner(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT)
    while not (tmp_path / "held").exists():
        time.sleep(0.02)
    told: list[float] = []
    threading.Timer(0.5, holder.kill).start()
    with lock.lock(tmp_path, lambda: told.append(time.monotonic())):
        assert holder.wait(timeout=5) == -signal.SIGKILL
    assert len(told) == 1


def test_a_folder_made_for_the_lock_alone_goes_with_it(tmp_path: Path) -> None:
    with lock.lock(tmp_path / "results" / "s"):
        assert (tmp_path / "results" / "s" / ".lock").exists()
    assert not (tmp_path / "results" / "s").exists()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    with lock.lock(tmp_path / "kept"):
        pass
    assert (tmp_path / "kept" / "file").exists()


def test_never_two_holders_while_owners_remove_the_folder(tmp_path: Path) -> None:
    inside, most = [0], [0]

    def work() -> None:
        for _ in range(20):
            with lock.lock(tmp_path / "s"):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert not (tmp_path / "s").exists()


def test_a_folder_may_vanish_while_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, before = Path.mkdir, [FileNotFoundError(), FileExistsError()]

    def mkdir(path: Path, *args: Any, **kwargs: Any) -> None:
        if before:
            raise before.pop()
        made(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with lock.lock(tmp_path / "s"):
        assert (tmp_path / "s" / ".lock").exists()
    assert not before


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="must be writable"), lock.lock(tmp_path / "file" / "s"):
        pass


def test_a_folder_of_the_system_is_said_and_not_waited_for() -> None:
    with pytest.raises(StoreError, match="must be writable"), lock.lock(Path("/proc/x")):
        pass

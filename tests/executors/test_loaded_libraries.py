from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.executors.test_worker_processes import alive

ROOT = Path(__file__).parents[2]

SCRIPT = """
from multiprocessing import forkserver
from ablate.executors import fork_server
import time

if __name__ == "__main__":
    fork_server.begin()
    print(forkserver._forkserver._forkserver_pid, flush=True)
    time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a process with its parent")
def test_the_server_does_not_outlive_a_parent_that_ends_while_libraries_load(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        maps = Path(f"/proc/{server}/maps")
        while "libtensorflow" not in maps.read_text():  # loading goes on for seconds
            time.sleep(0.01)
        parent.kill()
        parent.wait()
        time.sleep(0.3)
        assert not alive(server)

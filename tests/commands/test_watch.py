from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.synthetic import LOSS, build, factor, study


def test_watch_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    build(tmp_path, study(name="one", factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=()))
    words = [sys.executable, "-m", "ablate.commands.main", "watch", "one", f"results_dir={tmp_path}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address, line
            with urllib.request.urlopen(address[0], timeout=60) as answer:  # noqa: S310
                assert "All 9 planned trials are here: 3 settings" in answer.read().decode()
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ablate.core import half_written


def test_what_ended_processes_of_this_machine_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    begin = half_written.temporary(tmp_path / "x").name.removesuffix(f"{os.getpid()}-x")
    (tmp_path / f"{begin}{ended.pid}-report" / "figures").mkdir(parents=True)
    for name in (f"{begin}{ended.pid}-manifest.json", f"{begin}{os.getpid()}-of-a-process-of-the-same-id"):
        (tmp_path / name).touch()
    kept = {f".writing-elsewhere-{ended.pid}-a", f"{begin}{os.getppid()}-b", f"{begin}x-c", "writing", "report"}
    for name in kept:
        (tmp_path / name).touch()
    half_written.remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == kept
    half_written.remove_leftovers(tmp_path / "no such folder")

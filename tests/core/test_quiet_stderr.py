"""A process that loads TensorFlow writes only what matters to its standard error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def said(code: str) -> tuple[int, str]:
    """Run the code in a process; return its exit status and standard error."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_tensorflow_is_loaded_without_a_word() -> None:
    assert said("import ablate.engine.runtime") == (0, "")


def test_a_users_script_loads_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import keras\n", encoding="utf-8")
    code = f"from ablate.engine.as_is import script; script.load({str(tmp_path / 'mine.py')!r})"
    assert said(code) == (0, "")


HELD = """
import os
from ablate.core import quiet_stderr
with quiet_stderr.without_chatter():
    os.write(2, b"I0000 00:00:1.2 3 port.cc:153] chatter\\nE0000 a library is broken\\n")
    END
print("after", file=__import__("sys").stderr)
"""


def test_other_lines_are_handed_on() -> None:
    assert said(HELD.replace("END", "pass")) == (0, "E0000 a library is broken\nafter\n")


def test_an_exception_shows_every_line() -> None:
    status, text = said(HELD.replace("END", "raise ImportError('no library')"))
    assert status == 1
    assert text.startswith("I0000 00:00:1.2 3 port.cc:153] chatter\nE0000 a library is broken\nTraceback")


def test_a_process_without_standard_error_loads_it_too() -> None:
    assert said("import os, sys; os.close(2); import ablate.engine.runtime; sys.exit(7)")[0] == 7

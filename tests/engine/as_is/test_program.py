"""A builder reaches another process whatever module it was loaded from."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.engine.as_is import program
from ablate.engine.as_is.program import Program, Rows

ROWS = Rows(x=np.zeros((4, 2)), y=np.zeros(4), x_val=np.zeros((1, 2)), y_val=np.zeros(1))
ELSEWHERE = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')).builder())"


def elsewhere(builder: Callable[..., Any], folder: Path) -> str:
    """What the builder returns in another process."""
    program.save(Program(builder=builder, rows=ROWS), folder / "p.pkl")
    line = [sys.executable, "-c", ELSEWHERE, str(folder / "p.pkl")]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()


def test_a_module_that_no_other_process_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text("SIZE = 3\ndef part(): return SIZE\ndef make_model(): return part() + 1\n")
    spec = importlib.util.spec_from_file_location("mine_elsewhere", tmp_path / "mine.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "mine_elsewhere", module)
    spec.loader.exec_module(module)
    assert elsewhere(module.make_model, tmp_path) == "4"


def test_a_builder_of_a_function(tmp_path: Path) -> None:
    size = 5
    assert elsewhere(lambda: size, tmp_path) == "5"


def test_what_cannot_be_sent_is_said(tmp_path: Path) -> None:
    lock = Lock()
    with pytest.raises(ConfigError, match=r"It cannot be sent: .*Move it to a file"):
        program.save(Program(builder=lambda: lock, rows=ROWS), tmp_path / "p.pkl")


def test_a_builder_that_is_not_there_is_told_without_running_anything(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("raise SystemExit\ndef make_model(): ...\n")
    program.check(f"{tmp_path}/net.py:make_model")
    program.check("json:anything")
    for name, word in (("net.py:make_modle", "make_model"), ("other.py:make", "Python script")):
        with pytest.raises(ConfigError, match=word):
            program.check(f"{tmp_path}/{name}")
    with pytest.raises(ConfigError, match="no module 'nope'"):
        program.check("nope.inner:make")
    with pytest.raises(ConfigError, match="must be named"):
        program.check("make_model")


def test_a_module_of_the_working_folder_goes_before_an_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, installed = tmp_path / "here", tmp_path / "installed"
    for folder, size in ((here, 1), (installed, 2)):
        folder.mkdir()
        (folder / "mine_in_two_folders.py").write_text(f"def make_model(): return {size}\n")
    monkeypatch.chdir(here)
    for first in (program.check, program.builder):
        monkeypatch.setattr(sys, "path", [str(installed), *filter(None, sys.path)])
        first("mine_in_two_folders:make_model")
        assert program.builder("mine_in_two_folders:make_model")() == 1
        assert sys.path.count("") == 1
        del sys.modules["mine_in_two_folders"]
        program.builder.cache_clear()

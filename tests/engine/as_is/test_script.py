"""A script's functions are loaded, and its training is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.core.errors import ConfigError
from ablate.engine.as_is import program, script


def written(folder: Path, text: str) -> str:
    path = folder / f"mine{abs(hash(text))}.py"
    path.write_text(text)
    return str(path)


def test_statements_that_train_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "import math\nSIZE = 3\ndef make_model(): return SIZE\nmodel = make_model()\nhistory = model.fit(1)\n"
        "best = history.history\nfor _ in range(2): print('no')\nif __name__ == '__main__': raise SystemExit\n",
    )
    names = script.load(path)
    assert names["make_model"]() == 3
    assert "history" not in names
    assert program.builder(f"{path}:make_model")() == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def make_model(:", "It cannot be read: SyntaxError"),
        ("x = missing_name\n", "Line 1 of .* raises NameError"),
        ("x = 1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_what_is_wrong_with_a_script_is_said(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        script.load(written(tmp_path, text))


def test_a_misspelt_builder_names_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, "def make_model(): pass\n")
    with pytest.raises(ConfigError, match="Did you mean 'make_model'"):
        program.builder(f"{path}:make_modl")
    with pytest.raises(ConfigError, match="must be named"):
        program.builder("make_model")
    with pytest.raises(ConfigError, match="It cannot be read"):
        program.builder(f"{tmp_path}/none.py:make_model")


def test_a_scripts_functions_are_read_without_running_it(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("import os as system\nraise SystemExit\ndef make():\n    inner = 1\nother = make\n")
    assert script.functions(str(path)) == (["system", "make", "other"], True)
    path.write_text("from net import *\n")
    assert script.functions(str(path)) == (["*"], False)

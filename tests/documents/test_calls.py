"""Every documented command is a call of the Python API that gives an equal study."""

from __future__ import annotations

import dataclasses
import importlib
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ablate import configure
from ablate.commands import seed_study
from ablate.configure import python_values
from ablate.try_remedies import attempt, program_words

ROOT = Path(__file__).parents[2]
OPTIONS = {"plan": {"rate", "pilot"}}
"""Keywords of a function that are no key of a study."""


def documented() -> list[tuple[str, ...]]:
    """Every command line of `ablate` in a code block of README and docs.

    The commands of extend.md need what its steps add; `tests/documents/test_extend.py` runs them.
    """
    lines = []
    for path in (
        ROOT / "README.md",
        *sorted({*(ROOT / "docs").rglob("*.md")} - {ROOT / "docs" / "how_to" / "extend.md"}),
    ):
        for block in re.findall(r"^```.*?\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            lines += re.findall(r"^ablate +((?:plan|sweep|search|try|rates|luck) .*)$", block, re.MULTILINE)
    return sorted({tuple(shlex.split(line, comments=True)) for line in lines})


def in_python(text: str) -> Any:
    """A value as one would write it in Python."""
    if found := re.fullmatch(r"range\((\d+(?:, ?\d+)*)\)", text):
        return range(*map(int, found[1].split(",")))
    if "," in text and "(" not in text:
        return [in_python(part) for part in text.split(",")]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@pytest.fixture
def a_users_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module whose builder the documents name."""
    (tmp_path / "my_package.py").write_text("from tests.engine.nets import stack\ndef make_model(): return stack()\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("my_package", None)


@pytest.mark.parametrize("words", documented(), ids=" ".join)
@pytest.mark.usefixtures("a_users_package")
def test_every_documented_command_is_a_call_that_gives_an_equal_study(words: tuple[str, ...]) -> None:
    compose: dict[str, Callable[[list[str]], Any]] = {
        "plan": configure.compose,
        "sweep": configure.compose,
        "search": lambda overrides: configure.search(overrides)[0],
        "try": attempt._study,
        "rates": lambda overrides: seed_study.study_of(overrides, "rates"),
        "luck": lambda overrides: seed_study.study_of(overrides, "luck"),
    }
    command, *rest = words
    options = {rest[at].removeprefix("--") for at in range(len(rest)) if rest[at].startswith("--")}
    assert options <= OPTIONS.get(command, set())
    overrides = [word for word in rest if "=" in word or command == "try"]
    if command == "try" and program_words.names_program(overrides):
        builder, data = overrides[:2]
        keys = {name: in_python(value) for name, _, value in (word.partition("=") for word in overrides[2:])}
        assert program_words.of_command(overrides) == program_words.of_call(builder, data, None, keys)
        return
    keys = {name: in_python(value) for name, _, value in (word.partition("=") for word in overrides)}
    one, other = compose[command](overrides), compose[command](python_values.overrides([], keys))
    assert dataclasses.replace(one, command="") == dataclasses.replace(other, command="")
    assert len(one.varying) > 0 or command in ("try", "luck") or "experiment" in keys


def test_commands_are_documented() -> None:
    assert {words[0] for words in documented()} == {"plan", "sweep", "search", "try", "rates", "luck"}

"""The help of each command: examples that compose, keys with the values of the configs, a document that exists."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from ablate import configure
from ablate.commands.command_texts import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_second_example_is_of_the_command_and_composes(name: str) -> None:
    words = shlex.split(COMMANDS[name].second)
    assert words[:2] == ["ablate", name]
    if "model=" not in COMMANDS[name].second and name != "diagnose":  # a model or file of the user's
        assert configure.compose([word for word in words if "=" in word]).factors


def test_the_document_that_says_more_is_in_the_checkout_and_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for document in {f"docs/{command.more}" for command in COMMANDS.values()}:
        assert (ROOT / document).is_file()
        assert {document, document.rpartition("/")[0]} & set(included), document


def test_the_keys_have_the_values_of_the_configs() -> None:
    main = yaml.safe_load((configure.folder() / "config.yaml").read_text(encoding="utf-8"))
    search = yaml.safe_load((configure.folder() / "search" / "auto.yaml").read_text(encoding="utf-8"))
    chosen = {name: value for entry in main["defaults"] if isinstance(entry, dict) for name, value in entry.items()}
    values = {**chosen, **main, **{f"search.{name}": value for name, value in search.items()}}
    text = "".join(command.keys for command in COMMANDS.values())
    keys = dict(re.findall(r"([a-z_.]+)=([^\s]+)", "\n".join(line[:32] for line in text.splitlines())))
    assert len(keys) > 12
    assert keys == {
        name: str(values[name]).lower() if values[name] in (True, False) else str(values[name]) for name in keys
    }

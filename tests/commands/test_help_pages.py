"""The help of each command: examples that compose, keys with the values of the configs, a document that exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from ablate import configure
from ablate.commands import help_pages
from ablate.commands.main import COMMANDS

ROOT = Path(__file__).parents[2]
WRITTEN = ("reference/config.md", "reference/commands.md")
"""Pages that are written while the site is built."""


@pytest.mark.parametrize("name", help_pages.PAGES)
def test_the_second_example_is_of_the_command_and_composes(name: str) -> None:
    words = shlex.split(help_pages.PAGES[name].example)
    assert words[:2] == ["ablate", name]
    if "model=" not in help_pages.PAGES[name].example and name != "diagnose":  # a model or file of the user's
        assert configure.compose([word for word in words if "=" in word]).factors


def test_every_command_has_a_page_and_its_document_exists() -> None:
    assert set(help_pages.PAGES) == set(COMMANDS)
    assert [page.more for page in help_pages.PAGES.values() if not (ROOT / "docs" / page.more).is_file()] in (
        [],
        ["reference/config.md"],
    )


def test_the_keys_have_the_values_of_the_configs() -> None:
    main = yaml.safe_load((configure.folder() / "config.yaml").read_text(encoding="utf-8"))
    search = yaml.safe_load((configure.folder() / "search" / "auto.yaml").read_text(encoding="utf-8"))
    chosen = {name: value for entry in main["defaults"] if isinstance(entry, dict) for name, value in entry.items()}
    values = {**chosen, **main, **{f"search.{name}": value for name, value in search.items()}}
    text = "".join(page.keys for page in help_pages.PAGES.values())
    keys = dict(re.findall(r"([a-z_.]+)=([^\s]+)", "\n".join(line[:32] for line in text.splitlines())))
    assert len(keys) > 12
    assert keys == {
        name: str(values[name]).lower() if values[name] in (True, False) else str(values[name]) for name in keys
    }

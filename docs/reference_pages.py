"""Write docs/reference/commands.md and config.md from the parser and the configs, while the site is built."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ablate import configure
from ablate.commands.main import COMMANDS, parser
from ablate.remedies import registry

FOLDER = Path(__file__).parent / "reference"


def commands() -> str:
    """Return the page of commands: what each is for, and its whole help."""
    lines = ["# Commands", "", "Written from the command line's own help: `ablate COMMAND --help` prints it."]
    (subparsers,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    for name in COMMANDS:
        text = subparsers.choices[name].format_help().rstrip()
        lines += ["", f"## ablate {name}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def config() -> str:
    """Return the page of the configuration: factors with their levels, and the other keys with their values."""
    lines = ["# Configuration", "", "## Factors", "", "The baseline's level stands first."]
    for name, levels in configure.factors().items():
        lines += ["", f"### {name}", "", f"{registry()[name].summary[0].upper()}{registry()[name].summary[1:]}."]
        if len(levels) == 1:
            lines += ["", f"A number; the baseline has `{levels[0]}`."]
        else:
            lines += ["", "| level | what it is |", "| --- | --- |"]
            lines += [f"| `{level}` | {configure.remark(name, level)} |" for level in levels]
    lines += ["", "## Studies that come with the project", "", "| study | question |", "| --- | --- |"]
    lines += [f"| `experiment={name}` | {question} |" for name, question in configure.experiments().items()]
    lines += ["", "## Every key, with its value and a remark", "", "```yaml", *_main_config(), "```"]
    return "\n".join(lines) + "\n"


def _main_config() -> Iterator[str]:
    text = (Path(__file__).parents[1] / "conf" / "config.yaml").read_text(encoding="utf-8")
    yield from text.rstrip().splitlines()


def write() -> None:
    """Write the pages; a page that is as before keeps its time, so that Sphinx does not read it again."""
    for name, text in (("commands", commands()), ("config", config())):
        path = FOLDER / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()

"""Every command that is shown anywhere can be pasted: bash and zsh hand its words on as they stand there."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ablate.commands.command_texts import COMMANDS
from ablate.commands.help_blocks import OVERRIDES, PLACE, SEARCH
from ablate.tasks._columns import leave_out

ROOT = Path(__file__).parents[2]
PROGRAMS = r"(?:ablate|python|make|git|pip|cd|optuna-dashboard|twine)"
SHELLS = {"bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}
"""As at a prompt: an interactive zsh knows no comments."""

OVERRIDE = re.compile(r"'?[a-z_]+(\.[a-z_]+)*=[^=\s{][^=]*")
WRITE = r"rite ('[a-z_.]+=[^ ]+?'|[a-z_.]+=[^ `{\"']+?)\.?(?:$|\s)"
"""An override that a message says to write."""

PLACES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "examples", "benchmarks")


def documents() -> list[Path]:
    return [
        path for name in PLACES for path in ([ROOT / name] if name.endswith(".md") else (ROOT / name).rglob("*.md"))
    ]


def in_documents() -> Iterator[str]:
    """Lines of code blocks, and code in sentences that is a whole command."""
    for path in documents():
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^ *```(?:bash|sh|console)?\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
        yield from (line.strip() for block in blocks for line in block.splitlines())
        sentences = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
        for code in re.findall(r"`([^`\n]+)`", sentences):
            yield f"ablate sweep {code}" if OVERRIDE.fullmatch(code) else code


def in_help() -> Iterator[str]:
    yield from (example for command in COMMANDS.values() for example in (command.example, command.second))
    for line in (OVERRIDES + SEARCH + PLACE).splitlines():
        for word in re.findall(r"^  (\S.*?)(?:  |$)", line):
            yield from (f"ablate sweep {each}" for each in word.split("; "))


def in_messages() -> Iterator[str]:
    """Commands in back quotes, and overrides after `Write` or `write`, in the texts of the package and its pages."""
    for path in (ROOT / "ablate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"`([^`\n]+)`", node.value)
                yield from (f"ablate sweep {word}" for word in re.findall(WRITE, node.value))
    for path in (ROOT / "ablate" / "report" / "templates").glob("*"):
        yield from re.findall(r"<code>([^<{]+)</code>", path.read_text(encoding="utf-8"))


def commands() -> list[str]:
    """Every command, without `eval`, on whose output its words depend, and without the files that `*` stands for."""
    made = [f"ablate sweep {leave_out(names)}" for names in (["id"], ["Unnamed: 0", "it's"], ["$x", "größe"])]
    found = {line for each in (in_documents(), in_help(), in_messages(), made) for line in each}
    whole = (line for line in found if re.match(rf"{PROGRAMS} +[^=\s|]", line) and "..." not in line)
    parts = {part.strip() for line in whole for part in re.split(r" && | \| ", line)}
    return sorted(part for part in parts if re.match(PROGRAMS, part) and part != "twine upload dist/*")


def test_commands_are_found() -> None:
    assert len(commands()) > 60
    assert sum(line.startswith("ablate sweep ") for line in commands()) > 20


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_hands_on_every_word_as_it_stands(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    lines = commands()
    script = ["got() { printf '%s\\0' \"$@\"; }"]
    for number, line in enumerate(lines):
        script += [f"got {line} > {number}", ""]
    text = "\n".join([*script, "exit", ""])
    subprocess.run(SHELLS[shell], input=text, text=True, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    wrong = {}
    for number, line in enumerate(lines):
        file = tmp_path / str(number)
        words = file.read_text().split("\0")[:-1] if file.exists() else None
        if words != shlex.split(line):
            wrong[line] = words
    assert not wrong, f"{shell} changes words of {len(wrong)} commands"

"""The words of code, messages and documents: no private words, docstrings that begin with a verb and name arguments."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "ablate").rglob("*.py"))
TEXTS = [
    *PACKAGE,
    *(ROOT / "hydra_plugins").rglob("*.py"),
    *(ROOT / "findings").rglob("*.py"),
    *(ROOT / "ablate" / "report" / "templates").iterdir(),
    *(path for folder in ("conf", "experiments") for path in (ROOT / folder).rglob("*.yaml")),
    *(path for path in (ROOT / "docs").rglob("*.md") if path.name not in ("commands.md", "config.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]

BANNED = {
    "sight": r"\bsights?\b(?!\.)",
    "of one mind": r"\bof one mind\b",
    "deaf, mute": r"\b(deaf|mute)\b",
    "sing": r"\b(sing|sings|sung)\b",
    "canary": r"\bcanary\b",
    "menu": r"\bmenu\b",
    "has it not": r"\b(has|have|is|are) it not\b",
    "but it": r"\ball( at once)? but it\b",
    "none of whose": r"\bnone of whose\b",
    "what is none of": r"\b[Ww]hat is none of\b",
}
"""Private words, each with the pattern that finds it; docs/glossary.md has the terms instead."""

KEPT = {
    "deaf, mute": ("ablate/watching/watch.py", "docs/watch.md", "docs/watch.py"),
    "sight": ("ablate/report/causes.py", "ablate/report/sections/causes.py", "findings/asked.py"),
    "canary": (
        "ablate/engine/loss_check.py",
        "ablate/remedies/loss.py",
        "ablate/report/provenance.py",
        "ablate/runner/sweep.py",
        "ablate/store/manifest.py",
        "docs/glossary.md",
    ),
}
"""Files that name an argument, a column or key of published files, or compiled programs, whose bytes stay."""

VAGUE = ("found", "each", "own", "place")
MOST_VAGUE = 400


@pytest.mark.parametrize("word", BANNED)
def test_no_private_word_comes_back(word: str) -> None:
    pattern, kept = re.compile(BANNED[word]), KEPT.get(word, ())
    lines = [
        f"{name}:{number}: {line.strip()}"
        for path in TEXTS
        if (name := path.relative_to(ROOT).as_posix()) not in kept
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert lines == []


def test_names_say_what_they_hold() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE]
    names = [node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    counted = {name: count for name, count in Counter(names).items() if name in VAGUE}
    assert sum(counted.values()) <= MOST_VAGUE, counted


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """The public functions and methods of a module or class; functions inside functions have no callers elsewhere."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)


def arguments(function: ast.FunctionDef) -> list[str]:
    taken = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [one.arg for one in taken if one.arg not in ("self", "cls")]


def test_every_public_function_of_two_arguments_says_what_they_are() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in PACKAGE
        if not path.name.startswith("_")
        for function in public(ast.parse(path.read_text(encoding="utf-8")).body)
        if len(arguments(function)) >= 2 and "Args:" not in (ast.get_docstring(function) or "")
    ]
    assert missing == []

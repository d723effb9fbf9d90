"""Files, folders and modules that documents and docstrings name exist."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(path for path in (ROOT / "docs").rglob("*.md") if path.name not in ("commands.md", "config.md")),
    *(ROOT / "examples").rglob("*.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
]
SOURCES = sorted((ROOT / "ablate").rglob("*.py"))
TO_WRITE = "Write `"
"""How docs/how_to/extend.md begins a file that its reader is to write."""
FILE = re.compile(
    r"(?<![\w./~<-])((?:ablate|tests|docs|conf|experiments|benchmarks|findings|validation|examples)/[\w./-]*\w/?)"
)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
MADE = ("reference/commands.md", "reference/config.md", "commands.md", "config.md")
"""Pages that are written while the site is built."""
MODULE = re.compile(r"`(ablate(?:\.[a-z_]+)+)")
GROUPS = {"ablate.levels", "ablate.factors", "ablate.conf"}
"""Groups of entry points, which look like modules."""


def _exists(name: str, document: Path) -> bool:
    """Whether a name is a file of the project, or a page of a table of contents."""
    return (ROOT / name).exists() or (document.parent / f"{name}.md").is_file()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_links_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    made = set(re.findall(f"{TO_WRITE}([^`]*)`", text))
    named = FILE.findall(LINK.sub("]", text))
    files = [name for name in named if name.islower() and name not in made and not _exists(name, document)]
    links = [name for name in LINK.findall(text) if not (document.parent / name).exists() and name not in MADE]
    assert (files, links) == ([], [])


def there(name: str) -> bool:
    """Whether a dotted name is a module, or a name inside one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            if find_spec(".".join(parts[:end])) is None:
                continue
        except ModuleNotFoundError:
            continue
        return len(parts) - end <= 2 and (end > 1 or len(parts) == 2)
    return False


def test_modules_that_texts_name_exist() -> None:
    named = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in [*SOURCES, *DOCUMENTS]
        for name in MODULE.findall(path.read_text(encoding="utf-8"))
        if name not in GROUPS and not there(name)
    }
    assert sorted(named) == []

"""Files, folders and modules that documents and docstrings name exist."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

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


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def test_links_into_a_document_meet_a_heading() -> None:
    lost = [
        (str(document.relative_to(ROOT)), target, anchor)
        for document in DOCUMENTS
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)#([^)]+)\)", document.read_text(encoding="utf-8"))
        if anchor not in anchors((document.parent / target if target else document).read_text(encoding="utf-8"))
    ]
    assert lost == []


def test_addresses_outside_the_project_are_whole() -> None:
    named = {
        address.rstrip(".,;")
        for document in [*DOCUMENTS, ROOT / "CHANGELOG.md"]
        for address in re.findall(r"https?://[^\s)>\]\"'`]*", document.read_text(encoding="utf-8"))
    }
    assert len(named) > 3
    parts = [(address, urlsplit(address)) for address in sorted(named)]
    assert [address for address, part in parts if part.scheme != "https" or "." not in part.netloc] == []


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

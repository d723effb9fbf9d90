"""Find the documents that messages point to."""

from __future__ import annotations

from pathlib import Path


def document(name: str) -> Path:
    """Return the path of a document: inside an installed package, next to the package in a checkout.

    Args:
        name: the file's name, as `guide.md`.

    Examples:
        >>> document("guide.md").name
        'guide.md'
    """
    package = Path(__file__).resolve().parents[1]
    installed = package / "docs" / name
    return installed if installed.is_file() else package.parent / "docs" / name


def documents() -> list[Path]:
    """Return the paths of all documents, sorted."""
    return sorted(document("guide.md").parent.rglob("*.md"))

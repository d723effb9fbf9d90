"""`python -m findings`: writes docs/findings.md, guide.md and findings.svg from the reports in results/."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from findings import guide_text, looks, picture, published, tables, text

ROOT = Path(__file__).parents[1]

PAGES: Mapping[str, Callable[[], str]] = {
    "findings.md": lambda: "\n".join(
        [
            text.page(
                published.load(ROOT / "results", ROOT / "experiments"),
                tables.every(ROOT / "results"),
                [looks.text(ROOT / "results"), tables.repeated(ROOT / "results" / "validation" / "repeats.csv")],
            ),
            guide_text.detail(ROOT / "results"),
        ]
    ),
    "guide.md": lambda: guide_text.page(ROOT / "results"),
    "findings.svg": lambda: picture.svg(ROOT / "results"),
}
"""Name in docs/ -> the page as the published reports of this checkout make it."""


def main() -> int:
    """Writes the pages; the exit status."""
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

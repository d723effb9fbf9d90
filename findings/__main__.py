"""`python -m findings`: write docs/findings.md, guide.md and findings.svg from the reports in results/published/."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from findings import guide_text, interim, picture, published, tables, text

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "results" / "published"
"""The results under version control, which no command writes to."""

PAGES: Mapping[str, Callable[[], str]] = {
    "findings.md": lambda: "\n".join(
        [
            text.page(
                published.load(PUBLISHED, ROOT / "experiments"),
                tables.every(PUBLISHED),
                [interim.text(PUBLISHED), tables.repeated(PUBLISHED / "validation" / "repeats.csv")],
            ),
            guide_text.detail(PUBLISHED),
        ]
    ),
    "guide.md": lambda: guide_text.page(PUBLISHED),
    "findings.svg": lambda: picture.svg(PUBLISHED),
}
"""File name in docs/ -> the function that makes its content from the published reports."""


def main() -> int:
    """Write the pages and return the exit status."""
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

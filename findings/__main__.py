"""`python -m findings`: writes docs/findings.md from the reports in results/."""

from __future__ import annotations

import sys
from pathlib import Path

from findings import published, text

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "findings.md"


def page() -> str:
    """The page as the published reports of this checkout make it."""
    return text.page(published.load(ROOT / "results", ROOT / "experiments"))


def main() -> int:
    """Writes the page; the exit status."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

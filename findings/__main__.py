"""`python -m findings`: write docs/findings/, the guide and the README's numbers from results/published/."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from findings import guide_csv, guide_text, interim, picture, published, readme, tables, text, trained_again

ROOT = Path(__file__).parents[1]
PUBLISHED, EXPERIMENTS = ROOT / "results" / "published", ROOT / "experiments"
"""The results under version control, which no command writes to."""


def _overview() -> str:
    asides = [
        trained_again.page(PUBLISHED),
        interim.text(PUBLISHED),
        tables.repeated(PUBLISHED / "validation" / "repeats.csv"),
    ]
    return text.page(published.load(PUBLISHED, EXPERIMENTS), _tables(), asides)


def _study(name: str) -> str:
    return text.study_page(published.study(PUBLISHED, EXPERIMENTS, name), _tables().get(name, ""))


@cache
def _tables() -> Mapping[str, str]:
    return tables.every(PUBLISHED)


def _readme() -> str:
    return readme.page(PUBLISHED, EXPERIMENTS, (ROOT / "README.md").read_text(encoding="utf-8"))


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/findings.md": _overview,
    **{f"docs/findings/{name}.md": partial(_study, name) for name in published.names(PUBLISHED)},
    "docs/findings/guide_detail.md": lambda: guide_text.detail(PUBLISHED),
    "ablate/stats/guide.csv": lambda: guide_csv.content(PUBLISHED, guide_text.MADE_FROM),
    "docs/guide.md": lambda: guide_text.page(PUBLISHED),
    "docs/findings.svg": lambda: picture.svg(PUBLISHED),
    "README.md": _readme,
}
"""File of the project -> the function that makes its content from the published reports."""


def main() -> int:
    """Write the pages and return the exit status."""
    (ROOT / "docs" / "findings").mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

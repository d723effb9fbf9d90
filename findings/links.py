"""`python -m findings.links`: takes from published pages the links to figures that were not published with them.

A report has each figure as SVG, PDF and PNG; here only few of these files are kept beside the page, in which all
figures stand as well. Run it when a report has been copied to results/published/ and its files are under version
control.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINK = re.compile(r' ?<a href="(figures/[^"/]+)">(?:SVG|PDF|PNG)</a>')


def published(root: Path = ROOT) -> Iterator[tuple[Path, frozenset[str]]]:
    """Each page under version control, and the files beside it that are so, too, relative to the page.

    Raises:
        CalledProcessError: this is not a checkout.
    """
    command = ["git", "ls-files", "results/published"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S603
    files = [Path(line) for line in listed.splitlines()]
    for page in files:
        if page.name == "report.html":
            yield (
                root / page,
                frozenset(str(f.relative_to(page.parent)) for f in files if f.is_relative_to(page.parent)),
            )


def dead(page: str, files: Collection[str]) -> list[str]:
    """The figures that the page links to and that are not there."""
    return [found for found in LINK.findall(page) if found not in files]


def unlinked(page: str, files: Collection[str]) -> str:
    """The page without the links to figures that are not there.

    Examples:
        >>> unlinked('<b>A</b> <a href="figures/a.svg">SVG</a> <a href="figures/a.png">PNG</a>', {"figures/a.svg"})
        '<b>A</b> <a href="figures/a.svg">SVG</a>'
    """
    return LINK.sub(lambda found: found[0] if found[1] in files else "", page)


def main() -> int:
    """Rewrites the pages that have such links; the exit status."""
    for page, files in published():
        text = page.read_text(encoding="utf-8")
        if dead(text, files):
            page.write_text(unlinked(text, files), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

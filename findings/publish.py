"""Publish a study: `python -m findings.publish STUDY ...` copies what people read into results/published/STUDY.

Under version control stand the page, the trials and the signals of their last evaluations as Parquet, the tables as
CSV, and the manifest. All else is written by `ablate report STUDY` from these. Links of the page to files that are not
published are removed. If the study was not trained on this machine, these rules are applied to its published files.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyarrow import parquet

from ablate.report import packing

ROOT = Path(__file__).parents[1]
KEPT = ("report.html", "manifest.json", "trials.parquet", "endings.parquet", "tables/*.csv")
STRONGEST = 22
"""The strongest compression of Zstandard."""

LINK = re.compile(r',? ?<a href="([^"#:]+)">[^<]*</a>')


def kept(report: Path) -> Iterator[Path]:
    """Return the files of a report's folder that are published."""
    for pattern in KEPT:
        yield from sorted(report.glob(pattern))


def missing(page: str, folder: Path) -> list[str]:
    """Return the files that a page links to and that are missing.

    Args:
        page: the page's text.
        folder: the folder that it lies in.
    """
    return [target for target in LINK.findall(page) if not (folder / target).exists()]


def without_links(page: str, targets: Sequence[str]) -> str:
    """Return the page without its links to these files.

    Examples:
        >>> without_links('<a href="a.csv">CSV</a>, <a href="a.tex">LaTeX</a>; <a href="b">b</a>', ["a.tex"])
        '<a href="a.csv">CSV</a>; <a href="b">b</a>'
    """
    return LINK.sub(lambda found: "" if found[1] in targets else found[0], page)


def smallest(path: Path) -> bytes:
    """Return a file's content; a table of Parquet as compressed as it gets, if that is smaller."""
    content = path.read_bytes()
    if path.suffix != ".parquet":
        return content
    buffer = io.BytesIO()
    parquet.write_table(parquet.read_table(path), buffer, compression="zstd", compression_level=STRONGEST)
    return min(content, buffer.getvalue(), key=len)


def publish(report: Path, target: Path) -> None:
    """Copy a report's published files, and drop every other file of the target.

    Args:
        report: the folder that `ablate report` wrote.
        target: the published folder; it may be the same.
    """
    files = {path.relative_to(report): smallest(path) for path in kept(report)}
    shutil.rmtree(target, ignore_errors=True)
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    page = target / "report.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(packing.pack(without_links(text, missing(text, target))), encoding="utf-8")


def main(names: Sequence[str], results: Path = ROOT / "results") -> int:
    """Publish the studies of these names; return the exit status.

    Args:
        names: the studies.
        results: the folder of one's own results, with the folder `published` inside.
    """
    for name in names:
        published = results / "published" / name / "report"
        trained = results / name / "report"
        publish(trained if trained.is_dir() else published, published)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

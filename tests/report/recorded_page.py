"""A report as text for `tests.recorded`: the page and the tables."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from ablate.report import packing


def text_of(place: Path) -> str:
    """Return the page without style, script and pictures, an element a line; its data, and its tables.

    Args:
        place: the folder of a report.
    """
    page = packing.unpack((place / "report.html").read_text(encoding="utf-8"))
    page = re.sub(r"<style>.*?</style>|<script>.*?</script>|<meta [^>]*>", "", page, flags=re.DOTALL)
    page = re.sub(r'<svg role="img"(.*?)>.*?</svg>', r"<svg\1>", page, flags=re.DOTALL)
    page = re.sub(r'width="[\d.]+pt" height="[\d.]+pt" viewBox="[^"]*"', "", page)
    tables = [f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in sorted(place.rglob("tables/*.csv"))]
    return re.sub(r"\n\s*\n", "\n", "\n".join([page.replace("><", ">\n<"), *tables]))


def words_of(place: Path) -> str:
    """Return the words of the page, without its data, and its tables.

    Args:
        place: the folder of a report.
    """
    page = re.sub(r'<script type="application/json".*?</script>', "", text_of(place), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", unescape(re.sub(r"</?[a-z][^>]*>", "\n", page)))

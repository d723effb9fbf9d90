"""Published pages: every figure they link to is published beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from findings import links

PAGE = 'A <a href="figures/a.svg">SVG</a> <a href="figures/a.pdf">PDF</a>; <a href="figures/">x</a>'


def checkout() -> bool:
    return shutil.which("git") is not None and (links.ROOT / ".git").exists()


def test_links_to_what_is_not_there_go_and_all_else_stays() -> None:
    assert links.dead(PAGE, {"figures/a.svg"}) == ["figures/a.pdf"]
    left = links.unlinked(PAGE, {"figures/a.svg"})
    assert left == 'A <a href="figures/a.svg">SVG</a>; <a href="figures/">x</a>'
    assert links.unlinked(left, {"figures/a.svg"}) == left


@pytest.mark.skipif(not checkout(), reason="what is published is known in a checkout alone")
def test_no_published_page_has_a_dead_link() -> None:
    pages = {str(page.relative_to(links.ROOT)): (page, files) for page, files in links.published()}
    found = {name: links.dead(page.read_text(encoding="utf-8"), files) for name, (page, files) in pages.items()}
    assert len(found) >= 15
    assert not {page: names[:3] for page, names in found.items() if names}, "run `python -m findings.links`"


def test_a_page_is_rewritten_once_and_only_if_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "report.html"
    page.write_text(PAGE)
    monkeypatch.setattr(links, "published", lambda: iter([(page, frozenset({"figures/a.svg"}))]))
    assert links.main() == 0
    assert "a.pdf" not in page.read_text()
    before = page.stat().st_mtime_ns
    links.main()
    assert page.stat().st_mtime_ns == before

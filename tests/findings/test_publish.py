"""What is published of a study, and that the published pages keep the rules."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ablate.report import packing
from findings import publish

PUBLISHED = publish.ROOT / "results" / "published"
PAGES = sorted(PUBLISHED.glob("*/report/report.html"))
SVG = '<svg role="img"><path d="M 0 0"/></svg>'
PAGE = (
    f'{SVG} <a href="figures/a.svg">SVG</a> <a href="figures/a.pdf">PDF</a>; '
    '<a href="tables/a.csv">CSV</a>, <a href="tables/a.tex">LaTeX</a> <a href="#top">top</a>'
    '<script type="application/json" id="data">{}</script><script>go()</script>'
)

TRIALS = pd.DataFrame({"id": [f"{number:016x}" for number in range(500)], "seed": 7, "loss": 0.25})


def report(folder: Path) -> Path:
    for name in ("figures/a.svg", "figures/a.pdf", "tables/a.csv", "tables/a.tex", "manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    TRIALS.to_parquet(folder / "trials.parquet", compression=None)
    (folder / "report.html").write_text(PAGE)
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_page_trials_tables_and_manifest_are_published_and_dead_links_go(tmp_path: Path) -> None:
    report(tmp_path / "mine" / "report")
    publish.main(["mine"], tmp_path)
    target = tmp_path / "published" / "mine" / "report"
    assert names(target) == {"report.html", "tables/a.csv", "manifest.json", "trials.parquet"}
    text = packing.unpack((target / "report.html").read_text())
    assert SVG in text
    assert publish.LINK.findall(text) == ["tables/a.csv"]


def test_tables_of_trials_are_as_small_as_they_get_and_read_the_same(tmp_path: Path) -> None:
    source = report(tmp_path / "mine" / "report") / "trials.parquet"
    publish.main(["mine"], tmp_path)
    target = tmp_path / "published" / "mine" / "report" / "trials.parquet"
    assert target.stat().st_size < 0.7 * source.stat().st_size
    pd.testing.assert_frame_equal(pd.read_parquet(target), TRIALS)


def test_a_study_that_is_published_already_is_made_to_keep_the_rules_once(tmp_path: Path) -> None:
    target = report(tmp_path / "published" / "mine" / "report")
    publish.main(["mine"], tmp_path)
    before = {name: (target / name).read_bytes() for name in names(target)}
    assert "figures/a.svg" not in before
    publish.main(["mine"], tmp_path)
    assert before == {name: (target / name).read_bytes() for name in names(target)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parts[-3])
def test_a_published_study_keeps_the_rules(page: Path) -> None:
    folder = page.parent
    assert {folder / name for name in names(folder)} == set(publish.kept(folder)), "run `python -m findings.publish`"
    assert publish.missing(page.read_text(encoding="utf-8"), folder) == []


def test_what_is_published_stays_small() -> None:
    assert len(PAGES) >= 15
    assert sum(path.stat().st_size for path in PUBLISHED.rglob("*") if path.is_file()) <= 35e6

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ablate import report
from ablate.report import folder as report_folder
from ablate.report import sections
from ablate.results import study_results


def found(*, smallest: bool = True) -> dict[str, object]:
    """An answer as `ablate search` writes it, on the small study's factors."""
    claim = {
        "arm": "search",
        "changes": ["loss=fused"],
        "n": 40,
        "escaped": 40,
        "low": 0.89,
        "confidence": 0.99,
        "confirmed": True,
        "minimal": True,
        "overrides": ["loss=fused"],
        "keras": ["loss = keras.losses.CategoricalCrossentropy(from_logits=True)  # <logits>"],
    }
    point = {"changes": [], "n": 20, "escaped": 0, "low": 0.0, "high": 0.17, "median_time": None, "cost": 1.0}
    best = {**point, "changes": ["loss=fused"], "escaped": 20, "low": 0.83, "high": 1.0, "median_time": 40.0}
    return {
        "format": 1,
        "command": "ablate search",
        "search": {"blocks": [4, 8, 20], "confirm": 40, "target": 0.8},
        "arms": [
            {"name": "search", "sampler": "auto", "settings": 30, "trials": 300, "confirmed": 1, "confirmed_at": 210,
             "history": [[100, 10, 0.2], [210, 20, 0.86], [300, 30, 0.86]]},
            {"name": "random", "sampler": "random", "settings": 31, "trials": 290, "confirmed": 0, "confirmed_at": None,
             "history": [[100, 10, 0.0], [290, 31, 0.1]]},
        ],
        "pareto": [point, best],
        "claims": [claim, {**claim, "arm": "random", "changes": ["loss=mse"], "confirmed": False, "escaped": 9}],
        "smallest": [claim] if smallest else [],
        "unexplored": {"settings": 12345, "tried": 61, "pairs": 90, "pairs_tried": 80, "levels": ["loss=mse"],
                       "held": ["task=digits"]},
    }  # fmt: skip


@pytest.fixture
def searched(small_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    shutil.copytree(small_folder, folder)
    (folder / "search.json").write_text(json.dumps(found()))
    return folder


@pytest.mark.usefixtures("svg_only")
def test_the_page_has_a_section_with_the_claims_the_patch_and_what_is_missing(searched: Path) -> None:
    report.write(study_results.load(searched))
    page = (searched / "report" / "report.html").read_text()
    section = page[page.index('<section id="search"') :]
    section = section[: section.index("</section>")]
    for words in (
        "overrides: loss=fused",
        "12,284 of 12,345 settings were not tried",
        "loss=mse",
        "task=digits",
        "210",
    ):
        assert words in section
    assert "# &lt;logits&gt;" in section
    assert "<svg" in section
    assert page.index('<section id="search"') < page.index('<section id="levels"')
    claims = pd.read_csv(searched / "report" / "tables" / "search_claims.csv")
    assert list(claims["verdict"]) == ["confirmed", "not confirmed"]
    assert list(claims["escaped"]) == [40, 9]
    pareto = pd.read_csv(searched / "report" / "tables" / "search_pareto.csv")
    assert list(pareto["escaped"]) == [0, 20]


def test_rows_lead_to_the_trials_behind_them(searched: Path) -> None:
    part = sections.search(report_folder.material(study_results.load(searched)))
    assert part is not None
    (pareto,) = [grid for grid in part.tables if grid.title.startswith("No other setting")]
    base = report_folder.material(study_results.load(searched)).baseline
    assert [line.link for line in pareto.rows] == [f"loss={base['loss']}", "loss=fused"]


def test_nothing_confirmed_is_said(searched: Path) -> None:
    (searched / "search.json").write_text(json.dumps(found(smallest=False)))
    part = sections.search(report_folder.material(study_results.load(searched)))
    assert part is not None
    assert any("No set was confirmed" in note for note in part.notes)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 99}'])
def test_a_study_that_was_not_searched_has_no_such_section(searched: Path, content: str | None) -> None:
    (searched / "search.json").unlink()
    if content is not None:
        (searched / "search.json").write_text(content)
    assert sections.search(report_folder.material(study_results.load(searched))) is None

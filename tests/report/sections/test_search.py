from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ablate import report
from ablate.report import page_parts, pictures
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import search
from ablate.results import study_results
from tests import recorded


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


@pytest.mark.usefixtures("undrawn")
def test_the_page_has_a_section_with_the_claims_the_patch_and_what_is_missing(searched: Path) -> None:
    report.write(study_results.load(searched))
    page = (searched / "report" / "report.html").read_text()
    section = page[page.index('<section id="search"') :]
    section = section[: section.index("</section>")]
    recorded.same("search_section", section)
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
    assert page.index('<section id="search"') < page.index('<section id="sets"')
    for pooled in ("levels", "effects", "importance", "time"):
        assert f'<section id="{pooled}"' not in page, "the search chose the settings by their results"
    assert "chose these settings by their results" in page, "said in place of the rates over two factors"
    claims = pd.read_csv(searched / "report" / "tables" / "search_claims.csv")
    assert list(claims["verdict"]) == ["confirmed", "not confirmed"]
    assert list(claims["escaped"]) == [40, 9]
    pareto = pd.read_csv(searched / "report" / "tables" / "search_pareto.csv")
    assert list(pareto["escaped"]) == [0, 20]


def test_rows_lead_to_the_trials_behind_them(searched: Path) -> None:
    part = search.section(section_inputs(study_results.load(searched)))
    assert part is not None
    (pareto,) = [grid for grid in part.tables if grid.title.startswith("No other setting")]
    base = section_inputs(study_results.load(searched)).baseline
    assert [line.link for line in pareto.rows] == [f"loss={base['loss']}", "loss=fused"]


def test_nothing_confirmed_is_said(searched: Path) -> None:
    (searched / "search.json").write_text(json.dumps(found(smallest=False)))
    part = search.section(section_inputs(study_results.load(searched)))
    assert part is not None
    assert any("No set was confirmed" in note for note in part.notes)


def test_a_study_that_was_not_searched_has_no_such_section(searched: Path) -> None:
    (searched / "search.json").unlink()
    assert search.section(section_inputs(study_results.load(searched))) is None


def paths(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The way to every value of a JSON value that is in a mapping or list."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def damaged(searched: Path, content: str) -> page_parts.Section:
    (searched / "search.json").write_text(content)
    section = search.section(section_inputs(study_results.load(searched)))
    assert section is not None
    for picture in section.pictures:
        pictures.draw(picture)
    return section


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 99}', '"x"'])
def test_an_answer_that_is_none_is_said_to_be_damaged(searched: Path, content: str) -> None:
    lead = damaged(searched, content).lead
    assert lead.startswith("The search cannot be shown, because search.json is damaged: ")
    assert lead.endswith(" Run the search again to write it anew.")


def test_a_damaged_answer_is_said_to_be_damaged_or_still_shown(searched: Path) -> None:
    inputs = section_inputs(study_results.load(searched))
    for path in paths(found()):
        for change in ("missing", None, "x", -1.5, [], {}, [[None]], [{"changes": ["no"]}]):
            answer: Any = found()
            inner = answer
            for key in path[:-1]:
                inner = inner[key]
            if change == "missing":
                del inner[path[-1]]
            else:
                inner[path[-1]] = change
            (searched / "search.json").write_text(json.dumps(answer))
            section = search.section(inputs)
            assert section is not None, (path, change)
            assert section.files or section.lead.startswith("The search cannot be shown"), (path, change)


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        (("pareto", 0, "n"), "missing", "`pareto.0.n`: Field required"),
        (("arms", 0, "history", 0), [1, 2], "`arms.0.history.0.2`: Field required"),
        (("claims", 0, "changes"), ["lost=x"], "`changes` must be levels of the study's factors, not 'lost=x'"),
        (("search", "target"), "high", "`search.target`: Input should be a valid number"),
        (("unexplored", "tried"), True, "`unexplored.tried`: Input should be a valid integer"),
        (("arms",), [], "`arms`: List should have at least 1 item after validation, not 0"),
    ],
)
def test_a_damaged_answer_is_named(searched: Path, path: tuple[Any, ...], change: object, words: str) -> None:
    answer: Any = found()
    inner = answer
    for key in path[:-1]:
        inner = inner[key]
    if change == "missing":
        del inner[path[-1]]
    else:
        inner[path[-1]] = change
    assert f"damaged: {words}." in damaged(searched, json.dumps(answer)).lead

"""docs/findings.md: that it is what the reports make it, and what a made-up folder of reports becomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ablate.stats.contrasts import tango
from findings import __main__ as whole
from findings import published, text, verdicts

HEAD = "stratum,counted,family,correction,factor,level,against,difference,low,high,p,adjusted_p,pairs,seeds,asked"
DOES, LOW = "Does fused help?", "Does a lower rate help?"
ROWS = (
    f'Prevention,escaped,declared,Holm,loss,fused,clipped,0.8,0.6,0.9,0,0.001,20,20,{DOES},"task=digits, width=8",more',
    f'Prevention,escaped,declared,Holm,loss,fused,clipped,-0.8,-0.9,-0.6,0,0.01,9,9,{DOES},"task=blobs, width=8",more',
    f"Prevention,escaped,declared,Holm,learning_rate,0.01,0.1,0,-0.16,0.16,1,1,20,20,{LOW},task=digits,same",
    f"Prevention,collapsed,declared,Holm,loss,fused,clipped,-0.7,-0.9,-0.6,0,0.001,20,20,{DOES},task=digits,more",
    "Prevention,escaped,screen,BH,width,16,8,0.31,0.2,0.4,0,0.001,20,20,,,",
)
CONTRASTS = (
    {"factor": "loss", "level": "fused", "against": "clipped", "question": DOES, "expect": "more"}
    | {"at": {"task": ["digits"], "width": ["8"]}},
    {"factor": "loss", "level": "fused", "against": "clipped", "question": DOES, "expect": "more"}
    | {"at": {"task": ["words"], "width": ["8"]}},
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two studies: `loss` with predictions and a manifest, `blog` from before there were any."""
    write(tmp_path / "results", "loss", f"{HEAD},at,expect", ROWS)
    manifest = {"study": {"question": "Does the loss matter?", "contrasts": CONTRASTS}}
    (tmp_path / "results" / "loss" / "report" / "manifest.json").write_text(json.dumps(manifest))
    write(tmp_path / "results", "blog", HEAD, [f"Prevention,escaped,declared,Holm,loss,a|b,c,0,-1,1,1,1,4,4,{DOES}"])
    (tmp_path / "blog.yaml").write_text("question: Which remedies?\n")
    return tmp_path / "results"


def write(results: Path, study: str, head: str, rows: tuple[str, ...] | list[str]) -> None:
    folder = results / study / "report" / "tables"
    folder.mkdir(parents=True)
    (folder / "contrasts.csv").write_text("\n".join([head, *rows]) + "\n")


@pytest.mark.parametrize("name", whole.PAGES)
def test_the_committed_page_is_what_the_reports_make_it(name: str) -> None:
    assert (whole.ROOT / "docs" / name).read_text(encoding="utf-8") == whole.PAGES[name](), "run `python -m findings`"


def test_only_declared_comparisons_of_escape_are_read(results: Path) -> None:
    _, loss = published.load(results, results.parent)
    assert [each.size and each.size.estimate for each in loss.comparisons] == [0.8, -0.8, None, 0.0]
    assert [each.expect for each in loss.comparisons] == ["more", "more", "more", "same"]


def test_a_claim_is_all_that_asks_the_same(results: Path) -> None:
    _, loss = published.load(results, results.parent)
    does, lower = loss.claims
    assert [name for name, _ in does.places] == ["task=digits, Prevention", "task=blobs, Prevention", "task=words"]
    assert does.verdict.startswith("holds only where task=digits, Prevention; not where task=blobs")
    assert does.places[2][1].verdict == verdicts.NOT_ANSWERED
    assert lower.verdict == "not decided"


def test_a_comparison_that_asks_nothing_is_called_by_its_levels(results: Path) -> None:
    write(results, "rate", HEAD, ["Prevention,escaped,declared,Holm,width,8,16,0,-1,1,1,1,4,4,"])
    (results.parent / "rate.yaml").write_text("question: Which rate?\n")
    assert [each.question for each in published.study(results, results.parent, "rate").claims] == ["width 8 against 16"]


def test_an_old_report_holds_no_prediction(results: Path) -> None:
    blog, _ = published.load(results, results.parent)
    assert (blog.name, blog.question) == ("blog", "Which remedies?")
    assert [each.expect for each in blog.comparisons] == [""]
    assert "Nothing was predicted." in text.section(blog)


def test_the_page_has_every_claim_null_results_and_failures(results: Path) -> None:
    page = text.page(published.load(results, results.parent), {})
    assert "Of 4 predictions, 1 came true, 1 failed, and 2 are not decided or have no pairs of trials." in page
    failed = page.split("Predictions that failed:\n\n")[1]
    assert failed.count("\n- ") + failed.startswith("- ") == 1
    assert "task=blobs, width=8, Prevention: predicted more escape, found -0.80 [-0.90, -0.60]: contrary" in failed
    report = "[report](../results/published/loss/report/report.html)"
    assert f"| no difference | not decided | 0.00 [-0.16, +0.16] | - | 20 (20) | {report} |" in page
    assert "0.31" not in page
    assert "-0.70" not in page
    assert "`rate`, `width`" in page
    assert "`loss`," not in page


def test_names_cannot_break_the_table(results: Path) -> None:
    page = text.page(published.load(results, results.parent), {})
    assert "loss a\\|b against c" in page
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {7, 9}


def test_the_fewest_pairs_that_can_show_equality_are_computed(results: Path) -> None:
    found = tango(0, 0, 35)[1], tango(0, 0, 34)[1]
    assert found[0] < verdicts.MARGIN <= found[1]
    assert "at least 35 pairs to show equality" in text.page(published.load(results, results.parent), {})


def test_sizes_stand_in_the_order_in_which_the_verdict_names_their_places(results: Path) -> None:
    page = text.page(published.load(results, results.parent), {}, ["Looked at twice."])
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {DOES} | more escape | holds only where")]
    assert "+0.80 [+0.60, +0.90]; -0.80 [-0.90, -0.60]; - |" in row
    verdicts_, trust = page.index("## Verdicts"), page.index("## How far to trust them\n\nLooked at twice.")
    assert verdicts_ < page.index(row) < trust < page.index("## loss")


def test_counts_stand_beside_sizes_where_a_report_has_them(results: Path) -> None:
    head = HEAD.replace(",seeds,", ",seeds,level_count,against_count,")
    write(results, "rate", head, ["Prevention,escaped,declared,Holm,width,8,16,0,-1,1,1,1,1400,4,7,1300,"])
    (results.parent / "rate.yaml").write_text("question: Which rate?\n")
    assert "| 7 and 1,300 of 1,400 | 1400 (4) |" in text.section(published.study(results, results.parent, "rate"))

"""docs/findings.md: that it is what the reports make it, and what a made-up folder of reports becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.stats.contrasts import tango
from findings import __main__ as whole
from findings import published, text, verdicts
from tests.findings.made_reports import DOES, HEAD, write


@pytest.mark.parametrize("name", whole.PAGES)
def test_the_committed_page_is_what_the_reports_make_it(name: str) -> None:
    assert (whole.ROOT / name).read_text(encoding="utf-8") == whole.PAGES[name](), "run `python -m findings`"


def test_an_old_report_holds_no_prediction(results: Path) -> None:
    blog, _ = published.load(results, results.parent)
    assert (blog.name, blog.question) == ("blog", "Which remedies?")
    assert [each.expect for each in blog.comparisons] == [""]
    assert "Nothing was predicted." in text.study_page(blog)


def test_the_page_has_every_claim_null_results_and_failures(results: Path) -> None:
    studies = published.load(results, results.parent)
    page = "\n".join([text.page(studies, {}), *(text.study_page(study) for study in studies)])
    assert "Of 4 predictions 1 came true, 2 are not decided or have no pairs of trials, and 1 failed." in page
    failed = page.split(" failed:\n\n")[1]
    assert failed.count("\n- ") + failed.startswith("- ") == 1
    assert "task=blobs, width=8, Prevention: predicted more escape, found -0.80 [-0.90, -0.60]: contrary" in failed
    report = "[report](../../results/published/loss/report/report.html)"
    assert f"| no difference | not decided | 0.00 [-0.16, +0.16] | - | - | 20 (20) | {report} |" in page
    assert "0.31" not in page
    assert "-0.70" not in page
    assert "`rate`, `width`" in page
    assert "`loss`," not in page


def test_names_cannot_break_the_table(results: Path) -> None:
    studies = published.load(results, results.parent)
    page = "\n".join([text.page(studies, {}), *(text.study_page(study) for study in studies)])
    assert "loss a\\|b against c" in page
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {7, 10}


def test_the_fewest_pairs_that_can_show_equality_are_computed(results: Path) -> None:
    found = tango(0, 0, 35)[1], tango(0, 0, 34)[1]
    assert found[0] < verdicts.MARGIN <= found[1]
    assert "at least 35 seeds to show equality" in text.page(published.load(results, results.parent), {})


def test_sizes_stand_in_the_order_in_which_the_verdict_names_their_places(results: Path) -> None:
    page = text.page(published.load(results, results.parent), {}, ["Looked at twice."])
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {DOES} | more escape | holds only where")]
    assert "+0.80 [+0.60, +0.90]; -0.80 [-0.90, -0.60]; - |" in row
    verdicts_, trust = page.index("## Verdicts"), page.index("## How far to trust them\n\nLooked at twice.")
    assert verdicts_ < page.index(row) < trust
    assert "[loss](findings/loss.md)" in row


def test_counts_stand_beside_sizes_where_a_report_has_them(results: Path) -> None:
    head = HEAD.replace(",seeds,", ",seeds,level_count,against_count,")
    write(results, "rate", head, ["Prevention,escaped,declared,Holm,width,8,16,0,-1,1,1,1,1400,4,7,1300,"])
    (results.parent / "rate.yaml").write_text("question: Which rate?\n")
    assert "| 7 and 1,300 of 1,400 | 1400 (4) |" in text.study_page(published.study(results, results.parent, "rate"))

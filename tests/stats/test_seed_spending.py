from __future__ import annotations

from pathlib import Path

import pytest

from ablate import report
from ablate.core.study import ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP, Json
from ablate.report.section_inputs import section_inputs
from ablate.results import study_results
from ablate.stats import seed_spending
from tests.synthetic import LOSS, build, factor, study

BLOCKS = {"kind": SEQUENTIAL, "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}


@pytest.mark.parametrize(
    ("spending", "target", "words"),
    [
        (BLOCKS, 0.5, "95 % confidence sequence"),
        ({"kind": TOPPED_UP, "target": 0.7, "cap": 64}, 0.7, "one-sided 97.5 % bound"),
        ({"kind": ALL_AT_ONCE}, 0.8, "one-sided 95 % bound"),
    ],
)
def test_the_bounds_hold_at_every_analysis_of_a_study(spending: dict[str, Json], target: float, words: str) -> None:
    claim = seed_spending.claim(study(spending=spending))
    assert (claim.target, claim.words) == (target, words)


def test_a_study_that_is_not_finished_is_judged_by_the_sequence() -> None:
    for spending, target in (({"kind": TOPPED_UP, "target": 0.7, "cap": 64}, 0.7), ({"kind": ALL_AT_ONCE}, 0.8)):
        claim = seed_spending.claim(study(spending=spending), finished=False)
        assert (claim.target, claim.words) == (target, "95 % confidence sequence")


def test_the_interval_of_a_setting_is_named_as_it_is() -> None:
    names = {
        str(spending["kind"]): seed_spending.interval(study(spending=spending))[1]
        for spending in (BLOCKS, {"kind": TOPPED_UP, "target": 0.7, "cap": 64}, {"kind": ALL_AT_ONCE})
    }
    assert names == {
        SEQUENTIAL: "95 % confidence sequence, which holds at every look",
        TOPPED_UP: "97.5 % Wilson interval (95 % for 2 looks together)",
        ALL_AT_ONCE: "95 % Wilson interval",
    }


def test_a_report_judges_by_the_claim_of_its_study(tmp_path: Path) -> None:
    losses = {"factors": (factor("loss", LOSS),), "contrasts": ()}
    results = study_results.load(build(tmp_path, study(spending=BLOCKS, **losses), lambda *_: "escaped"))
    made = section_inputs(results)
    assert (made.claim.target, made.claim.words) == (0.5, "95 % confidence sequence")
    page = (report.write(results) / "report.html").read_text(encoding="utf-8")
    assert "at a rate of at least 50\u00a0% (95 % confidence sequence for each alone)" in page
    assert "95 % confidence sequence, which holds at every look, and the median" in page
    assert "3 settings, 12 seeds a setting" in page

from __future__ import annotations

from pathlib import Path

from ablate import report
from ablate.report.section_inputs import section_inputs
from ablate.results import study_results
from tests.synthetic import build, study


def test_verdicts_are_the_claims_of_how_seeds_were_spent(tmp_path: Path) -> None:
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    own = study_results.load(build(tmp_path, study(spending=spent)))
    made = section_inputs(own)
    assert (made.claim.target, made.claim.words) == (0.5, "95 % confidence sequence")
    page = (report.write(own) / "report.html").read_text(encoding="utf-8")
    assert "at a rate of at least 50% (95 % confidence sequence)" in page
    assert "12 to 12 seeds a setting (sequential)" in page

from __future__ import annotations

import dataclasses
from pathlib import Path

from ablate.report import comparison_page, pictures, study_comparison
from ablate.results import study_results
from tests import recorded
from tests.report.drawn import described
from tests.report.recorded_page import words_of
from tests.report.test_study_comparison import load
from tests.synthetic import build, factor, study


def test_studies_with_nothing_in_common_say_so(tmp_path: Path) -> None:
    other = {name: {"kind": "clipped", "eps": eps} for name, eps in (("a", 0.1), ("b", 0.2))}
    own = study(factors=(factor("loss", other),), name="two", contrasts=(), seeds=(0, 1))
    two = study_results.load(build(tmp_path, own, lambda *_: "stuck"))
    found = study_comparison.compare(load(tmp_path, "one", seeds=(0, 1)), two)
    assert found.whole is found.gap is None
    said = "Nothing can be compared: no setting of one study is a setting of the other."
    assert found.summary()[-1] == said
    page = comparison_page.write(found, tmp_path / "out") / "report.html"
    assert said in page.read_text()


def test_the_comparison_is_a_page_with_tables_and_the_same_twice(tmp_path: Path) -> None:
    found = study_comparison.compare(load(tmp_path, "one"), load(tmp_path, "two", better="mse"))
    first = comparison_page.write(found, tmp_path / "a")
    second = comparison_page.write(dataclasses.replace(found), tmp_path / "b")
    for name in ("report.html", "tables/settings.csv", "tables/pairs.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert '<figure id="fig-differences"><figcaption>' in (first / "report.html").read_text()
    recorded.same(
        "comparison_page", "\n".join([words_of(first), *described(pictures.figure(comparison_page._picture(found)))])
    )
    assert "12 gained, 0 lost" in found.text()

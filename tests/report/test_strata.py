from __future__ import annotations

import dataclasses

import pytest

from ablate import report
from ablate.core.study import Contrast, Study
from ablate.design import designs
from ablate.report import effects, escape_times, levels, variance_shares
from ablate.report.strata import Stratum, strata
from ablate.results import study_results
from ablate.results.study_results import Results
from tests.synthetic import LOSS, RATES, build, factor, settings, study

UNION = (
    {"kind": "one_at_a_time"},
    {"kind": "full", "factors": {"loss": ["clipped", "fused"], "learning_rate": None}},
)


def union() -> Study:
    """Each remedy alone, and loss x learning rate: `mse` and the widths were run beside the baseline only."""
    factors = (factor("loss", LOSS), factor("learning_rate", RATES), factor("width", {"64": 64, "256": 256}))
    return study(name="union", factors=factors, seeds=tuple(range(8)), designs=UNION)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    own = union()
    planned = set(designs.settings(own))
    every = [setting for setting in settings(own) for _ in own.seeds]
    return study_results.load(
        build(tmp_path_factory.mktemp("union"), own, keep=lambda number: every[number] in planned)
    )


def stratum(found: Results) -> Stratum:
    (only,) = strata(found)
    return only


def test_levels_are_compared_where_the_most_were_run(found: Results) -> None:
    rows = stratum(found).comparable(["loss"])
    assert set(rows["loss"]) == {"clipped", "fused", "mse"}
    assert set(rows["learning_rate"]) == {"0.1"}
    assert set(rows["width"]) == {"64"}
    table = levels.table(stratum(found))
    assert table.loc[table["factor"] == "loss", "n"].tolist() == [8, 8, 8]
    assert table.loc[table["factor"] == "learning_rate", "n"].tolist() == [16, 16, 16]


def test_a_full_grid_is_comparable_as_a_whole(whole: Results) -> None:
    for name in whole.varying:
        assert len(stratum(whole).comparable([name])) == len(whole.trials)
        assert stratum(whole).company([name]) == ()


def test_a_link_says_which_company_a_number_is_from(found: Results) -> None:
    assert stratum(found).company(["loss"]) == (("learning_rate", "0.1"), ("width", "64"))
    assert stratum(found).company(["learning_rate"]) == (("loss", "clipped"), ("loss", "fused"), ("width", "64"))


def test_the_loudest_factors_are_those_whose_levels_differ_most(found: Results) -> None:
    assert stratum(found).loudest(1) == ("loss",)
    assert stratum(found).loudest(9) == ("loss", "learning_rate", "width")


def test_anova_is_over_the_full_part_of_a_union(found: Results) -> None:
    trials, names = variance_shares.full_grid(stratum(found), found.study)
    assert names == ["loss", "learning_rate"]
    assert len(trials) == 2 * 3 * 8
    frame, note = variance_shares.shares(stratum(found), found.study, "escaped")
    assert set(frame["cells"]) == {6}
    assert "over the 6 settings of loss, learning_rate" in note


def test_times_count_what_the_states_count(found: Results) -> None:
    seen = escape_times.looks(found)
    table = escape_times.table(stratum(found), "loss", seen).set_index("level")
    rows = stratum(found).comparable(["loss"])
    for level, row in table.iterrows():
        own = rows[rows["loss"] == level]
        assert row["escape"] == pytest.approx(own["time"].notna().mean())
        assert row["escape_low"] <= row["escape"] <= row["escape_high"]
        assert row["mean_steps"] == pytest.approx(own["time"].fillna(400).mean())
        fell = (own["state"] == "collapsed").sum()
        assert row["escaped_n"] == own["time"].notna().sum()
        if row["escaped_n"]:
            assert row["collapse"] == pytest.approx(fell / row["escaped_n"])
    escape, collapse, above = escape_times.curves(stratum(found), "loss", seen)
    assert escape.curves[0].value[-1] == pytest.approx(table.loc["clipped", "escape"])
    assert (escape.curves[0].value[1:] >= escape.curves[0].value[:-1]).all()
    assert escape.curves[0].at_risk[0] == 8
    assert above.curves[1].value[-1] == pytest.approx((rows[rows["loss"] == "fused"]["state"] == "escaped").mean())
    assert [curve.label for curve in collapse.curves] == ["clipped", "fused"]


def test_a_contrast_is_made_in_the_stratum_it_names(whole: Results) -> None:
    own = stratum(whole)
    fresh, rescued = (
        dataclasses.replace(own, within=(("start", start),), trials=own.trials.assign(start=start))
        for start in ("fresh", "collapsed")
    )
    there = Contrast(factor="loss", level="fused", against="clipped", at={"start": ["collapsed"]}, expect="more")
    anywhere = Contrast(factor="loss", level="mse", against="clipped")
    asking = dataclasses.replace(whole.study, contrasts=(there, anywhere))
    frame, missing = effects.declared(fresh, asking, "escaped")
    assert (frame["level"].tolist(), missing) == (["mse"], [])
    frame, missing = effects.declared(rescued, asking, "escaped")
    assert (frame["level"].tolist(), missing) == (["fused", "mse"], [])
    assert frame["expect"].tolist() == ["more", ""]


@pytest.mark.usefixtures("svg_only")
def test_a_union_has_a_whole_report(found: Results) -> None:
    place = report.write(found)
    html = (place / "report.html").read_text(encoding="utf-8")
    assert 'id="fig-importance-escape"' in html
    assert 'id="fig-sets"' in html
    assert "clip_trap" in (place / "tables" / "plateaus.csv").read_text()

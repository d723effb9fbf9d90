"""Effects of an incomplete grid: against numbers worked by hand and statsmodels, and what is said where it fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from ablate import report
from ablate.design import designs
from ablate.report.sections import odds
from ablate.report.trial_groups import TrialGroup
from ablate.results import study_results
from ablate.stats import model
from tests import recorded
from tests.report.recorded_page import words_of
from tests.synthetic import build, settings, study
from tests.synthetic import factor as made

HALF = [(a, b, (a + b) % 2) for a, b in itertools.product((0, 1), repeat=2)]


def group(cells: list[tuple[int, ...]], escaped: Callable[..., int], seeds: int = 20) -> TrialGroup:
    """`escaped(*cell)` of the seeds escape in each cell."""
    rows = [
        (f"{seed:016x}", seed, *("-+"[level] for level in cell), "escaped" if seed < escaped(*cell) else "stuck")
        for cell in cells
        for seed in range(seeds)
    ]
    names = list("abcd")[: len(cells[0])]
    trials = pd.DataFrame(rows, columns=["id", "seed", *names, "state"])
    return TrialGroup(key="", title="Prevention", lead="", within=(), trials=trials)


def test_a_full_grid_needs_no_model() -> None:
    assert odds.fitted(group(list(itertools.product((0, 1), repeat=2)), lambda *_: 9)) is None


def test_odds_of_a_half_fraction_are_those_worked_by_hand() -> None:
    counts = dict(zip(HALF, (3, 8, 12, 18), strict=True))
    found = odds.fitted(group(HALF, lambda *cell: counts[cell]))
    assert found is not None
    assert set(found.table["order"]) == {1}
    # Firth's estimate of a saturated model: each cell's logit with half a trial more on either side.
    logits = {cell: np.log((k + 0.5) / (20 - k + 0.5)) for cell, k in counts.items()}
    mean = np.mean(list(logits.values()))
    for (pair,), row in zip(found.levels, found.table.to_dict(orient="records"), strict=True):
        name, level = pair
        own = [value for cell, value in logits.items() if "-+"[cell["abc".index(name)]] == level]
        assert row["log_odds"] == pytest.approx(np.mean(own) - mean, abs=1e-5)
        assert row["odds_ratio"] == pytest.approx(np.exp(row["log_odds"]))
        assert row["low"] < row["log_odds"] < row["high"]
        assert (row["escaped"], row["n"]) == (sum(counts[c] for c in HALF if "-+"[c["abc".index(name)]] == level), 40)
    assert any("jackknife over seeds" in note for note in found.notes)


def test_levels_that_all_or_none_escape_are_finite_and_named() -> None:
    found = odds.fitted(group(HALF, lambda a, *_: 20 * a))
    assert found is not None
    assert np.isfinite(found.table[["log_odds", "low", "high"]].to_numpy(float)).all()
    ends = found.table.set_index(["term", "level"])["separated"]
    assert ends["a", "-"] == "none"
    assert ends["a", "+"] == "all"
    assert any(
        "maximum likelihood would make some odds infinite" in note and "a=- (0/40)" in note for note in found.notes
    )
    assert sorted(ends) == ["", "", "", "", "all", "none"]


def test_lack_of_fit_is_the_deviance_of_statsmodels() -> None:
    cells = [cell for cell in itertools.product((0, 1), repeat=3) if cell != (1, 1, 1)]
    own = group(cells, lambda a, b, c: 300 + 200 * a + 100 * b - 150 * c * b, seeds=1000)
    deviance, df, p = model.lack_of_fit(own.trials, list("abc"), order=1)
    X = np.array([(1, *cell) for cell in cells], float)
    k = np.array([300 + 200 * a + 100 * b - 150 * c * b for a, b, c in cells], float)
    theirs = GLM(np.stack([k, 1000 - k], axis=1), X, family=Binomial()).fit()
    assert df == theirs.df_resid == 3
    assert deviance == pytest.approx(theirs.deviance, rel=1e-3)
    assert p < 1e-6


def test_a_model_that_does_not_describe_the_settings_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell for cell in itertools.product((0, 1), repeat=3) if cell != (1, 1, 1)]
    monkeypatch.setattr(odds, "COLUMNS", 4)
    found = odds.fitted(group(cells, lambda a, b, _: 19 if a == b else 1))
    assert found is not None
    assert not len(found.table)
    assert "do not describe these 7 settings" in found.notes[0]


def test_a_model_that_would_take_minutes_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odds, "WORK", 10)
    found = odds.fitted(group(HALF, lambda *_: 9))
    assert found is not None
    assert "too many for a model" in found.notes[0]


@pytest.mark.usefixtures("undrawn")
def test_an_incomplete_study_has_its_odds_in_page_tables_and_figures(tmp_path: Path) -> None:
    on_off = {"off": {"kind": "off"}, "on": {"kind": "on"}}
    factors = tuple(made(name, on_off) for name in ("first", "second", "third"))
    own = study(
        name="part", factors=factors, seeds=tuple(range(10)), contrasts=(), designs=({"kind": "one_at_a_time"},)
    )
    planned = set(designs.settings(own))
    every = [setting for setting in settings(own) for _ in own.seeds]

    def plan(levels: dict[str, str], rng: np.random.Generator) -> str:
        return "escaped" if rng.random() < (0.8 if levels["first"] == "on" else 0.3) else "stuck"

    folder = build(tmp_path, own, plan, keep=lambda number: every[number] in planned)
    place = Path(str(report.write(study_results.load(folder))))
    html = (place / "report.html").read_text(encoding="utf-8")
    recorded.same("odds_report", words_of(place))
    assert 'id="odds"' in html
    assert 'id="fig-odds"' in html
    table = pd.read_csv(place / "tables" / "odds.csv").set_index(["term", "level"])
    assert table.loc[("first", "on"), "odds_ratio"] > 1 > table.loc[("first", "off"), "odds_ratio"]
    assert table.loc[("first", "on"), "n"] == 10

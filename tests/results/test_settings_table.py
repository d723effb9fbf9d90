from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.outcomes.states import STATES
from ablate.results import settings_table, study_results
from ablate.results.study_results import Results
from ablate.stats import sequential
from ablate.stats.rates import wilson
from tests.synthetic import LOSS, build, factor, study


def test_table_counts_states_and_gives_wilsons_interval(results: Results) -> None:
    table = settings_table.table(results)
    row = table[(table["loss"] == "fused") & (table["learning_rate"] == "0.1") & (table["width"] == "64")].iloc[0]
    own = results.trials.query(
        "loss == 'fused' and learning_rate == '0.1' and width == '64' and normalization == 'off'"
    )
    assert [row[state] for state in STATES] == [(own["state"] == state).sum() for state in STATES]
    assert row["n"] == 12 == sum(row[state] for state in STATES)
    z = 1.959963984540054
    k, n = int(row["escaped"]), 12
    middle, half = (k / n + z * z / 2 / n), z * np.sqrt(k / n * (1 - k / n) / n + z * z / 4 / n / n)
    assert row["low"] == pytest.approx((middle - half) / (1 + z * z / n))
    assert row["escape_rate"] == pytest.approx(k / n)


def test_pooled_rows_have_wider_intervals_than_independent_trials_would(results: Results) -> None:
    table = settings_table.table(results, ["loss"])
    assert list(table["loss"]) == ["clipped", "fused", "mse"]
    assert list(table["n"]) == [144] * 3
    low, high = wilson(0, 144)
    assert table["high"].iloc[2] > float(high) > float(low) == 0.0


@pytest.mark.parametrize(
    ("times", "escaped", "expected"),
    [([10, 20, 30, 40], 4, 20), ([10, 20, 30, 40], 2, 20), ([10, 20, 30, 40], 1, None), ([30, 10, 20], 3, 20)],
)
def test_median_time_is_empty_when_fewer_than_half_escape(
    results: Results, times: list[int], escaped: int, expected: int | None
) -> None:
    frame = results.trials.iloc[: len(times)].copy()
    frame["state"] = ["escaped" if at < escaped else "collapsed" for at in range(len(times))]
    frame["time"] = [float(time) for time in times]
    frame["escaped"] = frame["state"] == "escaped"
    median = settings_table.table(dataclasses.replace(results, trials=frame), ["loss"])["median_time"].iloc[0]
    assert np.isnan(median) if expected is None else median == expected


def test_prevention_and_rescue_are_never_pooled(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    folder = build(tmp_path, study(factors=(factor("loss", LOSS), start), seeds=(0, 1, 2), contrasts=()))
    table = settings_table.table(study_results.load(folder), ["loss"])
    assert list(table.columns[:2]) == ["loss", "start"]
    assert len(table) == 6


def test_a_sequential_study_shows_its_sequences_intervals(tmp_path: Path, results: Results) -> None:
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    own = study_results.load(build(tmp_path, study(spending=spent)))
    table = settings_table.table(own)
    low, high = sequential.bounds(table["escaped"].to_numpy(), table["n"].to_numpy())
    assert np.allclose(table["low"], low)
    assert np.allclose(table["high"], high)
    fixed = settings_table.table(results)
    assert (table["escape_rate"] == fixed["escape_rate"]).all()
    assert (table["high"] - table["low"] > fixed["high"] - fixed["low"]).all()


def test_rates_over_settings_count_only_the_seeds_that_every_setting_gets(tmp_path: Path) -> None:
    """Results decided how many seeds a setting got, so settings with few seeds are those whose seeds agreed."""
    for spent, seeds, first in (
        ({"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}, tuple(range(12)), 4),
        ({"kind": "topped_up", "target": 0.5, "cap": 12}, tuple(range(5)), 5),
    ):
        folder = build(tmp_path / spent["kind"], study(seeds=tuple(range(12))))
        own = study_results.load(folder)
        spending = dataclasses.replace(own.study, seeds=seeds, spending=spent)
        undecided = own.trials["loss"].isin(["fused"]) | own.trials["seed"].isin(range(first))
        own = dataclasses.replace(
            own, manifest=dataclasses.replace(own.manifest, study=spending), trials=own.trials[undecided]
        )
        table = settings_table.table(own, ["loss"])
        early = own.trials[own.trials["seed"] < first]
        expected = early.groupby("loss", observed=True)["escaped"].mean()
        assert table.set_index("loss")["escape_rate"].to_dict() == pytest.approx(expected.to_dict())
        assert set(table["n"]) == {12 * first}
        assert set(settings_table.table(own)["n"]) == {first, 12}, "a setting's own rate counts all its seeds"


def test_how_many_trials_rates_over_settings_leave_out_is_told(results: Results) -> None:
    rows = results.trials[(results.trials["seed"] < 4) | (results.trials["loss"] == "fused")]
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    record = dataclasses.replace(results.manifest, study=dataclasses.replace(results.study, spending=spent))
    own = dataclasses.replace(results, manifest=record, trials=rows)
    assert settings_table.later_trials(own, ["loss"]) == 12 * 8
    assert settings_table.later_trials(own) == settings_table.later_trials(own, own.varying) == 0
    assert settings_table.later_trials(results, ["loss"]) == 0


def test_without_a_factor_that_varies_the_first_names_the_row(results: Results) -> None:
    table = settings_table.table(dataclasses.replace(results, trials=results.trials[:12]))
    assert list(table.columns[:2]) == ["loss", "n"]
    assert table["n"].tolist() == [12]


def test_a_topped_up_study_is_looked_at_twice_and_its_intervals_allow_for_it(tmp_path: Path) -> None:
    spent = {"kind": "topped_up", "target": 0.8, "cap": 64}
    own = study_results.load(build(tmp_path, study(spending=spent)))
    table = settings_table.table(own)
    low, high = wilson(table["escaped"].to_numpy(), table["n"].to_numpy(), 0.975)
    assert np.allclose(table["low"], low)
    assert np.allclose(table["high"], high)


def test_a_search_pools_no_rate_over_the_settings_that_it_chose(tmp_path: Path) -> None:
    folder = build(tmp_path, study())
    (folder / "search.json").write_text("{}")
    own = study_results.load(folder)
    assert len(settings_table.table(own))
    with pytest.raises(ConfigError, match="chose these settings by their results"):
        settings_table.table(own, ["loss"])


def test_an_unknown_factor_names_the_nearest(results: Results) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'loss'"):
        settings_table.table(results, ["los"])

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ablate import report, store
from ablate.core.errors import ConfigError, StoreError
from ablate.core.study import Budget, Level
from ablate.outcomes.states import STATES
from ablate.report.folder import material, published
from ablate.results import study_results
from ablate.stats import sequential
from tests.synthetic import LOSS, TASK, build, factor, record, study, write_manifest


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> study_results.Results:
    return study_results.load(build(tmp_path_factory.mktemp("results")))


def test_every_trial_is_one_row_with_level_names_in_the_studys_order(found: study_results.Results) -> None:
    assert len(found.trials) == 3 * 3 * 2 * 2 * 12
    assert list(found.trials["loss"].cat.categories) == ["clipped", "fused", "mse"]
    assert list(found.trials["learning_rate"].cat.categories) == ["0.1", "0.01", "0.001"]
    assert found.varying == ("loss", "learning_rate", "width", "normalization")
    assert found.others == 0
    assert found.programs == (('{"slots":16}', 432),)
    first = found.trials.iloc[:12]
    assert set(zip(first["loss"], first["learning_rate"], strict=True)) == {("clipped", "0.1")}
    assert list(first["seed"]) == list(range(12))


def test_states_are_those_of_the_store(found: study_results.Results) -> None:
    stored = store.read_states(found.folder).set_index("id")["state"]
    assert (found.trials.set_index("id")["state"].astype(str) == stored.reindex(found.trials["id"])).all()
    assert (found.trials["escaped"] == (found.trials["state"] == "escaped")).all()


def test_table_counts_states_and_gives_wilsons_interval(found: study_results.Results) -> None:
    table = study_results.table(found)
    row = table[(table["loss"] == "fused") & (table["learning_rate"] == "0.1") & (table["width"] == "64")].iloc[0]
    own = found.trials.query("loss == 'fused' and learning_rate == '0.1' and width == '64' and normalization == 'off'")
    assert [row[state] for state in STATES] == [(own["state"] == state).sum() for state in STATES]
    assert row["n"] == 12 == sum(row[state] for state in STATES)
    z = 1.959963984540054
    k, n = int(row["escaped"]), 12
    middle, half = (k / n + z * z / 2 / n), z * np.sqrt(k / n * (1 - k / n) / n + z * z / 4 / n / n)
    assert row["low"] == pytest.approx((middle - half) / (1 + z * z / n))
    assert row["escape_rate"] == pytest.approx(k / n)


def test_pooled_rows_have_wider_intervals_than_independent_trials_would(found: study_results.Results) -> None:
    table = study_results.table(found, ["loss"])
    assert list(table["loss"]) == ["clipped", "fused", "mse"]
    assert list(table["n"]) == [144] * 3
    from ablate.stats.rates import wilson

    low, high = wilson(0, 144)
    assert table["high"].iloc[2] > float(high) > float(low) == 0.0


@pytest.mark.parametrize(
    ("times", "escaped", "expected"),
    [([10, 20, 30, 40], 4, 20), ([10, 20, 30, 40], 2, 20), ([10, 20, 30, 40], 1, None), ([30, 10, 20], 3, 20)],
)
def test_median_time_is_empty_when_fewer_than_half_escape(
    found: study_results.Results, times: list[int], escaped: int, expected: int | None
) -> None:
    frame = found.trials.iloc[: len(times)].copy()
    frame["state"] = ["escaped" if at < escaped else "collapsed" for at in range(len(times))]
    frame["time"] = [float(time) for time in times]
    frame["escaped"] = frame["state"] == "escaped"
    median = study_results.table(dataclasses.replace(found, trials=frame), ["loss"])["median_time"].iloc[0]
    assert np.isnan(median) if expected is None else median == expected


def test_rows_of_other_budgets_seeds_and_levels_are_left_out_and_counted(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=(0, 1), contrasts=())
    folder = build(tmp_path, own)
    others = [
        dataclasses.replace(own, budget=Budget(steps=800, looks=25)),
        dataclasses.replace(own, seeds=(7,)),
        study(factors=(factor("loss", {"other": {"kind": "double_softmax"}}),), seeds=(0,), contrasts=()),
    ]
    with store.writer(folder, own.name) as writer:
        for other in others:
            setting = other.baseline
            writer.add(record(other, setting, other.seeds[0], lambda *_: "escaped"))
    found = study_results.load(folder)
    assert len(found.trials) == 6
    assert found.others == 3


def test_a_factor_added_later_stands_at_its_neutral_level_in_old_rows(tmp_path: Path) -> None:
    folder = build(tmp_path, study(factors=(factor("loss", LOSS),), seeds=(0,), contrasts=()))
    wider = study(factors=(factor("loss", LOSS), factor("dropout", {"0.0": 0.0, "0.5": 0.5})), seeds=(0,), contrasts=())
    write_manifest(wider, folder)
    assert set(study_results.load(folder).trials["dropout"]) == {"0.0"}


def test_an_unnamed_level_is_called_by_its_parameters() -> None:
    loss = factor("loss", LOSS)
    assert study_results.level_name(loss, {"kind": "fused"}) == "fused"
    assert study_results.level_name(loss, {"kind": "new", "eps": 1}) == '{"eps":1,"kind":"new"}'


def test_a_fresh_clone_reads_the_published_trials(found: study_results.Results, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    (folder / "report").mkdir(parents=True)
    shutil.copy(found.folder / "manifest.json", folder / "report" / "manifest.json")
    published(found).to_parquet(folder / "report" / "trials.parquet", index=False)
    clone = study_results.load(folder)
    assert not clone.complete
    assert clone.curves() == {}
    assert study_results.table_text(clone) == study_results.table_text(found)


def test_published_parts_are_one_study(found: study_results.Results, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    whole = published(found)
    for name, rows in (("02", whole["seed"] % 2 == 1), ("01", whole["seed"] % 2 == 0), ("again", whole["seed"] == 0)):
        (folder / "parts" / name).mkdir(parents=True)
        whole[rows].to_parquet(folder / "parts" / name / "trials.parquet", index=False)
    (folder / "parts" / "empty").mkdir()
    (folder / "report").mkdir()
    shutil.copy(found.folder / "manifest.json", folder / "report" / "manifest.json")
    clone = study_results.load(folder)
    assert clone.parts == ("01", "02", "again")
    assert not clone.complete
    assert list(clone.trials["id"]) == list(found.trials["id"])
    assert study_results.table_text(clone) == study_results.table_text(found)


def test_parts_keep_the_order_of_levels_also_of_one_that_a_part_alone_has(
    found: study_results.Results, tmp_path: Path
) -> None:
    whole = published(found)
    other = whole[whole["seed"] == 1].assign(loss=lambda rows: rows["loss"].replace("fused", "older"))
    for name, rows in (("1", whole[whole["seed"] == 0]), ("2", other)):
        (tmp_path / "parts" / name).mkdir(parents=True)
        rows.to_parquet(tmp_path / "parts" / name / "trials.parquet", index=False)
    (tmp_path / "report").mkdir()
    shutil.copy(found.folder / "manifest.json", tmp_path / "report" / "manifest.json")
    losses = study_results.load(tmp_path).trials["loss"]
    assert list(losses.cat.categories) == [*found.trials["loss"].cat.categories, "older"]
    assert losses.is_monotonic_increasing


def test_a_part_that_cannot_be_read_is_named(found: study_results.Results, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "parts" / "01").mkdir(parents=True)
    shutil.copy(found.folder / "manifest.json", tmp_path / "report" / "manifest.json")
    (tmp_path / "parts" / "01" / "trials.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"parts/01/trials\.parquet must be the trials that a report published"):
        study_results.load(tmp_path)


def test_a_folder_without_trials_says_so(tmp_path: Path) -> None:
    write_manifest(study(), tmp_path / "planted")
    with pytest.raises(StoreError, match="There must be trials in"):
        study_results.load(tmp_path / "planted")


def test_prevention_and_rescue_are_never_pooled(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    folder = build(tmp_path, study(factors=(factor("loss", LOSS), start), seeds=(0, 1, 2), contrasts=()))
    table = study_results.table(study_results.load(folder), ["loss"])
    assert list(table.columns[:2]) == ["loss", "start"]
    assert len(table) == 6


def test_text_csv_markdown_and_json_hold_the_same_numbers(found: study_results.Results) -> None:
    rows = json.loads(study_results.table_text(found, ["loss"], "json"))
    assert rows[0]["loss"] == "clipped"
    assert rows[0]["median_time"] is None
    csv = study_results.table_text(found, ["loss"], "csv").splitlines()
    assert csv[0] == ",".join(rows[0])
    assert csv[1].split(",")[1] == str(rows[0]["n"])
    assert study_results.table_text(found, ["loss"], "md").splitlines()[2].startswith("| clipped | 144 |")
    text = study_results.table_text(found, ["loss"]).splitlines()
    assert text[0].split() == list(rows[0])


def test_unknown_factors_and_formats_name_the_nearest(found: study_results.Results) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'loss'"):
        study_results.table(found, ["los"])
    with pytest.raises(ConfigError, match="Unknown format: 'latex'"):
        study_results.table_text(found, None, "latex")


def test_curves_come_by_id(found: study_results.Results) -> None:
    name = found.trials["id"].iloc[0]
    curves = found.curves([name])
    assert list(curves) == [name]
    assert len(curves[name].signals["accuracy"]) == 26


def test_levels_are_found_by_parameters_not_names(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=(0,), contrasts=())
    folder = build(tmp_path, own)
    renamed = dataclasses.replace(
        own.factors[0], levels=tuple(Level(name=f"my {one.name}", params=one.params) for one in own.factors[0].levels)
    )
    write_manifest(dataclasses.replace(own, factors=(renamed,)), folder)
    assert list(study_results.load(folder).trials["loss"]) == ["my clipped", "my fused", "my mse"]
    assert TASK in store.read_states(folder)["task_hash"].unique()


def test_a_sequential_study_shows_its_sequences_intervals(tmp_path: Path, found: study_results.Results) -> None:
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    own = study_results.load(build(tmp_path, study(spending=spent)))
    table = study_results.table(own)
    low, high = sequential.bounds(table["escaped"].to_numpy(), table["n"].to_numpy())
    assert np.allclose(table["low"], low)
    assert np.allclose(table["high"], high)
    fixed = study_results.table(found)
    assert (table["escape_rate"] == fixed["escape_rate"]).all()
    assert (table["high"] - table["low"] > fixed["high"] - fixed["low"]).all()
    assert study_results.table(own, ["loss"])["low"].equals(study_results.table(found, ["loss"])["low"])


def test_verdicts_are_the_claims_of_how_seeds_were_spent(tmp_path: Path) -> None:
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    own = study_results.load(build(tmp_path, study(spending=spent)))
    made = material(own)
    assert (made.claim.target, made.claim.words) == (0.5, "95 % confidence sequence")
    page = (report.write(own) / "report.html").read_text(encoding="utf-8")
    assert "at a rate of at least 50% (95 % confidence sequence)" in page
    assert "12 to 12 seeds a setting (sequential)" in page

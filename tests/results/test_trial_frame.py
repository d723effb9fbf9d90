from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from ablate import store
from ablate.core.study import Level
from ablate.report.folder import published
from ablate.results import study_results
from ablate.results.study_results import Results
from tests.synthetic import LOSS, TASK, build, factor, study, write_manifest


def test_every_trial_is_one_row_with_level_names_in_the_studys_order(results: Results) -> None:
    assert len(results.trials) == 3 * 3 * 2 * 2 * 12
    assert list(results.trials["loss"].cat.categories) == ["clipped", "fused", "mse"]
    assert list(results.trials["learning_rate"].cat.categories) == ["0.1", "0.01", "0.001"]
    assert results.varying == ("loss", "learning_rate", "width", "normalization")
    assert results.others == 0
    assert results.programs == (('{"slots":16}', 432),)
    first = results.trials.iloc[:12]
    assert set(zip(first["loss"], first["learning_rate"], strict=True)) == {("clipped", "0.1")}
    assert list(first["seed"]) == list(range(12))


def test_states_are_those_of_the_store(results: Results) -> None:
    stored = store.read_states(results.folder).set_index("id")["state"]
    assert (results.trials.set_index("id")["state"].astype(str) == stored.reindex(results.trials["id"])).all()
    assert (results.trials["escaped"] == (results.trials["state"] == "escaped")).all()


def test_a_factor_added_later_stands_at_its_neutral_level_in_old_rows(tmp_path: Path) -> None:
    folder = build(tmp_path, study(factors=(factor("loss", LOSS),), seeds=(0,), contrasts=()))
    wider = study(factors=(factor("loss", LOSS), factor("dropout", {"0.0": 0.0, "0.5": 0.5})), seeds=(0,), contrasts=())
    write_manifest(wider, folder)
    assert set(study_results.load(folder).trials["dropout"]) == {"0.0"}


def test_levels_are_found_by_parameters_not_names(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=(0,), contrasts=())
    folder = build(tmp_path, own)
    levels = tuple(Level(name=f"my {one.name}", params=one.params) for one in own.factors[0].levels)
    renamed = dataclasses.replace(own.factors[0], levels=levels, baseline=levels[0])
    write_manifest(dataclasses.replace(own, factors=(renamed,)), folder)
    assert list(study_results.load(folder).trials["loss"]) == ["my clipped", "my fused", "my mse"]
    assert TASK in store.read_states(folder)["task_hash"].unique()


def test_parts_keep_the_order_of_levels_also_of_one_that_a_part_alone_has(results: Results, tmp_path: Path) -> None:
    whole = published(results)
    other = whole[whole["seed"] == 1].assign(loss=lambda rows: rows["loss"].replace("fused", "older"))
    for name, rows in (("1", whole[whole["seed"] == 0]), ("2", other)):
        (tmp_path / "parts" / name).mkdir(parents=True)
        rows.to_parquet(tmp_path / "parts" / name / "trials.parquet", index=False)
    (tmp_path / "report").mkdir()
    shutil.copy(results.folder / "manifest.json", tmp_path / "report" / "manifest.json")
    losses = study_results.load(tmp_path).trials["loss"]
    assert list(losses.cat.categories) == [*results.trials["loss"].cat.categories, "older"]
    assert losses.is_monotonic_increasing

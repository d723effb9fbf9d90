from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from ablate import store
from ablate.commands.table import table_text
from ablate.core.errors import StoreError
from ablate.core.study import ALL_AT_ONCE, TOPPED_UP, Budget
from ablate.report.folder import published
from ablate.results import study_results
from ablate.results.study_results import Results
from ablate.store.manifest import DESIGN, OWN
from tests.synthetic import LOSS, build, factor, record, study, write_manifest


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
    assert found.left_out == {"levels": 1, "seeds": 1, "budget": 1}
    assert found.others == 3


def test_the_trials_that_a_study_plans_are_its_settings_times_its_seeds(results: Results, tmp_path: Path) -> None:
    assert results.planned == 36 * 12
    assert repr(results) == f"<Results of planted: 432 trials in {results.folder}>"
    trials = results.trials.iloc[:1]
    (tmp_path / "report").mkdir()
    trials.to_parquet(tmp_path / "report" / "trials.parquet", index=False)
    own = study(seeds=(0, 1), contrasts=())
    for source, spent, planned in (
        (DESIGN, ALL_AT_ONCE, 72),
        (OWN, ALL_AT_ONCE, None),
        (DESIGN, TOPPED_UP, None),
    ):
        changed = dataclasses.replace(own, spending={**own.spending, "kind": spent, "target": 0.5, "cap": 4})
        record = dataclasses.replace(results.manifest, study=changed, source=source)
        assert study_results.load(tmp_path, record).planned == planned


def damaged(folder: Path, old: str, new: str) -> None:
    """Change the manifest as one flipped bit may change it."""
    path = folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"loss"', '"losr"', "6 with other levels (no stored trial has the factor losr)"),
        ('"steps": 400', '"steps": 404', "6 with other steps or evaluations"),
    ],
)
def test_a_damaged_manifest_is_an_error_and_no_empty_table(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = build(tmp_path, study(factors=(factor("loss", LOSS),), seeds=(0, 1), contrasts=()))
    damaged(folder, old, new)
    with pytest.raises(StoreError) as caught:
        study_results.load(folder)
    assert str(caught.value) == (
        f"The trials stored in {folder} must belong to the study in its manifest.json. Received 6 trials, none of them "
        f"of this study: {said}. Run `ablate sweep` again with the study's command; it trains what is missing and "
        "writes a new manifest."
    )


def test_a_fresh_clone_reads_the_published_trials(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    (folder / "report").mkdir(parents=True)
    shutil.copy(results.folder / "manifest.json", folder / "report" / "manifest.json")
    published(results).to_parquet(folder / "report" / "trials.parquet", index=False)
    clone = study_results.load(folder)
    assert not clone.complete
    assert clone.curves() == {}
    assert table_text(clone) == table_text(results)


def test_published_parts_are_one_study(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    whole = published(results)
    for name, rows in (("02", whole["seed"] % 2 == 1), ("01", whole["seed"] % 2 == 0), ("again", whole["seed"] == 0)):
        (folder / "parts" / name).mkdir(parents=True)
        whole[rows].to_parquet(folder / "parts" / name / "trials.parquet", index=False)
    (folder / "parts" / "empty").mkdir()
    (folder / "report").mkdir()
    shutil.copy(results.folder / "manifest.json", folder / "report" / "manifest.json")
    clone = study_results.load(folder)
    assert clone.parts == ("01", "02", "again")
    assert not clone.complete
    assert list(clone.trials["id"]) == list(results.trials["id"])
    assert table_text(clone) == table_text(results)


def test_a_part_that_cannot_be_read_is_named(results: Results, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "parts" / "01").mkdir(parents=True)
    shutil.copy(results.folder / "manifest.json", tmp_path / "report" / "manifest.json")
    (tmp_path / "parts" / "01" / "trials.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"parts/01/trials\.parquet must be the trials that a report published"):
        study_results.load(tmp_path)


def test_a_folder_without_trials_says_so(tmp_path: Path) -> None:
    write_manifest(study(), tmp_path / "planted")
    with pytest.raises(StoreError, match="There must be trials in"):
        study_results.load(tmp_path / "planted")


def test_curves_come_by_id(results: Results) -> None:
    name = results.trials["id"].iloc[0]
    curves = results.curves([name])
    assert list(curves) == [name]
    assert len(curves[name].signals["accuracy"]) == 26

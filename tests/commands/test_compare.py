from __future__ import annotations

from pathlib import Path

import pytest

from ablate.commands.main import main
from tests.synthetic import LOSS, build, factor, study


def make(folder: Path, name: str) -> Path:
    return build(folder, study(name=name, factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=()))


def test_compare_prints_what_changed_and_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "one")
    two = make(tmp_path, "two")
    assert main(["compare", "one", "two", f"results_dir={tmp_path}"]) == 0
    said = capsys.readouterr().out
    assert "9 trials of one and two are pairs" in said
    assert "9 pairs are trials with the same id" in said
    assert (two / "compare-one" / "report.html").is_file()


def test_compare_takes_paths_and_wants_two_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = make(tmp_path / "a", "one"), make(tmp_path / "b", "one")
    assert main(["compare", str(one), str(two)]) == 0
    assert main(["compare", str(one)]) == 2
    assert "Exactly two studies" in capsys.readouterr().err


def test_a_published_study_is_compared_and_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        make(tmp_path / "results" / "published", name)
    before = sorted((tmp_path / "results" / "published").rglob("*"))
    assert main(["compare", "one", "two", f"results_dir={tmp_path / 'results'}"]) == 0
    assert sorted((tmp_path / "results" / "published").rglob("*")) == before
    assert (tmp_path / "results" / "two" / "compare-one" / "report.html").is_file()
    assert str(tmp_path / "results" / "two" / "compare-one") in capsys.readouterr().out


def test_studies_without_a_common_seed_are_compared_unpaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seeds, ends in (("one", range(8), "stuck"), ("two", range(8, 20), "escaped")):
        own = study(name=name, factors=(factor("loss", LOSS),), seeds=tuple(seeds), contrasts=())
        build(tmp_path, own, lambda levels, _, ends=ends: ends if levels["loss"] == "mse" else "stuck")
    assert main(["compare", "one", "two", f"results_dir={tmp_path}"]) == 0
    said = capsys.readouterr().out
    assert "one and two share no seed in any setting of both, so their trials cannot be paired." in said
    assert "unpaired, in the 3 settings of both" in said
    assert "Seeds are not shared (8 in the first, 12 in the second)" in said
    assert (
        "The rate of 1 of 3 settings differs beyond noise (Fisher's exact test, Holm over these settings, 5 %)." in said
    )
    page = (tmp_path / "two" / "compare-one" / "report.html").read_text()
    assert "12 and 8 trials *" in page
    assert "unpaired" in page


def test_settings_that_did_not_change_are_not_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        make(tmp_path, name)
    assert main(["compare", "one", "two", f"results_dir={tmp_path}"]) == 0
    assert "adjusted_p" not in capsys.readouterr().out

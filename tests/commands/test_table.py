from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ablate import store
from ablate.commands.exit_status import USAGE_ERROR
from ablate.commands.main import main
from ablate.commands.table import table_text
from ablate.core.errors import ConfigError
from ablate.core.study import Budget
from ablate.results import study_results
from ablate.results.study_results import Results
from tests.commands.conftest import Said
from tests.synthetic import LOSS, build, factor, planted, record, study, write_manifest


@pytest.fixture(scope="module")
def planted_study(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return study_results.load(build(tmp_path_factory.mktemp("results")))


def test_text_csv_markdown_and_json_hold_the_same_numbers(planted_study: Results) -> None:
    rows = json.loads(table_text(planted_study, ["loss"], "json"))
    assert rows[0]["loss"] == "clipped"
    assert rows[0]["median_time"] is None
    csv = table_text(planted_study, ["loss"], "csv").splitlines()
    assert csv[0] == ",".join(rows[0])
    assert csv[1].split(",")[1] == str(rows[0]["n"])
    assert table_text(planted_study, ["loss"], "md").splitlines()[2].startswith("| clipped | 144 |")
    text = table_text(planted_study, ["loss"]).splitlines()
    assert text[0].split() == list(rows[0])


def test_trials_on_seeds_that_results_chose_are_said_to_be_left_out_of_rates_over_settings(
    tmp_path: Path, said: Said
) -> None:
    spent = {"kind": "sequential", "target": 0.5, "block": 4, "cap": 12, "confidence": 0.95}
    folder = build(tmp_path, study(spending=spent))
    grouped, own = said("table", str(folder), "--by", "loss")[2], said("table", str(folder))[2]
    assert "count the 4 seeds that every setting gets; 288 trials on later seeds are left out" in grouped
    assert "left out" not in own, "a setting's own rate counts all its seeds"


def test_an_unknown_format_names_those_there_are(planted_study: Results) -> None:
    with pytest.raises(ConfigError, match="Unknown format: 'latex'"):
        table_text(planted_study, None, "latex")


def test_trials_outside_the_study_as_last_asked_for_are_counted_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = study(factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=())
    folder = build(tmp_path, asked)
    assert main(["table", "planted", f"results_dir={tmp_path}", "--format", "csv"]) == 0
    whole = capsys.readouterr()
    assert whole.err.startswith("Here above chance is an accuracy of more than 23.4%")
    shorter = dataclasses.replace(asked, budget=Budget(steps=asked.budget.steps * 2, looks=asked.budget.looks))
    with store.writer(folder, asked.name) as writer:
        writer.add(record(shorter, asked.baseline, 0, planted))
    write_manifest(dataclasses.replace(asked, seeds=(0, 1)), folder)
    assert main(["table", "planted", f"results_dir={tmp_path}", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert err.removeprefix(whole.err) == (
        f"Not in this table: 4 of the trials stored in {folder}. They are not part of the study as it was last "
        "swept: 3 with other seeds, 1 with other steps or evaluations.\n"
    )
    assert [line.split(",")[1] for line in out.splitlines()] == ["n", "2", "2", "2"]
    assert [line.split(",")[1] for line in whole.out.splitlines()] == ["n", "3", "3", "3"]


def test_table_has_a_row_for_each_setting_and_all_their_trials(said: Said, place: str) -> None:
    status, out, _ = said("table", "fake", place, "--format", "json")
    rows = json.loads(out)
    assert status == 0
    assert {(row["width"], row["learning_rate"]) for row in rows} == {
        (width, rate) for width in ("16", "32") for rate in ("0.001", "0.01")
    }
    assert all(row["n"] == 3 for row in rows)


def test_table_groups_by_a_factor_wherever_the_option_stands(said: Said, place: str) -> None:
    status, out, _ = said("table", "--by", "width", place, "study=fake", "--format", "csv")
    head, *rows = out.splitlines()
    assert status == 0
    assert head.startswith("width,n,")
    assert [row.split(",")[:2] for row in rows] == [["16", "6"], ["32", "6"]]
    assert said("table", "--format", "csv", "fake", "--by", "width", place)[1] == out


def test_table_by_an_unknown_factor_is_an_error(said: Said, place: str) -> None:
    status, _, err = said("table", "fake", place, "--by", "widht")
    assert status == USAGE_ERROR
    assert "Did you mean 'width'?" in err

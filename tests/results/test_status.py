"""How much of a study is there, in words: each number of trials, settings and seeds, and each plural."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from ablate.results import status
from ablate.results.study_results import Results

NOT_FINISHED = "The study is not finished: some settings may lack seeds."


def with_trials(results: Results, rows: pd.DataFrame, planned: int | None, **spending: object) -> Results:
    own = dataclasses.replace(results.study, spending={**results.study.spending, **spending})
    record = dataclasses.replace(results.manifest, study=own)
    return dataclasses.replace(results, trials=rows, planned=planned, manifest=record)


@pytest.mark.parametrize(
    ("seeds", "planned", "said"),
    [
        (12, 432, "All 432 planned trials are here: 36 settings, 12 seeds a setting."),
        (12, 431, "All 432 planned trials are here: 36 settings, 12 seeds a setting."),
        (12, 1433, "432 of 1,433 planned trials are here: 36 settings, 12 seeds a setting."),
        (1, None, "36 trials are here: 36 settings, 1 seed a setting."),
    ],
)
def test_how_many_trials_are_here(results: Results, seeds: int, planned: int | None, said: str) -> None:
    rows = results.trials[results.trials["seed"] < seeds]
    assert status.progress(with_trials(results, rows, planned)) == said


@pytest.mark.parametrize(
    ("planned", "said"),
    [(None, "1 trial is here"), (1, "The one planned trial is here"), (2, "1 of 2 planned trials are here")],
)
def test_a_single_trial_is_named_in_the_singular(results: Results, planned: int | None, said: str) -> None:
    assert status.progress(with_trials(results, results.trials[:1], planned)) == f"{said}: 1 setting, 1 seed a setting."
    two = with_trials(results, results.trials[:2], 2)
    assert status.progress(two) == "All 2 planned trials are here: 1 setting, 2 seeds a setting."


def test_settings_with_unequal_seeds_and_how_seeds_were_spent_are_said(results: Results) -> None:
    own = with_trials(results, results.trials[:18], None, kind="topped_up")
    assert status.progress(own) == "18 trials are here: 2 settings, 6 to 12 seeds a setting (topped up)."


@pytest.mark.parametrize(
    ("finished", "planned", "left_out", "said"),
    [
        ("now", 432, {}, []),
        ("now", None, {}, []),
        ("", 432, {}, [NOT_FINISHED]),
        ("now", 433, {}, [NOT_FINISHED]),
        (
            "now", 432, {"seeds": 1},
            ["1 other trial stored in this folder is not part of the study as it was last swept: 1 with other seeds."],
        ),
        (
            "now", 432, {"seeds": 2, "levels": 1},
            [
                (
                    "3 other trials stored in this folder are not part of the study as it was last swept: 2 with other "
                    "seeds, 1 with other levels."
                )
            ],
        ),
    ],
)  # fmt: skip
def test_what_a_reader_must_know_first_is_said(
    results: Results, finished: str, planned: int | None, left_out: dict[str, int], said: list[str]
) -> None:
    record = dataclasses.replace(results.manifest, finished=finished)
    assert status.notes(dataclasses.replace(results, manifest=record, planned=planned, left_out=left_out)) == said

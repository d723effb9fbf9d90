"""`ablate rates` and `ablate luck`: a sweep of one network with many seeds, and its answer."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

import ablate
from ablate.commands import seed_study
from tests.commands.conftest import Said
from tests.fake_sweep import swept


def test_what_is_not_given_is_many_seeds_and_many_rates() -> None:
    study = seed_study.study_of(["loss=fused", "width=16"], "rates")
    assert (len(study.seeds), len(study.factor("learning_rate").levels)) == (64, 11)
    fewer = seed_study.study_of(["learning_rate=0.1,1", "seed=range(3)", "study=mine"], "rates")
    assert (len(fewer.seeds), len(fewer.factor("learning_rate").levels), fewer.name) == (3, 2, "mine")
    assert len(seed_study.study_of([], "luck").seeds) == 64


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        ("rates", ["learning_rate=1e-3,1e-2"], "at no learning rate an escape rate of at least 0.8 is proven"),
        ("luck", [], "With 3 seeds it does not escape in"),
    ],
)
def test_the_answer_is_printed_and_drawn(said: Said, tmp_path: Path, command: str, words: list[str], says: str) -> None:
    overrides = ["task=words", *words, "seed=range(3)", f"results_dir={tmp_path}"]
    with mock.patch("ablate.runner.sweep.sweep", side_effect=lambda study, **_: swept(study)[0]):
        status, out, _ = said(command, *overrides)
        assert status == 0
        assert says in out
        assert "3 of 3 trials are to be trained: about" in out or "6 of 6 trials" in out
        assert f"Figure: {tmp_path}/" in out
        assert [path.name for path in tmp_path.rglob("*.png")] == [f"{command}.png"]
        keys = {"learning_rate": [1e-3, 1e-2]} if command == "rates" else {}
        answer = getattr(ablate, command)(task="words", seed=range(3), results_dir=tmp_path, **keys)
    assert answer.text() in out
    assert getattr(ablate.plots, command)(answer).axes


def test_one_learning_rate_is_refused(said: Said) -> None:
    assert "at least two levels" in said("rates", "learning_rate=0.1")[2]

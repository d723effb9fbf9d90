"""The methods section says what a study did, and cites what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ablate.report import paper_methods
from ablate.report.paper_methods import Sentence
from ablate.stats import claims
from tests.synthetic import CHANCE, TASK, study

SEQUENTIAL = {"kind": "sequential", "block": 4, "cap": 12, "confidence": 0.95, "target": 0.7}


def inputs(varying: tuple[str, ...] = ("loss", "width"), *, searched: bool = False, **more: Any) -> Any:
    """A study of six trials, two seeds each of three settings."""
    trials = pd.DataFrame(
        {"loss": ["clipped", "fused", "mse"] * 2, "width": ["64", "256", "64"] * 2, "seed": [0, 0, 0, 3, 3, 3],
         "task_hash": TASK, "wall_seconds": [1800.0] * 6}
    )  # fmt: skip
    own = study(**{"designs": ({"kind": "full", "factors": {"loss": None, "width": None}}, {"kind": "pairs"}), **more})
    manifest = SimpleNamespace(
        chance={TASK: CHANCE, "ffffffffffffffff": CHANCE}, versions={"keras": "3", "ablate": "1"},
        machine={"cores": 8, "chip": "x"}, study=own,
    )  # fmt: skip
    results = SimpleNamespace(
        study=own, trials=trials, varying=varying, searched=searched, manifest=manifest, planned=1234
    )
    return SimpleNamespace(results=results, settings=[None] * 3, claim=claims.exact(), groups=["g"], baseline={})


def texts(sentences: Iterable[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_the_experiment_is_told_with_levels_design_and_baseline() -> None:
    what, baseline, trial, seeds = texts(paper_methods._experiment(inputs()))
    assert what.startswith("We trained 3 settings that vary loss (3 levels), width (2 levels): all combinations of ")
    assert what.endswith(" levels of loss, width; the baseline, each level alone and every two together")
    assert baseline == "The baseline has loss clipped, width 64"
    assert trial.endswith("trained for 400 steps and evaluated 25 times on validation rows that it does not train on")
    assert seeds == "Every setting has 12 seeds, fixed in advance; settings are compared on the same seeds"


def test_a_study_that_varies_nothing_and_a_search_are_told_so() -> None:
    lines = texts(paper_methods._experiment(inputs(())))
    assert lines[0].startswith("We trained 3 settings that vary nothing: ")
    assert not any("baseline has" in line for line in lines)
    assert texts(paper_methods._experiment(inputs(searched=True)))[0].endswith("a search chose them by their results")
    twice = inputs(designs=({"kind": "pairs"}, {"kind": "pairs"}, {"kind": "unheard"}))
    assert paper_methods._design(twice) == f"{paper_methods.DESIGNS['pairs']}; unheard"


UNTIL = "until its escape rate is decided against"
TOPPED_UP = {"kind": "topped_up", "cap": 30, "target": 0.8}


@pytest.mark.parametrize(
    ("spending", "said"),
    [
        (SEQUENTIAL, f"A setting has 4 seeds in blocks, up to 12, {UNTIL} 0.7"),
        (TOPPED_UP, f"A setting has 12 seeds and more where its rate was undecided, up to 30, {UNTIL} 0.8"),
    ],
)
def test_how_seeds_are_spent(spending: dict[str, Any], said: str) -> None:
    assert paper_methods._seeds(study(spending=spending)) == said


def test_chance_is_told_of_the_tasks_that_were_used() -> None:
    lines = texts(paper_methods._outcomes(inputs()))
    assert len(lines) == 2
    assert lines[1].startswith("On task 001122 (10 classes), above chance is an accuracy of more than ")


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, pd.DataFrame]]:
    """The comparisons of the study; no grids, no model, nothing at any time."""
    made: list[tuple[str, pd.DataFrame]] = []
    monkeypatch.setattr(paper_methods.comparisons, "compared", lambda *_: (made, None))
    monkeypatch.setattr(paper_methods.importance, "section", lambda _: None)
    monkeypatch.setattr(paper_methods.odds, "section", lambda _: SimpleNamespace(tables=()))
    monkeypatch.setattr(paper_methods.any_time, "wanted", lambda _: False)
    return made


def cited(sentences: Iterable[Sentence]) -> set[str]:
    return {key for sentence in sentences for key in sentence.cited}


@pytest.mark.parametrize(
    ("spending", "interval", "exact"),
    [({"kind": "fixed"}, "wilson1927", "clopper1934"), (SEQUENTIAL, "howard2021", "clopper1934")],
)
def test_the_interval_and_the_bound_are_cited(
    spending: dict[str, Any], interval: str, exact: str, frames: list[Any]
) -> None:
    del frames
    first, second, *_ = paper_methods._statistics(inputs(spending=spending))
    assert first.cited == (interval,)
    assert second.cited == (exact,)
    assert second.text.endswith("reaches 0.8")


def test_a_claim_by_a_sequence_is_cited_as_one(frames: list[Any]) -> None:
    del frames
    own = inputs()
    own.claim = SimpleNamespace(words="lower end of a confidence sequence", target=0.8)
    assert list(paper_methods._statistics(own))[1].cited == ("howard2021",)


def test_of_a_search_no_levels_are_compared(frames: list[Any]) -> None:
    del frames
    lines = list(paper_methods._statistics(inputs(searched=True)))
    assert len(lines) == 3
    assert lines[2].cited == ("optuna2019",)


@pytest.mark.parametrize(
    ("strata", "there"),
    [([1, 1], {"tango1998"}), ([2, 3], {"gaffke2005"}), ([1, 2], {"tango1998", "gaffke2005"}), ([], set())],
)
def test_comparisons_at_one_and_at_several_places_are_cited(
    strata: list[int], there: set[str], frames: list[tuple[str, pd.DataFrame]]
) -> None:
    frames.append(("f", pd.DataFrame({"strata": strata})))
    made = list(paper_methods._comparisons(inputs()))
    assert cited(made) & {"tango1998", "gaffke2005"} == there
    assert "3 contrasts were declared before the study ran" in " ".join(texts(made))
    assert "below 0.1 is tested" in " ".join(texts(made))
    assert not {"ramdas2023"} & cited(made)


def test_without_contrasts_and_with_bets(frames: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    del frames
    monkeypatch.setattr(paper_methods.any_time, "wanted", lambda _: True)
    made = list(paper_methods._comparisons(inputs(contrasts=())))
    assert "ramdas2023" in cited(made)
    assert "holm1979" not in cited(made)


@pytest.mark.parametrize(
    ("importance", "odds", "there"), [((), None, set()), (("t",), None, {"hooker2007"}), (None, ("t",), {"firth1993"})]
)
def test_models_are_cited_if_they_have_tables(
    importance: Any, odds: Any, there: set[str], frames: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del frames
    for module, tables in ((paper_methods.importance, importance), (paper_methods.odds, odds)):
        made = None if tables is None else SimpleNamespace(tables=tables)
        monkeypatch.setattr(module, "section", lambda _, made=made: made)
    assert cited(paper_methods._statistics(inputs())) & {"hooker2007", "firth1993"} == there


def test_software_and_the_command() -> None:
    assert texts(paper_methods._software(inputs())) == [
        "Trials were run with ablate on Keras and TensorFlow (ablate 1, keras 3)",
        "The command was: ablate sweep experiment=planted",
    ]
    assert texts(paper_methods._software(inputs(command="")))[1] == "The command was: not recorded"


def test_the_time_that_trials_took() -> None:
    own = inputs()
    assert paper_methods.compute(own) == (
        "6 trials; 3.00 hours of one worker process; machine of the last sweep: chip x, cores 8."
    )
    for trials in (own.results.trials.assign(wall_seconds=0.0), own.results.trials.drop(columns="wall_seconds")):
        own.results.trials, own.results.manifest.machine = trials, {}
        assert paper_methods.compute(own) == (
            "6 trials; the time was not published; machine of the last sweep: not recorded."
        )


def test_the_checklist_is_answered_from_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_methods.provenance, "stamp", lambda _: "the stamp")
    own = inputs()
    answers = dict(paper_methods.checklist(own))
    assert answers["Claims declared in advance"] == "3 contrasts, 1 of them with a prediction."
    assert answers["Seeds"].startswith("0, 3; Every setting has 12 seeds")
    assert answers["Number of trials"] == "6 of 1,234 planned."
    assert answers["Data"] == f"Content hashes: {TASK}."
    assert answers["Code"] == "the stamp"
    own.results.planned = None
    assert dict(paper_methods.checklist(own))["Number of trials"] == "6 of 6 planned."


def test_there_are_four_paragraphs(frames: list[Any]) -> None:
    del frames
    assert [len(part) > 0 for part in paper_methods.methods(inputs())] == [True] * 4

"""What the page's script gets: rows, trials, curves as text, and causes, from planted numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.outcomes.states import STATES
from ablate.report import explorer_data

NAN = float("nan")
KEYS = {"loss": ["fused", "mse"], "rate": ["0.01", "0.1"]}


def settings() -> pd.DataFrame:
    counts = {state: [at, at + 10] for at, state in enumerate(STATES)}
    return pd.DataFrame(
        {
            "loss": ["mse", "fused"], "rate": ["0.01", "0.1"], **counts, "median_time": [NAN, 16.0],
            "low": [0.123456, 0.5], "high": [0.98763, 1.0], "accuracy": [NAN, 0.912345], "accuracy_min": [0.1, NAN],
            "accuracy_max": [0.95, 1.0],
        }
    )  # fmt: skip


def test_a_row_is_its_levels_states_times_and_numbers() -> None:
    assert explorer_data._rows(settings(), KEYS) == [
        [1, 0, *range(7), None, 0.1235, 0.9876, None, 0.1, 0.95],
        [0, 1, *range(10, 17), 16, 0.5, 1.0, 0.9123, None, 1.0],
    ]


def test_levels_are_numbers_by_size_or_in_the_study_s_order() -> None:
    assert explorer_data._levels(pd.Series(pd.Categorical(["b"], ["b", "a"]))) == ["b", "a"]
    assert explorer_data._levels(pd.Series(["0.1", "0.01", "0.1"])) == ["0.01", "0.1"]


def test_a_curve_is_two_digits_to_the_base_36_an_evaluation() -> None:
    curves = np.array([[0.0, 0.5, 1.0], [NAN, 1.7, -0.2], [NAN, NAN, NAN], [36 / 1294, 1 / 1294, 35 / 1294]])
    assert explorer_data._curve_texts(curves) == ["00hzzy", "zzzy00", "", "10010z"]


TRIALS = pd.DataFrame(
    {
        "id": ["t0", "t1", "t2"], "seed": [0, 1, 0], "state": ["stuck", "escaped", "collapsed"],
        "time": [NAN, 16.0, 32.0], "loss": ["mse", "fused", "mse"], "rate": ["0.01", "0.1", "0.01"],
    }
)  # fmt: skip


def results(trials: pd.DataFrame = TRIALS) -> Any:
    return SimpleNamespace(study=SimpleNamespace(), trials=trials)


@pytest.fixture
def curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer_data.start_states, "alike", lambda _, trials: trials)
    accuracy = np.array([[0.0, 0.5], [0.5, 1.0], [NAN, NAN]])
    monkeypatch.setattr(explorer_data.signals, "arrays", lambda *_: {"accuracy": accuracy})


STUCK, ESCAPED, COLLAPSED = (STATES.index(state) for state in ("stuck", "escaped", "collapsed"))


@pytest.mark.usefixtures("curves")
@pytest.mark.parametrize("keys", [["loss", "rate"], ["loss"]])
def test_the_trials_of_each_row(keys: list[str]) -> None:
    details, omitted = explorer_data._details(results(), settings(), keys)
    assert details == {
        "0": [["t0", 0, STUCK, None, "00hz"], ["t2", 0, COLLAPSED, 32, ""]],
        "1": [["t1", 1, ESCAPED, 16, "hzzy"]],
    }
    assert omitted == ""


@pytest.mark.usefixtures("curves")
@pytest.mark.parametrize(("most", "shown"), [(3, True), (2, False)])
def test_many_trials_are_left_out_of_the_page(most: int, shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (explorer_data.TRIALS, explorer_data.CURVES) == (12_000, 1295)
    monkeypatch.setattr(explorer_data, "TRIALS", most)
    details, omitted = explorer_data._details(results(), settings(), ["loss"])
    assert bool(details) is shown
    assert (omitted == "") is shown
    assert shown or "it has 3 trials, and up to 2 fit" in omitted


def test_causes_are_those_of_the_trials_at_chance() -> None:
    details: Any = {"0": [["t0"], ["t2"], ["t3"]], "1": [["t1"]]}
    extra = pd.DataFrame({"id": ["t3"], "state": ["stuck"]})
    own = results(pd.concat([TRIALS, extra]))
    ends = pd.DataFrame(
        {"id": ["t0", "t1", "t2", "t3"], "fingerprint": ["dead_units", "dead_units", "clip_trap", "dead_units"],
         "update_ratio": 0.0}
    )  # fmt: skip
    said = explorer_data._causes(details, own, ends)
    assert list(said) == ["0"]
    assert said["0"].startswith("dead_units (a layer's units are 0 for every input) in 2, clip_trap (")
    assert said["0"].endswith(") in 1")
    assert explorer_data._causes(details, own, ends.head(0)) == {}


@pytest.mark.parametrize(("most", "count"), [(2, 2), (1, 0)])
def test_the_page_s_data(most: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer_data, "COMMANDS", most)
    monkeypatch.setattr(explorer_data, "commands", lambda _, shown, keys: [f"{keys}"] * len(shown))
    monkeypatch.setattr(explorer_data, "_details", lambda *_: ({}, "omitted"))
    own = results()
    own.study.budget = SimpleNamespace(schedule=(0, 16))
    inputs: Any = SimpleNamespace(
        results=own, settings=settings(), keys=["loss", "rate"], baseline={"loss": "mse", "rate": "9"},
        claim=SimpleNamespace(target=0.8),
    )  # fmt: skip
    data = explorer_data.page_data(inputs, ["heat"])
    assert data["baseline"] == [1, -1]
    assert data["keys"][1] == {"name": "rate", "levels": ["0.01", "0.1"]}
    assert len(data["commands"]) == count
    assert (data["causes"], data["omitted"], data["steps"], data["target"]) == ({}, "omitted", [0, 16], 0.8)
    assert (data["heats"], data["states"]) == (["heat"], list(STATES))
    monkeypatch.setattr(explorer_data, "SETTINGS", 1)
    assert len(explorer_data.page_data(inputs, [])["rows"]) == 1

"""The causes of plateaus: counted by state and by setting, in the tables and on the page."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ablate.report.sections import causes
from ablate.report.trial_groups import TrialGroup
from ablate.stats.causes import FINGERPRINTS, MEANINGS, NAMES

TRIALS = (
    ("a", 0, "clipped", "0.1", "stuck", "clip_trap", 0.0),
    ("b", 1, "clipped", "0.1", "collapsed", "clip_trap", 0.0),
    ("c", 2, "clipped", "0.1", "escaped", "other", 1e-3),
    ("d", 0, "fused", "0.1", "escaped", "other", 1e-3),
    ("e", 0, "clipped", "9", "stuck", "other", 1e-5),
    ("f", 0, "fused", "9", "failed", "other", 1e-3),
)


@pytest.fixture
def trials() -> pd.DataFrame:
    return pd.DataFrame(TRIALS, columns=["id", "seed", "loss", "rate", "state", "fingerprint", "update_ratio"])


@pytest.fixture
def group(trials: pd.DataFrame) -> TrialGroup:
    rows = trials.drop(columns=["fingerprint", "update_ratio"])
    return TrialGroup(key="", title="Prevention", lead="", within=(("start", "fresh"),), trials=rows)


def test_states_are_counted_without_the_escaped_and_the_failed(trials: pd.DataFrame, group: TrialGroup) -> None:
    found, note = causes._state_table(trials[["id", "fingerprint", "update_ratio"]], group)
    assert note == ""
    assert list(found[["state", "fingerprint", "count", "n"]].itertuples(index=False, name=None)) == [
        ("collapsed", "clip_trap", 1, 1),
        ("stuck", "clip_trap", 1, 2),
        ("stuck", "other", 1, 2),
    ]


def test_what_was_not_read_is_said_and_not_counted(trials: pd.DataFrame, group: TrialGroup) -> None:
    found, note = causes._state_table(trials.loc[trials["id"] != "a", ["id", "fingerprint", "update_ratio"]], group)
    assert note == "Read from 2 of 3 trials: the baseline's and the first by id."
    assert found["count"].tolist() == [1, 1]
    none, note = causes._state_table(pd.DataFrame(), group)
    assert (len(none), note) == (0, "Read from 0 of 3 trials: the baseline's and the first by id.")


def test_the_sample_begins_with_the_baseline(monkeypatch: pytest.MonkeyPatch, trials: pd.DataFrame) -> None:
    levels = {"loss": SimpleNamespace(name="fused"), "rate": SimpleNamespace(name="9")}
    study = SimpleNamespace(baseline=tuple(levels.items()))
    results = SimpleNamespace(trials=trials, study=study, varying=("loss", "rate"))
    assert causes._sample(results)["id"].tolist() == ["f", "a", "b", "c", "d", "e"]  # type: ignore[arg-type]
    monkeypatch.setattr(causes, "MOST", 3)
    assert causes._sample(results)["id"].tolist() == ["f", "a", "b"]  # type: ignore[arg-type]


def test_a_setting_is_listed_with_how_its_trials_look(trials: pd.DataFrame, group: TrialGroup) -> None:
    found = causes._setting_table(trials[["id", "fingerprint", "update_ratio"]], group)
    assert found.to_dict("records") == [
        {"loss": "clipped", "rate": "0.1", "n": 3, "at_chance": 2, "clip_trap": 2, "small_steps": 0},
        {"loss": "clipped", "rate": "9", "n": 1, "at_chance": 1, "clip_trap": 0, "small_steps": 1},
    ]


def test_a_page_of_a_sample_without_a_trial_at_chance_does_not_say_there_is_none(
    trials: pd.DataFrame, group: TrialGroup
) -> None:
    seen = trials.loc[trials["id"].isin(["c", "d"]), ["id", "fingerprint", "update_ratio"]]
    inputs = SimpleNamespace(results=SimpleNamespace(complete=True), groups=(group,), baseline={})
    part = causes.section(inputs, seen)  # type: ignore[arg-type]
    assert "No trial ended" not in part.lead
    assert part.notes == ["Read from 0 of 3 trials: the baseline's and the first by id."]


def test_where_nothing_ended_at_chance_no_setting_is_listed(trials: pd.DataFrame, group: TrialGroup) -> None:
    calm = dataclasses.replace(group, trials=group.trials[group.trials["id"].isin(["c", "d", "f"])])
    assert causes._setting_table(trials[["id", "fingerprint", "update_ratio"]], calm).empty
    assert causes._setting_table(pd.DataFrame(), group).empty


def test_the_page_links_a_setting_to_its_rows(trials: pd.DataFrame, group: TrialGroup) -> None:
    baseline = {"loss": "clipped", "rate": "0.1"}
    results = SimpleNamespace(complete=True)
    inputs = SimpleNamespace(results=results, groups=(group,), baseline=baseline)
    part = causes.section(inputs, trials[["id", "fingerprint", "update_ratio"]])  # type: ignore[arg-type]
    states, settings, removals = part.tables
    assert removals.rows[0].cells[:3] == ("clip_trap", "from fresh weights", "loss=fused"), "what removes what occurs"
    assert {line.cells[0] for line in removals.rows} == {"clip_trap", "small_steps"}
    assert states.title == "Prevention: causes by state"
    assert states.columns[:3] == ("state", "cause", "meaning")
    assert [line.cells for line in settings.rows] == [
        ("the baseline", "3", "2", "2", "0"),
        ("rate=9", "1", "1", "0", "1"),
    ]
    assert settings.rows[1].link == "start=fresh&loss=clipped&rate=9"


def test_tables_of_a_study_agree_with_one_another(small_folder: Path) -> None:
    folder = small_folder / "report" / "tables"
    states, settings = pd.read_csv(folder / "plateaus.csv"), pd.read_csv(folder / "sights.csv")
    assert settings["at_chance"].sum() == states["count"].sum() > 0
    kinds = [name for name in settings if name in MEANINGS]
    assert settings[kinds].sum(axis=1).tolist() == settings["at_chance"].tolist()
    told = set(NAMES) & set(FINGERPRINTS)
    counts = states.groupby("fingerprint")["count"].sum()
    assert {name: settings[name].sum() for name in kinds if name in told} == counts[counts.index.isin(told)].to_dict()

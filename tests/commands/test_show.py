"""One trial as stored, and the commands that repeat it."""

from __future__ import annotations

import shlex
from pathlib import Path
from unittest import mock

import pandas as pd

from ablate import configure, store, tasks
from ablate.commands import show
from ablate.commands.exit_status import USAGE_ERROR
from ablate.design import designs
from ablate.stats import causes
from tests import fake_engine
from tests.commands.conftest import Said

ROOT = Path(__file__).parents[2]


def first_id(results: Path) -> str:
    states: pd.DataFrame = store.read_states(results / "fake")
    return str(states["id"].iloc[0])


def test_show_prints_setting_curves_and_a_command_that_repeats_the_trial(said: Said, results: Path, place: str) -> None:
    key = first_id(results)
    status, out, _ = said("show", key[:7], place)
    assert status == 0
    assert f"trial {key}" in out
    assert "looks" in out
    line = next(line for line in out.splitlines() if line.startswith("again, as a study of its own: "))
    words = shlex.split(line.removeprefix("again, as a study of its own: "))
    assert words[:2] == ["ablate", "sweep"]
    asked = configure.compose(words[2:])
    (trial,) = designs.trials(asked, lambda params: tasks.load(params).hash)
    assert trial.id == key
    assert (asked.results_dir, asked.name) == (str(results), f"fake-{key[:8]}")


def test_the_command_that_repeats_and_compares_a_trial_is_one_to_paste(said: Said, results: Path, place: str) -> None:
    key = first_id(results)
    _, out, _ = said("show", key, place)
    (line,) = [line for line in out.splitlines() if line.startswith("again, and compared:")]
    words = shlex.split(line.partition(":")[2])
    assert words[:4] == ["ablate", "show", key, "--rerun"]
    with mock.patch("ablate.engine.train", fake_engine.train):
        status, again, _ = said(*words[1:])
    assert status == 0
    assert again.splitlines()[-1].startswith("trained again: ")


def test_a_published_study_is_trained_again_beside_the_results_of_ones_own(results: Path) -> None:
    (trial,) = designs.trials(configure.compose(["task=words", "seed=0"]), lambda params: tasks.load(params).hash)
    for root in (results, Path("results")):
        for folder in (root / "fake", root / "published" / "fake"):
            command = show.sweep_command(trial, "again", show._results_dir(folder))
            assert configure.compose(shlex.split(command)[2:]).results_dir == str(root)
            assert ("results_dir" in command) == (root == results)


def test_show_names_the_cause_of_a_trial_at_chance_and_none_of_one_that_escaped(
    said: Said, results: Path, place: str
) -> None:
    states = store.read_states(results / "fake").set_index("id")["state"]
    looks = {}
    for state in ("escaped", "stuck"):
        _, out, _ = said("show", str(states.index[states == state][0]), place)
        looks[state] = [line for line in out.splitlines() if line.startswith("cause: ")]
    assert looks["escaped"] == []
    assert len(looks["stuck"]) == 1
    assert looks["stuck"][0].removeprefix("cause: ").split(" (")[0] in causes.NAMES


def test_an_ambiguous_beginning_of_an_id_is_an_error(said: Said, place: str) -> None:
    status, _, err = said("show", "", place)
    assert status == USAGE_ERROR
    assert "trial ids begin with" in err


def test_the_command_of_a_trial_quotes_what_the_shell_would_read() -> None:
    path = str(ROOT / "a b.npz")
    trial_study = configure.compose(["task=npz", f"task.path='{path}'", "seed=0"])
    (trial,) = designs.trials(trial_study, lambda _: "hash")
    words = shlex.split(show.sweep_command(trial, "again"))[2:]
    assert configure.compose(words).baseline["task"].params["path"] == path

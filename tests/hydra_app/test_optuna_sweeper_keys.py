"""`hydra/sweeper=ablate_optuna`: what users of Hydra's Optuna sweeper write, searched by `ablate search`."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest

from ablate import configure, store
from ablate.commands.exit_status import USAGE_ERROR
from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.hydra_app import optuna_sweeper_keys
from ablate.remedy_search import options, samplers
from hydra_plugins.hydra_ablate_sweeper import ablate_optuna_sweeper as plugin
from tests.hydra_app.fake_multirun import status

SWEEPER = "hydra/sweeper=ablate_optuna"
TINY = ("task=words", "steps=20", "looks=10", "width=16", "workers=2")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    arguments = list(sys.argv)
    yield
    sys.argv[:] = arguments


def test_the_command_says_the_interval_as_it_was_given() -> None:
    words = ["learning_rate=tag(log, interval(1e-4, 1))", "loss=clipped,fused"]
    study, _ = configure.search(words)
    assert shlex.split(study.command) == ["ablate", "search", *words]


def test_the_plugins_node_and_samplers_are_those_that_are_understood() -> None:
    from hydra.core.config_store import ConfigStore

    node = ConfigStore.instance().load("hydra/sweeper/ablate_optuna.yaml").node
    assert set(node) - {"_target_", "_recursive_", "defaults"} == set(optuna_sweeper_keys.KEYS)
    assert set(plugin.SAMPLERS.values()) <= set(samplers.names())


def target(name: str, **more: Json) -> dict[str, Json]:
    return {"_target_": f"optuna.samplers.{name}", "seed": None, **more}


@pytest.mark.parametrize(
    ("sweeper", "expected"),
    [
        ({"study_name": "mine"}, ["study='mine'"]),
        ({"storage": "sqlite:///x.db"}, ["search.storage='sqlite:///x.db'"]),
        ({"n_jobs": 3}, ["workers=3"]),
        ({"n_trials": 100}, ["search.settings=100", "search.trials=2200", "search.batch=16", "search.shapes=16"]),
        ({"sampler": target("NSGAIISampler", seed=5)}, ["search.sampler=NSGAIISampler", "search.seed=5"]),
        ({"sampler": target("BruteForceSampler")}, ["search.sampler=BruteForceSampler"]),
        ({"sampler": target("CmaEsSampler")}, ["search.sampler=CmaEsSampler", "search.objectives=[rate]"]),
        ({"direction": "maximize"}, ["search.objectives=[rate]"]),
        ({"direction": "minimize"}, ["search.objectives=[time]"]),
        ({"direction": ["minimize", "maximize", "minimize"]}, ["search.objectives=[time,rate,changes]"]),
        ({"params": {"width": 32, "loss": "choice(clipped,fused)"}}, ["width=32", "loss=choice(clipped,fused)"]),
    ],
    ids=str,
)
def test_each_key_has_its_word(sweeper: dict[str, Json], expected: list[str]) -> None:
    usual = optuna_sweeper_keys.words({"n_trials": 20}, [])
    found = optuna_sweeper_keys.words({"n_trials": 20, **sweeper}, [])
    assert [each for each in found if each not in usual] == [each for each in expected if each not in usual]
    _, config = configure.search(["loss=clipped,fused", *(each for each in found if not each.startswith("loss"))])
    options.read(config)


def test_the_command_line_stands_above_params_and_keys() -> None:
    own = {"n_trials": 20, "params": {"loss": "clipped,fused", "width": "16,32"}, "study_name": "a"}
    found = optuna_sweeper_keys.words(own, ["loss=mse", "++study=b", "search.batch=2"])
    assert [each for each in found if each.lstrip("+").startswith(("loss=", "study=", "search.batch="))] == [
        "loss=mse",
        "++study=b",
        "search.batch=2",
    ]
    assert "width=16,32" in found


ALLOWED = "Allowed: direction, n_jobs, n_trials, params, sampler, storage, study_name."


@pytest.mark.parametrize(
    ("sweeper", "message"),
    [
        ({"n_trails": 3}, f"Unknown key of `hydra.sweeper`: 'n_trails'. Did you mean 'n_trials'? {ALLOWED}"),
        ({"max_failure_rate": 0.5}, f"Unknown key of `hydra.sweeper`: 'max_failure_rate'. {ALLOWED}"),
        ({"n_trials": 0}, "`hydra.sweeper.n_trials` must be a whole number of at least 1. Received: 0."),
        ({"n_trials": "many"}, "`hydra.sweeper.n_trials` must be a whole number of at least 1. Received: 'many'."),
        (
            {"direction": "maximise"},
            (
                "Unknown direction in `hydra.sweeper.direction`: 'maximise'. Did you mean 'maximize'? "
                "Allowed: maximize, minimize."
            ),
        ),
        (
            {"direction": ["maximize", "maximize"]},
            (
                "`hydra.sweeper.direction` must have at most one maximize (rate) and three minimize (time, changes, "
                "cost). Received: ['maximize', 'maximize']."
            ),
        ),
        (
            {"sampler": target("TPESampler", n_startup_trials=5)},
            (
                "Unknown key of `hydra.sweeper.sampler`: 'n_startup_trials'. Did you mean '_target_'? "
                "Allowed: _target_, seed."
            ),
        ),
        ({"sampler": "tpe"}, "`hydra.sweeper.sampler` must be a mapping with a `_target_`. Received: 'tpe'."),
        ({"params": ["loss"]}, "`hydra.sweeper.params` must be a mapping of factor to values. Received: ['loss']."),
    ],
    ids=str,
)
def test_a_key_that_cannot_be_is_named(sweeper: dict[str, Json], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        optuna_sweeper_keys.words({"n_trials": 20, **sweeper}, [])
    assert str(caught.value) == message


def test_an_unknown_sampler_is_answered_by_the_nearest() -> None:
    with pytest.raises(
        ConfigError,
        match=r"^Unknown sampler in `hydra.sweeper.sampler`: 'TPESample'. Did you mean 'TPESampler'\? Allowed: ",
    ):
        optuna_sweeper_keys.words({"n_trials": 20, "sampler": target("TPESample")}, [])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["los=choice(clipped,fused)"], "Did you mean 'loss'?"),
        (["loss=choice(clipped,fussed)"], "Did you mean 'fused'?"),
        (["hydra.sweeper.params.los=choice(clipped,fused)"], "Did you mean 'loss'?"),
        (["hydra.sweeper.n_trails=3", "loss=clipped,fused"], "Did you mean 'n_trials'?"),
        (
            ["hydra.sweeper.n_trials=0", "loss=clipped,fused"],
            "`hydra.sweeper.n_trials` must be a whole number of at least 1. Received: 0.",
        ),
        (["hydra.sweeper.direction=up", "loss=clipped,fused"], "maximize"),
        (["hydra/sweeper/sampler=tpee", "loss=clipped,fused"], "tpe"),
        (["hydra/sweeper/sampler=cmaes", "hydra.sweeper.direction=[maximize,minimize]", "loss=a"], "loss"),
        (["hydra.sweeper.storage=mysqll://x/y", "loss=clipped,fused"], "must be an Optuna storage URL"),
        (["loss=fused"], "must have factors that vary"),
        (
            ["loss=clipped,fused", "design=pairs"],
            "A search must have no `design`: it chooses its settings by itself. Received: 'design=pairs'.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_said_before_anything_is_written(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert status("-m", SWEEPER, *words) == USAGE_ERROR
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def searched(*words: str) -> int:
    return status(
        "-m",
        SWEEPER,
        *TINY,
        "hydra.sweeper.n_trials=12",
        "hydra.sweeper.study_name=mine",
        "hydra.sweeper.storage=sqlite:///own.db",
        "hydra/sweeper/sampler=random",
        "hydra.sweeper.sampler.seed=3",
        *words,
    )


def test_a_search_has_its_trials_in_the_store_and_its_study_in_optunas_storage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["loss=choice(clipped,fused,mse)", "hydra.sweeper.params.learning_rate=tag(log, interval(1e-4, 1))"]
    words.append("hydra.sweeper.direction=[maximize,minimize]")
    assert searched(*words) == 0
    assert re.search(r"search \(RandomSampler\): \d+ trials of 12 settings", capsys.readouterr().out)
    names = optuna.get_all_study_names(storage="sqlite:///own.db")
    assert sorted(names) == ["mine", "mine-random"]
    study = optuna.load_study(study_name="mine", storage="sqlite:///own.db")
    assert len(study.trials) == 12
    assert [each.name for each in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert len({trial.params["loss"] for trial in study.trials}) == 3
    assert len({trial.params["learning_rate"] for trial in study.trials}) > 6
    answer = json.loads((tmp_path / "results" / "mine" / "search.json").read_text())
    assert answer["finished"]
    assert answer["search"]["seed"] == 3
    known = store.done(tmp_path / "results" / "mine")
    assert {name for trial in study.trials for name in trial.user_attrs["trials"]} <= set(known)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "results" / "mine" / "shards").iterdir()}
    assert searched(*words) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "results" / "mine" / "shards").iterdir()}
    assert len(optuna.load_study(study_name="mine", storage="sqlite:///own.db").trials) == 12


def test_a_file_of_ones_own_chooses_sweeper_sampler_and_space(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "hunt.yaml").write_text(
        """# @package _global_
defaults:
  - override /hydra/sweeper: ablate_optuna
hydra:
  sweeper:
    n_trials: 6
    direction: maximize
    sampler: {_target_: optuna.samplers.NSGAIISampler, seed: 4}
    params:
      loss: choice(clipped, fused)
      learning_rate: tag(log, interval(1e-3, 1e-1))
"""
    )
    assert status("-m", "--config-dir=own", "experiment=hunt", *TINY, "learning_rate=interval(0.001, 0.1)") == 0
    assert re.search(r"search \(NSGAIISampler\): \d+ trials of [1-6] settings", capsys.readouterr().out)
    answer = json.loads((tmp_path / "results" / "hunt" / "search.json").read_text())
    assert answer["search"]["objectives"] == ["rate"]
    assert answer["search"]["seed"] == 4
    assert "experiment=hunt" in answer["command"]


def test_what_is_one_for_a_study_makes_searches(tmp_path: Path) -> None:
    words = [*TINY[2:], "task=words", "loss=clipped,fused", "steps=20,30", "hydra.sweeper.n_trials=2"]
    assert status("-m", SWEEPER, *words) == 0
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        "words-loss-steps-20",
        "words-loss-steps-30",
    ]
    assert all((path / "search.db").is_file() for path in (tmp_path / "results").iterdir())

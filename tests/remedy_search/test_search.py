from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest

from ablate import configure, store
from ablate.commands import main
from ablate.commands.exit_status import USAGE_ERROR
from ablate.core.errors import ConfigError
from ablate.remedy_search import options, samplers, search, space
from tests import fake_engine
from tests.remedy_search import fake_search
from tests.test_borders import loaded

ROOT = Path(__file__).parents[2]


def traces(folder: Path) -> dict[str, int]:
    return {path.name: len(path.read_text().splitlines()) for path in folder.iterdir()}


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    monkeypatch.setenv(fake_engine.TRACES, str(folder))
    return folder


def test_a_search_trains_into_the_studys_shards_and_says_what_it_found(
    tmp_path: Path, traced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = fake_search.searched([f"results_dir={tmp_path}"])
    assert "Searching 18 settings: at most 200 trials" in capsys.readouterr().out
    folder = tmp_path / "fake"
    assert store.done(folder).keys() == traces(traced).keys()
    assert set(traces(traced).values()) == {1}
    answer = json.loads((folder / "search.json").read_text())
    assert answer["finished"]
    assert [arm["name"] for arm in answer["arms"]] == ["search", "random"]
    assert all(0 < arm["trials"] <= 200 for arm in answer["arms"])
    assert result.answer == answer
    assert not result.summary.stopped
    for words in ("search (NSGAIISampler):", "random baseline (RandomSampler):", "of 18 settings were tried"):
        assert words in result.text()
    assert repr(result) == f"<SearchResult of fake: finished, {len(result.smallest)} sufficient sets>"
    assert "random baseline (RandomSampler):" in result._repr_html_()
    studies = optuna.get_all_study_names(storage=f"sqlite:///{folder / 'search.db'}")
    assert sorted(studies) == ["fake", "fake-random"]


def test_what_a_sweep_has_trained_a_search_finds_and_the_other_way_round(tmp_path: Path, traced: Path) -> None:
    place = f"results_dir={tmp_path}"
    assert not fake_search.searched([place]).summary.stopped
    once = traces(traced)
    assert not fake_search.searched([place]).summary.stopped
    assert not fake_search.searched([place, "search=random", "search.trials=200"]).summary.stopped
    assert set(traces(traced).values()) == {1}
    assert traces(traced).keys() >= once.keys()
    from tests.fake_sweep import swept

    own = configure.compose([*fake_search.SPACE, place, "seed=range(4)"])
    before = len(store.done(tmp_path / "fake"))
    summary, _ = swept(own)
    assert summary.planned == 72
    assert summary.trained < 72
    assert len(store.done(tmp_path / "fake")) == before + summary.trained
    assert set(traces(traced).values()) == {1}


def test_killed_anywhere_the_same_command_goes_on(tmp_path: Path, traced: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert not fake_search.searched([f"results_dir={whole}"]).summary.stopped
    for path in traced.iterdir():
        path.unlink()
    command = [sys.executable, "-m", "tests.remedy_search.fake_search", f"results_dir={cut}"]
    environment = os.environ | {fake_engine.SECONDS: "0.4"}
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while len(traces(traced)) < 40 and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    kept = store.done(cut / "fake")
    assert not fake_search.searched([f"results_dir={cut}"]).summary.stopped
    assert store.done(cut / "fake") == store.done(whole / "fake")
    assert all(traces(traced)[name] == 1 for name in kept)
    said = [json.loads((place / "fake" / "search.json").read_text()) for place in (cut, whole)]
    del said[0]["command"], said[1]["command"]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["search=tpee"], "Did you mean 'tpe'"),
        (["search.sampler=TPESample"], "Unknown sampler in `search.sampler`: 'TPESample'. Did you mean 'TPESampler'?"),
        (["search.sampler=BaseSampler"], "Unknown sampler in `search.sampler`: 'BaseSampler'."),
        (["search.sampler=PartialFixedSampler"], "Unknown sampler in `search.sampler`: 'PartialFixedSampler'."),
        (["search.objectives=[rat]"], "Did you mean 'rate'"),
        (["search.objectives=[rate,rate]"], "and none twice"),
        (["search=cmaes", "search.objectives=[rate,time]"], "accepts one objective only"),
        (["search.storage=mysqll://x/y"], "must be an Optuna storage URL"),
        (["search.trails=5"], "Did you mean 'trials'"),
        (["search.trials=many"], "must be of type int"),
        (["search.trials=3"], "must be at least 60: the last of `search.blocks`"),
        (["search.blocks=[8,4]"], "ascending"),
        (["search.factors=[losss]"], "Did you mean 'loss'"),
        (["design=full"], "A search must have no `design`: it chooses its settings by itself."),
        (["search.target=1.5"], "0 < target < 1"),
    ],
)
def test_what_cannot_be_is_one_message_before_anything_is_written(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main.main(["search", *fake_search.SPACE, f"results_dir={tmp_path / 'out'}", *words])
    said = capsys.readouterr().err
    assert status == USAGE_ERROR
    assert message in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sampler", ["gp", "cmaes"])
def test_a_package_that_is_missing_is_named(sampler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    study, config = configure.search([*fake_search.SPACE, f"search={sampler}", f"results_dir={tmp_path}"])
    with pytest.raises(ConfigError, match="pip install"):
        search.search(study, options.read(config))
    assert list(tmp_path.iterdir()) == []


def test_a_space_too_large_to_list_is_not_listed(tmp_path: Path) -> None:
    study, config = configure.search(
        [
            "loss=glob(*)",
            "optimizer=glob(*)",
            "activation=glob(*)",
            "clipping=glob(*)",
            "schedule=glob(*)",
            "search=grid",
            f"results_dir={tmp_path}",
        ]
    )
    assert space.of(study).size > 10_000
    with pytest.raises(ConfigError, match="lists every setting and can list at most 5,000"):
        search.search(study, options.read(config))


def test_every_config_of_search_is_one_that_can_be() -> None:
    for path in sorted((ROOT / "conf" / "search").glob("*.yaml")):
        study, config = configure.search(["loss=clipped,fused", f"search={path.stem}"])
        assert options.read(config).sampler in samplers.names()
        assert samplers.make("RandomSampler", space.of(study), 0)
    assert options.read(configure.search(["loss=clipped,fused"])[1]) == options.Search()


def test_claims_are_tested_on_seeds_outside_the_study() -> None:
    study, config = configure.search(["loss=clipped,fused", "seed=range(1,21)", "search.confirm=5"])
    own = search.with_fresh_seeds(study, options.read(config))
    assert own.seeds == (*range(1, 21), 0, 21, 22, 23, 24)


def test_the_command_is_light_until_it_searches() -> None:
    assert not loaded("import ablate.commands.search, ablate.remedy_search.search") & {
        "tensorflow",
        "keras",
        "optuna",
        "pandas",
        "scipy",
        "sqlalchemy",
    }

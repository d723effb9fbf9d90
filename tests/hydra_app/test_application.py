"""`python -m ablate` as Hydra's users know applications: multirun, grammar, flags, folders of their own, one trial."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from ablate import configure, store
from ablate.commands import single_trial
from ablate.commands.exit_status import INTERRUPTED, USAGE_ERROR
from ablate.design import designs
from tests import forked
from tests.hydra_app import fake_multirun
from tests.hydra_app.fake_multirun import status

ROOT = Path(__file__).parents[2]
Lines = Callable[..., list[list[str]]]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    arguments = list(sys.argv)
    yield
    sys.argv[:] = arguments


@pytest.fixture
def lines() -> Lines:
    """The command lines that a multirun becomes."""

    def run(*words: str, statuses: tuple[int, ...] = ()) -> list[list[str]]:
        found = iter(statuses)
        with mock.patch("ablate.commands.main.main", side_effect=lambda _: next(found, 0)) as called:
            assert status("-m", *words) == next((each for each in statuses if each), 0)
        return [list(each.args[0]) for each in called.call_args_list]

    return run


def told(*words: str) -> str:
    """What a process of its own prints: Hydra's flags set up logging for the whole of one."""
    code = "import runpy; runpy.run_module('ablate', run_name='__main__', alter_sys=True)"
    said = forked.python(code, paths=[ROOT], words=words)
    assert said.status == 0, said.err
    return said.out


def levels(line: list[str], factor: str) -> list[str]:
    return [level.name for level in configure.compose(line[1:]).factor(factor).levels]


@pytest.mark.parametrize(
    ("words", "factor", "expected"),
    [
        (["loss=clipped,fused"], "loss", ["clipped", "fused"]),
        (["loss=choice(clipped,fused)"], "loss", ["clipped", "fused"]),
        (["width=range(16,64,16)"], "width", ["16", "32", "48"]),
        (["learning_rate=range(0.1,0.35,0.1)"], "learning_rate", ["0.1", "0.2", "0.3"]),
        (["regularizer=glob(*,exclude=[o*,a*])"], "regularizer", ["l1", "l2", "l2_strong"]),
        (["width=sort(64,16)"], "width", ["16", "64"]),
        (["width=sort(range(8,40,16),reverse=true)"], "width", ["24", "8"]),
        (["+loss=clipped,fused"], "loss", ["clipped", "fused"]),
        (["++width=16,32"], "width", ["16", "32"]),
        (["loss=clipped", "loss.eps=1e-3,1e-7"], "loss", ["clipped(eps=0.001)", "clipped(eps=1e-07)"]),
        (["+experiment=blog", "loss=mse", "design=pairs"], "loss", ["mse"]),
        (["experiment=blog", "~factors.loss", "design=pairs", "contrasts=[]"], "loss", ["clipped"]),
        (["task=npz", "path=x.npz"], "task", ["npz(path=x.npz)"]),
        (["width=float(3),5"], "width", ["3", "5"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_hydras_grammar_holds_in_a_multirun(words: list[str], factor: str, expected: list[str], lines: Lines) -> None:
    (line,) = lines(*words)
    assert line == ["sweep", *map(configure.spelled_out, words)]
    assert levels(line, factor) == expected


def test_shuffle_gives_the_same_levels_in_any_order(lines: Lines) -> None:
    (line,) = lines("width=shuffle(16,32,64)", "batch_size=shuffle(range(16,64,16))")
    assert sorted(levels(line, "width")) == ["16", "32", "64"]
    assert sorted(levels(line, "batch_size")) == ["16", "32", "48"]


def test_what_is_one_for_a_study_makes_one_study_a_value(lines: Lines) -> None:
    found = lines("steps=100,400", "loss=clipped,fused", "engine=fused,reference", "looks=5")
    assert len(found) == 4
    studies = [configure.compose(line[1:]) for line in found]
    assert {(study.budget.steps, study.engine) for study in studies} == {
        (steps, engine) for steps in (100, 400) for engine in ("fused", "reference")
    }
    assert len({study.name for study in studies}) == 4
    assert all([level.name for level in study.factor("loss").levels] == ["clipped", "fused"] for study in studies)


def test_studies_that_have_names_keep_them(lines: Lines) -> None:
    assert lines("study=a,b", "loss=clipped,fused") == [
        ["sweep", "study=a", "loss=clipped,fused"],
        ["sweep", "study=b", "loss=clipped,fused"],
    ]
    found = lines("experiment=glob(bl*)", "looks=5,10")
    assert [line[1] for line in found] == ["experiment=blog"] * 2
    assert [configure.compose(line[1:]).name for line in found] == [
        "blog-experiment-blog-looks-5",
        "blog-experiment-blog-looks-10",
    ]


def test_one_study_that_cannot_be_stops_all_before_any_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with mock.patch("ablate.commands.main.main") as called:
        assert status("-m", "steps=100,10", "looks=25", "loss=clipped,fused") == USAGE_ERROR
    assert not called.called
    assert "`looks` must be at least 1 and at most `steps`." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_study_ends_the_multirun_and_a_failed_one_does_not(lines: Lines) -> None:
    assert len(lines("study=a,b,c", statuses=(0, INTERRUPTED))) == 2
    assert len(lines("study=a,b,c", statuses=(0, USAGE_ERROR))) == 3


def test_params_of_the_sweeper_stand_below_the_command_line(lines: Lines) -> None:
    own = ["hydra.sweeper.params.loss=clipped,fused", "++hydra.sweeper.params.width='16,32'"]
    assert lines(*own, "width=8") == [["sweep", "loss=clipped,fused", "width=8"]]


@pytest.mark.parametrize(
    "words",
    [
        ["los=clipped"],
        ["loss=fussed"],
        ["loss=clipped,fused", "loss.epps=1e-3,1e-7"],
        ["optimizer=sgd", "optimizer.momentom=0.9"],
        ["path=x.npz"],
        ["seed=range(0)"],
        ["learning_rate=interval(0,1)"],
        ["learning_rate=0.1,,"],
        ["experiment=blgo"],
        ["~loss"],
        ["study=a/b"],
        ["task=npz", "path=a=b.npz"],
        ["width=8,16", "width=32"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_said_as_ablate_sweep_says_it(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from ablate.commands.main import main

    assert status("-m", *words) == USAGE_ERROR
    multirun = capsys.readouterr()
    assert main(["sweep", *words]) == USAGE_ERROR
    assert multirun == capsys.readouterr()
    assert multirun.out == ""
    assert multirun.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_list_without_m_is_hydras_to_refuse(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (["loss=clipped,fused"], ["seed=range(3)"]):
        assert status(*words) == 1
        assert "multirun" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_hydras_own_flags_work_and_leave_nothing_behind(tmp_path: Path) -> None:
    said = told("--cfg", "job", "loss=fused", "optimizer.momentum=0.5", "optimizer=sgd")
    assert "kind: fused" in said
    assert "momentum: 0.5" in said
    assert "kind: digits" in told("--cfg", "job", "--resolve", "-p", "task")
    said = told("--help")
    assert said.startswith("python -m ablate OVERRIDE")
    assert "loss: clipped, " in said
    assert "--shell-completion" in told("--hydra-help")
    said = told("--info", "plugins")
    assert "AblateSweeper" in said
    assert "AblateOptunaSweeper" in said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def own_levels(tmp_path: Path) -> Path:
    """A user's own folder: a level, and a study."""
    folder = tmp_path / "my levels"
    (folder / "loss").mkdir(parents=True)
    (folder / "loss" / "mild.yaml").write_text("kind: clipped\neps: 0.01\n")
    (folder / "experiment").mkdir()
    (folder / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nquestion: Does it?\nfactors: {loss: [clipped, mild]}\n"
    )
    return folder


@pytest.mark.parametrize("by", ["flag", "search path", "both"])
def test_a_folder_of_levels_stands_beside_ours(by: str, own_levels: Path, lines: Lines, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    words = {
        "flag": ["--config-dir", str(own_levels)],
        "search path": [f"hydra.searchpath=['file://{own_levels}']"],
        "both": ["--config-dir", "my levels", f"hydra.searchpath=[file://{other}]"],
    }[by]
    assert "eps: 0.01" in told("--cfg", "job", "-p", "loss", *words, "loss=mild")
    (line,) = lines(*words, "loss=mild,fused")
    assert levels(line, "loss") == ["mild", "fused"]
    (line,) = lines("seed=0", *words, "experiment=mine")
    assert configure.compose(line[1:]).name == "mine"
    assert levels(line, "loss") == ["clipped", "mild"]
    assert "my levels" in told("--info", "searchpath", *words)


TINY = ("task=words", "steps=20", "looks=10", "width=16", "workers=1")


def test_without_m_one_trial_is_trained_shown_and_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(*TINY, "loss=fused", "seed=[7,8]") == 0
    said = capsys.readouterr().out
    (name,) = store.done(tmp_path / "results" / "trials")
    states = store.read_states(tmp_path / "results" / "trials")
    assert f"trial {name} of results/trials: {states['state'][0]}" in said
    assert states["seed"].tolist() == [7]
    picture = tmp_path / "results" / "trials" / "curves" / f"{name}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture.relative_to(tmp_path)) in said
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_the_picture_goes_into_hydras_output_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(*TINY, "hydra.run.dir=outputs/${now:%Y}", "study=mine", "seed=3") == 0
    (name,) = store.done(tmp_path / "results" / "mine")
    (picture,) = (tmp_path / "outputs").rglob("*.png")
    assert picture.name == f"{name}.png"
    assert picture.parent.name == time.strftime("%Y")
    assert str(picture) in capsys.readouterr().out


def test_a_trial_that_cannot_be_writes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status("loss=fussed") == USAGE_ERROR
    assert "Did you mean 'fused'?" in capsys.readouterr().err
    assert status("task=npz", "path=nowhere.npz") == USAGE_ERROR
    assert "nowhere.npz" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_one_trial_is_the_baseline_with_its_first_seed() -> None:
    study = single_trial.single_trial_of(configure.compose(["loss=clipped,fused", "seed=5,6", "seeds=sequential"]))
    (trial,) = designs.trials(study, lambda _: "hash")
    assert (trial.seed, trial.setting["loss"].name) == (5, "clipped")
    assert study.pool == (5,)


def test_hydras_own_sweeper_trains_one_trial_a_job(tmp_path: Path) -> None:
    assert status("-m", "hydra/sweeper=basic", *TINY, "loss=fused,mse", "seed=1,2") == 0
    states = store.read_states(tmp_path / "results" / "trials")
    assert sorted(states["seed"]) == [1, 1, 2, 2]
    assert len({*states["id"]}) == 4


def test_a_multirun_trains_what_a_sweep_trains(tmp_path: Path) -> None:
    words = [*TINY, "loss=clipped,fused", "seed=range(3)"]
    assert status("-m", *words, "results_dir=multirun") == 0
    with fake_multirun.faked():
        from ablate.commands.main import main

        assert main(["sweep", *words, "results_dir=sweep"]) == 0
    assert store.done(tmp_path / "multirun" / "loss") == store.done(tmp_path / "sweep" / "loss")
    assert not (tmp_path / "multirun.yaml").exists()


def test_a_trial_costs_less_than_a_millisecond_beside_training(tmp_path: Path) -> None:
    """Of this process's processor: what a trial takes on an idle machine, whatever else runs on this one."""

    def seconds(seeds: int) -> float:
        began = time.process_time()
        words = ["task=words", "width=16", "workers=2", f"study=s{seeds}", "learning_rate=range(0.01,0.09,0.01)"]
        assert status("-m", *words, f"seed=range({seeds})") == 0
        return time.process_time() - began

    few, many = seconds(20), seconds(320)
    assert len(store.done(tmp_path / "results" / "s320")) == 8 * 320
    assert (many - few) / (8 * 300) <= 0.001


def test_the_application_starts_as_a_module(tmp_path: Path) -> None:
    """In a process of its own, as users do, warnings as errors."""
    said = subprocess.run(
        [sys.executable, "-W", "error", "-m", "ablate", "-m", "loss=clipped,fussed"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    assert said.returncode == USAGE_ERROR
    assert "Did you mean 'fused'?" in said.stderr
    assert "Traceback" not in said.stderr

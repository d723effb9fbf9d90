from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from ablate import configure, store, tasks
from ablate.commands import show, study_names
from ablate.commands.exit_status import INTERRUPTED, USAGE_ERROR
from ablate.commands.main import COMMANDS, answer, main
from ablate.core.errors import ConfigError
from ablate.design import designs
from ablate.runner import preflight
from ablate.runner.summary import Summary
from ablate.stats import causes
from tests import fake_engine
from tests.fake_sweep import study, swept

ROOT = Path(__file__).parents[2]
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one study: 2 widths, 2 rates, 3 seeds, trained by the fake engine."""
    folder = tmp_path_factory.mktemp("results")
    swept(study(folder, "width=16,32", "learning_rate=1e-3,1e-2", "seed=range(3)"))
    return folder


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Exit status, standard output and standard error of a command line."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def started(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_has_an_example_that_names_the_command(command: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*([command] if command else []), "--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert f"Example: ablate {command or 'sweep'}" in out
    assert "Overrides are Hydra's" in out


def test_every_example_is_a_command_line_that_composes() -> None:
    for name, (_, example) in COMMANDS.items():
        if name == "try":
            continue  # it names a model of the user's
        overrides = [word for word in example.split() if "=" in word]
        assert configure.compose(overrides).factors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["swep"], "Unknown command: 'swep'. Did you mean 'sweep'?"),
        (["sweep", "los=fused"], "Unknown factor or key: 'los'. Did you mean 'loss'?"),
        (["plan", "loss=fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["sweep", "blog"], "Overrides are KEY=VALUE, as `experiment=blog`. Received: 'blog'."),
        (["sweep", "task=npz", "path=nowhere.npz", "seed=0"], "nowhere.npz"),
        (["table"], "Exactly one study must be named"),
        (["table", "one", "two"], "Exactly one study must be named"),
        (["table", "blgo"], "Unknown study in"),
        (["report", "study=blgo"], "Unknown study in"),
        (["show"], "Exactly one trial id must be given"),
        (["show", "xyz"], "has the id 'xyz'"),
        (["list", "fctors"], "Unknown thing to list: 'fctors'. Did you mean 'factors'?"),
    ],
)
def test_what_cannot_be_ends_with_status_2_and_one_message_and_writes_nothing(
    words: list[str], message: str, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = said(*words)
    assert status == USAGE_ERROR
    assert out == ""
    assert message in err
    assert err.startswith("ablate: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["table", "blog", "--bye", "loss"])
    assert left.value.code == USAGE_ERROR
    assert "--bye" in capsys.readouterr().err


def test_list_names_studies_factors_and_levels(said: Said, results: Path) -> None:
    status, out, _ = said("list", f"results_dir={results}")
    assert status == 0
    assert "experiment=blog" in out
    assert [line for line in out.splitlines() if line.split() == ["fake", "results"]]
    assert "clipping        4 levels, baseline none" in out
    assert "width           a number, baseline 64" in out
    _, levels, _ = said("list", "clipping")
    assert levels.split(None, 1)[1].strip() == "none, global_norm, norm, value"


def test_table_has_a_row_for_each_setting_and_all_their_trials(said: Said, results: Path) -> None:
    status, out, _ = said("table", "fake", f"results_dir={results}", "--format", "json")
    rows = json.loads(out)
    assert status == 0
    assert {(row["width"], row["learning_rate"]) for row in rows} == {
        (width, rate) for width in ("16", "32") for rate in ("0.001", "0.01")
    }
    assert all(row["n"] == 3 for row in rows)


def test_table_groups_by_a_factor_wherever_the_option_stands(said: Said, results: Path) -> None:
    status, out, _ = said("table", "--by", "width", f"results_dir={results}", "study=fake", "--format", "csv")
    head, *rows = out.splitlines()
    assert status == 0
    assert head.startswith("width,n,")
    assert [row.split(",")[:2] for row in rows] == [["16", "6"], ["32", "6"]]
    assert said("table", "--format", "csv", "fake", "--by", "width", f"results_dir={results}")[1] == out


def test_table_by_an_unknown_factor_is_an_error(said: Said, results: Path) -> None:
    status, _, err = said("table", "fake", f"results_dir={results}", "--by", "widht")
    assert status == USAGE_ERROR
    assert "Did you mean 'width'?" in err


def first_id(results: Path) -> str:
    states: pd.DataFrame = store.read_states(results / "fake")
    return str(states["id"].iloc[0])


def test_show_prints_setting_curves_and_a_command_that_repeats_the_trial(said: Said, results: Path) -> None:
    key = first_id(results)
    status, out, _ = said("show", key[:7], f"results_dir={results}")
    assert status == 0
    assert f"trial {key}" in out
    assert "looks" in out
    command = next(line for line in out.splitlines() if line.startswith("again, as a study"))
    overrides = command.partition("ablate sweep ")[2].split()
    own = configure.compose(overrides)
    (trial,) = designs.trials(own, lambda params: tasks.load(params).hash)
    assert list(preflight.task_params([trial])) == [trial.task_hash]
    assert trial.id == key


def test_show_names_the_cause_of_a_trial_at_chance_and_none_of_one_that_escaped(said: Said, results: Path) -> None:
    states = store.read_states(results / "fake").set_index("id")["state"]
    looks = {}
    for state in ("escaped", "stuck"):
        _, out, _ = said("show", str(states.index[states == state][0]), f"results_dir={results}")
        looks[state] = [line for line in out.splitlines() if line.startswith("cause: ")]
    assert looks["escaped"] == []
    assert len(looks["stuck"]) == 1
    assert looks["stuck"][0].removeprefix("cause: ").split(" (")[0] in causes.NAMES


def test_an_ambiguous_beginning_of_an_id_is_an_error(said: Said, results: Path) -> None:
    status, _, err = said("show", "", f"results_dir={results}")
    assert status == USAGE_ERROR
    assert "several ids begin so" in err


def test_rerun_compares_bits(said: Said, results: Path) -> None:
    key = first_id(results)
    with mock.patch("ablate.engine.train", fake_engine.train):
        status, out, _ = said("show", key, "--rerun", f"results_dir={results}")
    assert (status, out.splitlines()[-1].partition(": ")[2].partition(", ")[2]) == (
        0,
        "every bit of its curves as stored",
    )


def test_rerun_sees_other_bits_and_says_so(said: Said, results: Path) -> None:
    key = first_id(results)

    def one_bit_off(stack: object) -> object:
        (curves,) = fake_engine.train(stack)  # type: ignore[arg-type]
        curves.signals["loss"][3] += 1e-6  # type: ignore[index]
        return [curves]

    with mock.patch("ablate.engine.train", one_bit_off):
        status, out, _ = said("show", key, "--rerun", f"results_dir={results}")
    assert status == 1
    assert "but other bits" in out


def test_rerun_elsewhere_compares_the_state_alone(said: Said, results: Path) -> None:
    import dataclasses

    key = first_id(results)

    def elsewhere(stack: object) -> object:
        (curves,) = fake_engine.train(stack)  # type: ignore[arg-type]
        curves.signals["loss"][3] += 1e-6  # type: ignore[index]
        return [dataclasses.replace(curves, signature={**curves.signature, "instructions": "other"})]

    with mock.patch("ablate.engine.train", elsewhere):
        status, out, _ = said("show", key, "--rerun", f"results_dir={results}")
    assert status == 0
    assert "bits are not compared: other instructions" in out


def test_plan_counts_and_refuses(said: Said, results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    words = ["plan", "task=words", "study=fake", "width=16,32", "learning_rate=1e-3,1e-2", "seed=range(4)"]
    status, out, _ = said(*words, f"results_dir={results}")
    assert status == 0
    assert "settings  4" in out
    assert "trials    16, of which 12 are there already" in out
    assert "programs  2" in out
    assert before == {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    assert "task words: 10 classes" in out


def test_plan_refuses_data_that_cannot_be_a_task(said: Said, tmp_path: Path) -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(600, 4))
    inputs[7, 2] = np.nan
    np.savez(tmp_path / "bad.npz", x=inputs, y=np.arange(600) % 3)
    status, out, err = said("plan", "task=npz", f"path={tmp_path / 'bad.npz'}", f"results_dir={tmp_path / 'out'}")
    assert status == USAGE_ERROR
    assert "error: 1 of 600 rows hold NaN or infinity (rows 7)" in out
    assert "cannot be studied" in err
    assert not (tmp_path / "out").exists()


def summary(**changes: object) -> Summary:
    return Summary(study="s", folder=Path("s"), planned=2, kept=1, trained=1, **changes)  # type: ignore[arg-type]


def test_sweep_says_what_is_there_and_interrupted_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary(report=Path("s/report/report.html"))) as called:
        assert main(["sweep", "loss=clipped,fused", "seed=range(2)"]) == 0
    assert called.call_args.args[0] == configure.compose(["loss=clipped,fused", "seed=range(2)"])
    assert "Report: s/report/report.html" in capsys.readouterr().out
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary(stopped="SIGINT")):
        assert main(["sweep"]) == INTERRUPTED
    assert "The same command again" in capsys.readouterr().err


def test_ctrl_c_is_130_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert answer(interrupted) == INTERRUPTED
    assert "the same command goes on from there" in capsys.readouterr().err


def test_report_is_written_from_what_is_stored(said: Said, results: Path) -> None:
    with mock.patch("ablate.report.write", return_value=Path("the page")) as called:
        assert said("report", "fake", f"results_dir={results}") == (0, "Report: the page\n", "")
    assert called.call_args.args[0].folder == results / "fake"
    assert len(called.call_args.args[0].trials) == 12


def test_words_are_names_or_overrides() -> None:
    assert study_names.split(["blog", "a=1", "~b", "--x=1"])[0] == ["blog"]
    with pytest.raises(ConfigError):
        study_names.only_overrides(["blog"])


def test_the_command_of_a_trial_quotes_what_the_shell_would_read() -> None:
    path = str(ROOT / "a b.npz")
    trial_study = configure.compose(["task=npz", f"task.path='{path}'", "seed=0"])
    (trial,) = designs.trials(trial_study, lambda _: "hash")
    words = shlex.split(show.command(trial, "again"))[2:]
    assert configure.compose(words).baseline["task"].params["path"] == path


def cpu_seconds(*words: str, cwd: Path) -> float:
    """Processor time of a Python command, the smaller of two runs."""
    spent = []
    for _ in range(2):
        before = os.times()
        started(*words, cwd=cwd)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(spent)


@pytest.mark.parametrize(
    "words",
    [["--help"], ["sweep", "--help"], ["list"], ["sweep", "los=1"], ["plan", "experiment=blog", "loss=fussed"]],
    ids=" ".join,
)
def test_help_lists_and_errors_answer_as_fast_as_hydra_and_pandas_are_imported(
    words: list[str], tmp_path: Path
) -> None:
    """Under a second on the machine it was measured on, where those imports take 0.9 s."""
    imports = cpu_seconds("-c", "import hydra, omegaconf, pandas", cwd=tmp_path)
    assert cpu_seconds("-m", "ablate.commands.main", *words, cwd=tmp_path) < 1.5 * imports

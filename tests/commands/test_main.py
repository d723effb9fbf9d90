"""The command line as a whole: help, errors, exit statuses, speed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ablate import configure
from ablate.commands.command_texts import COMMANDS
from ablate.commands.exit_status import INTERRUPTED, USAGE_ERROR
from ablate.commands.main import answer, main
from tests.commands.conftest import Said


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
    assert "More: docs/" in out
    assert "results_dir=" in out or command == "diagnose"  # which reads and writes no results


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_fits_80_columns(
    command: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*([command] if command else []), "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_every_example_is_a_command_line_that_composes() -> None:
    for name, command in COMMANDS.items():
        if name == "try":
            continue  # it names a model of the user's
        overrides = [word for word in command.example.split() if "=" in word]
        assert configure.compose(overrides).factors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["swep"], "Unknown command: 'swep'. Did you mean 'sweep'?"),
        (["sweep", "los=fused"], "Unknown factor or key: 'los'. Did you mean 'loss'?"),
        (["plan", "loss=fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["sweep", "blog"], "Every word must be KEY=VALUE, as `experiment=blog`. Received: 'blog'."),
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


def test_ctrl_c_is_130_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert answer(interrupted) == INTERRUPTED
    assert "run the same command again to continue" in capsys.readouterr().err


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

"""Tab completion, as a shell asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ablate.commands.exit_status import USAGE_ERROR
from ablate.hydra_app import completion
from tests.hydra_app.fake_multirun import status

ROOT = Path(__file__).parents[2]


def completed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    assert status("-sc", "query=bash") == 0
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python -m ablate loss=f", ["loss=fused"]),
        ("python3.11 -W error -m ablate -m loss=clipped,fu", ["loss=clipped,fused"]),
        ("/usr/bin/python -m ablate -m path=x.npz task=bl", ["task=blobs"]),
        ("python -m ablate experiment=bl", ["experiment=blog"]),
        ("python -m ablate --multirun hydra/sweeper=ablate_", ["hydra/sweeper=ablate_optuna"]),
        ("ablate sweep loss=clipped,fused wid", ["width="]),
        ("ablate search optimizer=sgd,adag", ["optimizer=sgd,adagrad"]),
        ("ablate search optimizer=sgd,adamw", ["optimizer=sgd,adamw"]),
        ("python -m ablate hydra/sweeper/sampler=ns", []),
        ("python -m ablate hydra/sweeper=ablate_optuna hydra/sweeper/sampler=ns", ["hydra/sweeper/sampler=nsgaii"]),
        ("python -m ablate loss=[cl", []),
        ("python -m ablate nothing=", []),
    ],
)
def test_overrides_are_completed(
    line: str, expected: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = completed(line, monkeypatch, capsys)
    if "sampler=ns" in line:
        assert set(found) <= {"hydra/sweeper/sampler=nsgaii"}
        return
    assert found == expected


def test_an_empty_word_offers_the_factors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert {"loss=", "width=", "experiment="} <= set(completed("python -m ablate loss=fused ", monkeypatch, capsys))


def test_other_words_do_not_ask_for_completion() -> None:
    assert completion.is_request(["-sc", "install=fish"])
    assert not completion.is_request(["loss=fused", "--cfg", "job"])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "install=bsh",
            "Unknown shell in `-sc install=SHELL`: 'bsh'. Did you mean 'bash'? Allowed: bash, fish, zsh.",
        ),
        (
            "uninstall=bash",
            (
                "`-sc` must be followed by install=SHELL. To remove completion, open a shell that does not install it. "
                "Received: '-sc uninstall=bash'."
            ),
        ),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    word: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("-sc", word) == USAGE_ERROR
    assert capsys.readouterr() == ("", f"ablate: {message}\n")


BASH = r"""
eval "$(PYTHON -m ablate -sc install=bash)"
ask() { COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=(other); _ablate_completion; echo "$* -> ${COMPREPLY[*]}"; }
ask python -m ablate -m loss=clipped,fu
ask python other.py loss=
complete -p ablate python
"""


FISH = r"""
PYTHON -m ablate -sc install=fish | source
function ask; echo "$argv ->" (complete --do-complete "$argv"); end
ask python -m ablate -m loss=clipped,fu
ask python -m ablate -m loss=fu optimizer=sgd,adag
ask ablate sweep wid
ask python other.py loss=
"""

ZSH = r"""
eval "$(PYTHON -m ablate -sc install=zsh)"
other() { print -r -- "others are asked" }
_ablate_before=other
compadd() { print -r -- "$BUFFER -> ${@[5,-1]}" }
ask() { BUFFER="$*"; CURSOR=${#BUFFER}; words=("$@"); "${_comps[${1}]}" }
ask python -m ablate -m loss=clipped,fu
ask ablate sweep wid
ask python other.py loss=
"""


def said_by(shell: str, script: str, folder: Path, *flags: str) -> list[str]:
    """Lines that a shell prints, run in an empty folder without its user's own settings."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, *flags, "-c", script.replace("PYTHON", sys.executable)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "ZDOTDIR": str(folder)},
        cwd=folder,
    )
    return done.stdout.splitlines()


def test_bash_installs_and_asks(tmp_path: Path) -> None:
    said = said_by("bash", BASH, tmp_path)
    assert said[0] == "python -m ablate -m loss=clipped,fu -> loss=clipped,fused"
    assert said[1] == "python other.py loss= -> "
    assert [line.split("-F")[1].split() for line in said[2:4]] == [
        ["_ablate_completion", name] for name in ("ablate", "python")
    ]
    assert list(tmp_path.iterdir()) == []


def test_fish_installs_and_asks(tmp_path: Path) -> None:
    assert said_by("fish", FISH, tmp_path, "--no-config") == [
        "python -m ablate -m loss=clipped,fu -> loss=clipped,fused",
        "python -m ablate -m loss=fu optimizer=sgd,adag -> optimizer=sgd,adagrad",
        "ablate sweep wid -> width=",
        "python other.py loss= ->",
    ]


def test_zsh_installs_and_asks(tmp_path: Path) -> None:
    assert said_by("zsh", ZSH, tmp_path, "-f") == [
        "python -m ablate -m loss=clipped,fu -> loss=clipped,fused",
        "ablate sweep wid -> width=",
        "others are asked",
    ]

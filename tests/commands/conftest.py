"""What the tests of the commands share: a results folder, and a command line that is answered in this process."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from ablate.commands.main import main
from ablate.configure import python_values
from tests.fake_sweep import study, swept

Said = Callable[..., tuple[int, str, str]]
"""A command line's words -> exit status, standard output, standard error."""


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one study: 2 widths, 2 rates, 3 seeds, trained by the fake engine."""
    folder = tmp_path_factory.mktemp("results") / "a b, 'ü'"
    asked = study(folder.parent, "width=16,32", "learning_rate=1e-3,1e-2", "seed=range(3)")
    swept(dataclasses.replace(asked, results_dir=str(folder)))
    return folder


@pytest.fixture
def place(results: Path) -> str:
    """The override that names the results folder, whose name must be quoted for Hydra and for a shell."""
    return python_values.override("results_dir", results)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return run

"""What a sweep prints, and how it ends."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from ablate import configure
from ablate.commands.exit_status import INTERRUPTED
from ablate.commands.main import main
from ablate.runner.summary import Summary


def summary(**changes: object) -> Summary:
    return Summary(study="s", folder=Path("s"), planned=2, kept=1, trained=1, **changes)  # type: ignore[arg-type]


def test_sweep_says_what_is_there_and_interrupted_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary(report=Path("s/report/report.html"))) as called:
        assert main(["sweep", "loss=clipped,fused", "seed=range(2)"]) == 0
    assert called.call_args.args[0] == configure.compose(["loss=clipped,fused", "seed=range(2)"])
    assert "Report: s/report/report.html" in capsys.readouterr().out
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary(stopped="SIGINT")):
        assert main(["sweep"]) == INTERRUPTED
    assert "SIGINT stopped the sweep. Run the same command again" in capsys.readouterr().err

"""The functions of the API call what the commands of their names call."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import ablate
from ablate import configure
from ablate.core.errors import ConfigError
from ablate.runner.summary import Summary


def summary(stopped: str) -> Summary:
    return Summary(study="s", folder=Path("s"), planned=4, kept=1, trained=1, stopped=stopped, states={"stuck": 1})


def test_a_sweep_is_what_the_command_runs_and_says_that_it_was_interrupted() -> None:
    heard: list[Any] = []
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary("SIGINT")) as called:
        done = ablate.sweep("loss.eps=1e-3", loss="clipped", seed=range(2), on_event=heard.append)
    assert called.call_args.args[0] == configure.compose(["loss.eps=1e-3", "loss=clipped", "seed=0,1"])
    assert called.call_args.kwargs["on_event"] is not None
    assert done.stopped == "SIGINT"
    assert repr(done) == "<Summary of s: 1 of 4 trials in s, stopped by SIGINT>"
    assert "SIGINT stopped the sweep" in done._repr_html_()
    assert "<td>stuck</td><td>1</td>" in done._repr_html_()


def test_a_search_says_that_it_was_interrupted(tmp_path: Path) -> None:
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary("SIGTERM")):
        found = ablate.search(loss=["clipped", "fused"], search={"trials": 200}, results_dir=tmp_path, on_event=print)
    assert found.summary.stopped == "SIGTERM"
    assert found.smallest == ()
    assert repr(found) == "<SearchResult of s: stopped by SIGTERM, 0 sufficient sets>"
    assert "SIGTERM stopped the sweep" in found._repr_html_()


def test_a_model_is_tried_as_the_command_tries_it() -> None:
    with mock.patch("ablate.try_remedies.attempt.attempt") as called:
        ablate.try_model(model="my_package:make_model", task="npz", path=Path("my.npz"), steps=400)
    assert called.call_args.args == (["model=my_package:make_model", "task=npz", "path=my.npz", "steps=400"],)


def test_a_program_is_tried_with_its_rows_and_the_arguments_of_fit() -> None:
    rows = np.zeros((10, 2)), np.arange(10) % 2
    with mock.patch("ablate.try_remedies.program_attempt.attempt") as called:
        ablate.try_model(len, rows, epochs=3, minutes=2)
    builder, given, options, _ = called.call_args.args
    assert builder is len
    assert given.call.arguments == {"epochs": "3", "batch_size": "32"}
    assert options.minutes == 2
    with pytest.raises(ConfigError, match="Did you mean 'epochs'"):
        ablate.try_model(len, rows, epoch=3)


def test_a_plan_says_what_the_command_says(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ablate.commands.main import main

    planned = ablate.plan("study=fake", task="words", width=[16, 32], seed=range(4), results_dir=results)
    assert (planned.settings, planned.trials, planned.stored) == (2, 8, 6)
    assert planned.cost is not None
    assert planned.cost.programs == 2
    assert repr(planned) == "<Plan of fake: 8 trials, 6 with a result>"
    assert "settings  2" in planned._repr_html_()
    assert capsys.readouterr().out == ""
    assert main(["plan", "study=fake", "task=words", "width=16,32", "seed=range(4)", f"results_dir={results}"]) == 0
    out = capsys.readouterr().out
    assert len(planned.parts) == 4
    assert all(part in out for part in planned.parts)
    assert out.endswith(f"writes {results}/fake/.\n")

"""Words of the command become a program; those of a study stay a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.commands.exit_status import USAGE_ERROR
from ablate.commands.main import main
from ablate.core.errors import ConfigError
from ablate.try_remedies import fallback, program_words


def test_a_command_line_is_a_program(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((20, 3)), y=np.arange(20) % 2)
    wanted = program_words.of_command(
        ["my:make_model", str(tmp_path / "d.npz"), "epochs=5", "class_weight={0: 1, 1: 2}", "minutes=0.5"]
    )
    assert wanted.fit == {"epochs": 5, "class_weight": {0: 1, 1: 2}}
    assert wanted.options("again").minutes == 0.5
    assert wanted.given().call.arguments["epochs"] == "5"


def test_a_model_and_a_path_in_words_of_a_study_are_a_program() -> None:
    wanted = program_words.of_command(["model=my_package:make", "task=npz", "path=d.npz", "model.arguments.width=64"])
    assert (wanted.builder, wanted.data) == ("my_package:make", "d.npz")
    assert wanted.options().arguments == {"width": 64}


@pytest.mark.parametrize(
    "words", [["model=a:b", "path=d.npz", "steps=5"], ["model=a:b", "task=digits"], ["task=npz", "path=d.npz"]]
)
def test_other_words_are_a_study(words: list[str]) -> None:
    assert not program_words.names_program(words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["my.py:make_model"], "Name the function that builds your model and the rows"),
        (["my.py:make_model", "d.csv", "epoch=3"], "Did you mean 'epochs'"),
        (["my:make_model", "d.csv"], "There must be a file 'd.csv'"),
        (["my.py:make_model", "d.csv"], "'my.py' must be a Python script"),
        (["none.py:make_model", "none.py:make_data"], "'none.py' must be a Python script"),
        (["my.py:make_model", "d.csv", "backend=jaxx"], "Did you mean 'jax'"),
        (["my.py:make_model", "d.csv", "minutes=-1"], "`minutes` must be a number above 0"),
    ],
)
def test_misuse_ends_with_status_2_and_one_message(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["try", *words]) == USAGE_ERROR
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_refused_study_becomes_a_program() -> None:
    refused = ConfigError("The model that `m:f` builds cannot be tried. A layer of your own.")
    wanted = fallback.program_of(["model=m:f", "task=csv", "path=d.csv", "label=kind", "steps=400"], refused)
    assert wanted is not None
    assert (wanted.builder, wanted.data, wanted.control["label"]) == ("m:f", "d.csv", "kind")
    made = fallback.program_of(["model=m:f", "task=digits", "steps=400"], refused)
    assert made is not None
    assert made.given().rows.x.shape[1] == 64
    assert fallback.program_of(["model=m:f", "path=d.csv"], ConfigError("Unknown key")) is None


def test_what_is_not_said_is_ten_minutes_and_five_fresh_seeds() -> None:
    rows, own, other = object(), object(), object()
    wanted = program_words.of_call("my:make", rows, None, {"validation": own, "epochs": 2})
    options = wanted.options()
    assert (options.minutes, options.workers, options.seeds, options.arguments) == (10.0, 0, 5, {})
    assert wanted.validation is own
    assert program_words.of_call("my:make", rows, other, {"validation": own}).validation is other

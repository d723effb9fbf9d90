"""Messages are plain text, whatever error they quote."""

from __future__ import annotations

import pickle

import pytest

from ablate.commands.exit_status import USAGE_ERROR
from ablate.commands.main import answer
from ablate.core.errors import AblateError, ConfigError, LevelError, one_line, unknown

KERAS = (
    "Exception encountered when calling Activation.call().\n\n\x1b[1mUnknown activation function 'mish2'\x1b[0m\n\n"
    "Arguments received by Activation.call():\n  • x=<tf.Tensor>"
)
"""An error of a layer as Keras prints it."""


@pytest.mark.parametrize("quoted", [KERAS, repr(KERAS).strip('"'), KERAS.encode("unicode_escape").decode()])
def test_a_message_holds_no_colours_and_the_cause_stands_first(quoted: str, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise ConfigError(f"`my:model` must build a model. It raises ValueError: {quoted}")

    assert answer(command) == USAGE_ERROR
    said = capsys.readouterr().err
    assert said == (
        "ablate: `my:model` must build a model. It raises ValueError: Activation.call(): Unknown activation function "
        "'mish2'\n"
    )


def test_a_message_is_one_line() -> None:
    assert str(ConfigError("Error encountered:\n\n  no such activation")) == "Error encountered: no such activation"


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(AblateError("\x1b[31mred\x1b[0m", 3)))  # noqa: S301 - made here
    assert error.args == ("red", 3)


def test_an_exception_is_one_short_line_and_a_level_that_raised_is_its_cause() -> None:
    assert one_line(ValueError(KERAS)) == "ValueError: Activation.call(): Unknown activation function 'mish2'"
    assert len(one_line(ValueError("x" * 10_000))) < 600
    try:
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            raise LevelError("The level `loss=mine` of p has raised ZeroDivisionError: 1 / 0") from error
    except LevelError as level:
        wrapped = RuntimeError("a framework's words")
        wrapped.__cause__ = level
    assert one_line(wrapped) == "The level `loss=mine` of p has raised ZeroDivisionError: 1 / 0"


def test_an_error_in_traced_code_is_itself() -> None:
    wrapped = ValueError('in user code:\n    File "a.py", line 1, in step *\n    KeyError: grad')
    assert one_line(wrapped).startswith("ValueError: in user code:")
    wrapped.__context__ = KeyError("grad")
    assert one_line(wrapped) == "KeyError: 'grad'"


def test_where_nothing_is_allowed_that_is_said() -> None:
    assert unknown("key", "x", []) == "Unknown key: 'x'. Allowed: (none)."

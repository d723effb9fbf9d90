"""The exceptions that a user can meet; the command line prints their message and ends with status 2.

AblateError
├── ConfigError (ValueError)      a study, factor, level or override is not possible
├── TaskError (ValueError)        data cannot be read, or cannot be a task
├── StoreError                    shards are damaged, or written under another SEMANTICS
│   └── ConflictError             one trial id has two different results
├── LossCheckError                two loss formulations agree although they must differ
├── LevelError                    the code of another package's level raised; its trials are `failed`
├── FitError                      `ablate.Watch(then="raise")` has found why a training fails
├── PatienceError                 a check took longer than its limit
└── TrialError                    one trial could not be trained; its state becomes `failed`
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")

TRACED = "in user code:"
"""The beginning of TensorFlow's messages about code that it traced."""

LONGEST = 500
"""The most characters of an error's text that are kept."""


class AblateError(Exception):
    """The base of every error that this package raises on purpose; its message has one line and no terminal colours."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(plain(value) if isinstance(value, str) else value for value in arguments))


class ConfigError(AblateError, ValueError):
    """A study, factor, level or override is not possible."""


class TaskError(AblateError, ValueError):
    """Data cannot be read, or cannot be a balanced classification task."""


class StoreError(AblateError):
    """Shards are damaged, or written under another SEMANTICS."""


class ConflictError(StoreError):
    """One trial id has two different results."""


class LossCheckError(AblateError):
    """Two loss formulations agree although they must differ: the study would compare one loss with itself."""


class LevelError(AblateError):
    """The code of a level, of this or another package, has raised an exception."""


class FitError(AblateError):
    """A watched training fails, and the user asked to be told by an exception.

    Attributes:
        finding: what is wrong.
    """

    def __init__(self, message: str, finding: object = None) -> None:
        super().__init__(message)
        self.finding = finding


class PatienceError(AblateError):
    """A check took longer than its limit."""


class TrialError(AblateError):
    """One trial could not be trained."""


def unknown(kind: str, name: object, allowed: Iterable[str]) -> str:
    """Return the message for an unknown name: the name, the nearest match, the names that are allowed.

    Args:
        kind: what the name should be, such as "level of `loss`".
        name: the name that was given.
        allowed: the names that are allowed.

    Examples:
        >>> unknown("level of `loss`", "fussed", ["clipped", "fused"])
        "Unknown level of `loss`: 'fussed'. Did you mean 'fused'? Allowed: clipped, fused."
        >>> unknown("factor", "lr", ["loss", "learning_rate"])
        "Unknown factor: 'lr'. Did you mean 'learning_rate'? Allowed: learning_rate, loss."
    """
    names = sorted(map(str, allowed))
    near = [one for one in names if len(str(name)) > 1 and "".join(part[:1] for part in one.split("_")) == str(name)]
    near += difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"Unknown {kind}: {name!r}.{hint} Allowed: {', '.join(names) or '(none)'}."


_COLOURS = re.compile(r"(?:\x1b|\\x1b|\\033)\[[0-9;]*m")
"""A terminal's codes for colours and bold, also as `repr` writes them."""

_KERAS = re.compile(
    r"Exception encountered when calling (\S+?)\.(?:\s|\\n)+"
    rf"{_COLOURS.pattern}(.*?){_COLOURS.pattern}(?:\s|\\n)+Arguments received by .*",
    re.DOTALL,
)
"""Matches Keras's message about an error in a layer: the layer, the cause in bold, and the arguments."""


def plain(text: str) -> str:
    r"""Return a text in one line, without terminal colours and without what Keras adds to an error in a layer.

    Examples:
        >>> plain("ValueError: \x1b[1mno 'mish2'\x1b[0m")
        "ValueError: no 'mish2'"
    """
    return re.sub(r"\s*\n\s*", " ", _COLOURS.sub("", _KERAS.sub(r"\1: \2", text)))


def one_line(error: BaseException) -> str:
    """Return an exception in one line without terminal colours, short enough for a table."""
    cause = _level_error(error) or _untraced(error)
    text = " ".join(plain(str(cause)).split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return text if isinstance(cause, LevelError) else f"{type(cause).__name__}: {text}"


def value_or_error(function: Callable[[], _T]) -> tuple[_T | None, str]:
    """Return what a function returns, or the error that it raises in one line: a user's code may raise anything.

    Args:
        function: without arguments.

    Examples:
        >>> value_or_error(lambda: 3), value_or_error(lambda: 1 / 0)
        ((3, ''), (None, 'ZeroDivisionError: division by zero'))
    """
    try:
        return function(), ""
    except Exception as error:  # noqa: BLE001
        return None, one_line(error)


def _untraced(error: BaseException) -> BaseException:
    """Return the exception itself where TensorFlow has put the lines of the code that it traced before its message."""
    while str(error).startswith(TRACED) and (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _level_error(error: BaseException | None) -> LevelError | None:
    """Return the error that a level's own code raised, from inside the frameworks' exceptions around it."""
    while error is not None:
        if isinstance(error, LevelError) and error.__cause__ is not None:
            return error
        error = error.__cause__ or error.__context__
    return None

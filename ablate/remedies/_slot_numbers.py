"""Numbers of the slot that is being traced: layers and hooks read them by name while the step is compiled.

A compiled program serves many trials, so a strength or a choice is an element of an input array, not a Python number.
`tf.vectorized_map` gives each trace its own scalars. `slot` hands the scalars to layers and hooks, because the `call`
of a Keras layer has no argument for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ablate.core.errors import LevelError

_NUMBERS: ContextVar[Mapping[str, Any]] = ContextVar("numbers")
_CHOICES: ContextVar[Mapping[str, Sequence[str]]] = ContextVar("choices")


@contextmanager
def slot(numbers: Mapping[str, Any], choices: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Set the slot's numbers and the program's choices while the block is traced.

    Args:
        numbers: scalars by name.
        choices: what the program holds for a number that is an index, by name of the number.
    """
    tokens = _NUMBERS.set(numbers), _CHOICES.set(choices)
    try:
        yield
    finally:
        _NUMBERS.reset(tokens[0])
        _CHOICES.reset(tokens[1])


def number(name: str) -> Any:
    """Return the scalar of that name, for the slot that is being traced.

    Raises:
        LevelError: no factor gives it.
    """
    try:
        return _NUMBERS.get()[name]
    except KeyError as error:
        raise LevelError(
            f"A hook of a factor reads the number {name!r}, which no factor gives. Return it from the factor's `slot`, "
            "for every level that the hook runs for."
        ) from error


def choices(name: str) -> Sequence[str]:
    """Return what the program that is being traced holds for the index of that name."""
    return _CHOICES.get()[name]

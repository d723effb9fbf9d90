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

_NUMBERS: ContextVar[Mapping[str, Any]] = ContextVar("numbers")
_CHOICES: ContextVar[Mapping[str, Sequence[int]]] = ContextVar("choices")


@contextmanager
def slot(numbers: Mapping[str, Any], choices: Mapping[str, Sequence[int]]) -> Iterator[None]:
    """Set the slot's numbers and the program's choices while the block is traced.

    Args:
        numbers: scalars by name.
        choices: values that a number can take in the program, by name of the number.
    """
    tokens = _NUMBERS.set(numbers), _CHOICES.set(choices)
    try:
        yield
    finally:
        _NUMBERS.reset(tokens[0])
        _CHOICES.reset(tokens[1])


def number(name: str) -> Any:
    """Return the scalar of that name, for the slot that is being traced."""
    return _NUMBERS.get()[name]


def choices(name: str) -> Sequence[int]:
    """Return the values that the number of that name can take in the program that is being traced."""
    return _CHOICES.get()[name]

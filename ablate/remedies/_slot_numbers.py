"""The numbers of the slot being traced: layers and hooks read them by name while the step is compiled.

A compiled program serves many trials, so a strength or a choice is not a Python number but one element of an input
array. `tf.vectorized_map` hands each trace its own scalars; this scope hands them on to whatever needs them, through
Keras layers whose `call` has no place for them.
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
    """Makes these the slot's numbers, and the program's choices, while the block is traced."""
    tokens = _NUMBERS.set(numbers), _CHOICES.set(choices)
    try:
        yield
    finally:
        _NUMBERS.reset(tokens[0])
        _CHOICES.reset(tokens[1])


def number(name: str) -> Any:
    """The scalar of that name of the slot being traced."""
    return _NUMBERS.get()[name]


def choices(name: str) -> Sequence[int]:
    """The values that number can take in the program being traced."""
    return _CHOICES.get()[name]

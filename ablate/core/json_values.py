"""Values read from somebody's JSON: of the type that is meant, or an error that says what came instead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ablate.core.study import Json

_T = TypeVar("_T")

KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
"""What a record's field may hold, by its annotation; other annotations are the caller's to check."""


def mapping(value: Json) -> dict[str, Json]:
    """A mapping; its keys are text, as JSON's are.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, dict):
        raise TypeError(f"a mapping was expected, not {value!r:.40}")
    return value


def text(value: Json) -> str:
    """A text.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r:.40}")
    return value


def whole(value: Json) -> int:
    """A whole number; true is none.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number was expected, not {value!r:.40}")
    return value


def several(value: Json, of: Callable[[Json], _T]) -> tuple[_T, ...]:
    """A list's elements, each read by `of`.

    Raises:
        TypeError: no list, or what `of` raises.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"a list was expected, not {value!r:.40}")
    return tuple(map(of, value))


def texts(value: Json) -> dict[str, str]:
    """A mapping of texts.

    Raises:
        TypeError: something else.
    """
    return {name: text(own) for name, own in mapping(value).items()}


def record(cls: Callable[..., _T], value: Json) -> _T:
    """The record whose fields these are.

    Raises:
        TypeError: a field too many or too few, or of another type than its annotation's.

    Examples:
        >>> from ablate.core.study import Budget
        >>> record(Budget, {"steps": 10, "looks": 2})
        Budget(steps=10, looks=2)
        >>> record(Budget, {"steps": 10.0, "looks": 2})
        Traceback (most recent call last):
        TypeError: `steps` was expected to be int, not 10.0
    """
    given = mapping(value)
    fields: Any = cls
    for each in dataclasses.fields(fields):
        kinds = KINDS.get(str(each.type))
        own = given.get(each.name)
        if kinds and each.name in given and (not isinstance(own, kinds) or (bool not in kinds and own is True)):
            raise TypeError(f"`{each.name}` was expected to be {each.type}, not {own!r:.40}")
    return cls(**given)


def plain(content: str) -> Json:
    """What a JSON text says, if it could be written again: no NaN, no infinity, no half of a character.

    Raises:
        ValueError: it could not, or is no JSON.
    """
    value = json.loads(content)
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    return value

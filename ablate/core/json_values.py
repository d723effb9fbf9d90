"""Turn JSON into frozen dataclasses and back; the error for a value that does not fit names its field."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from ablate.core.study import Json

_T = TypeVar("_T")


def parse(content: bytes) -> Json:
    """Return the value of a JSON text; refuse NaN, infinity and half of a character, which could not be written again.

    Raises:
        ValueError: the text is not such JSON.
    """
    value = json.loads(content.decode())
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    return value


def mapping(text: str) -> dict[str, Json]:
    """Return the mapping that a JSON text holds.

    Raises:
        ValueError: the text is not JSON.
        TypeError: the text holds another value than a mapping.
    """
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(f"a mapping was expected, not {value!r:.40}")
    return value


def record(kind: type[_T], value: Json) -> _T:
    """Return the dataclass instance that `value` describes, as `to_json` wrote it.

    Args:
        kind: a dataclass; its fields may be dataclasses, mappings and tuples.
        value: a mapping of fields, each of its annotated type; a field that has a default may be missing.

    Raises:
        ValueError: a field is missing, unknown or of another type; or the dataclass itself refuses a value.

    Examples:
        >>> from ablate.core.study import Budget
        >>> record(Budget, {"steps": 10, "looks": 2})
        Budget(steps=10, looks=2)
        >>> record(Budget, {"steps": 10.0, "looks": 2})
        Traceback (most recent call last):
        ValueError: `steps`: Input should be a valid integer, not 10.0
    """
    from pydantic import ValidationError

    try:
        result: _T = _validator(cast("Any", kind))(json.dumps(value), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"`{field}`: {first['msg']}, not {first['input']!r:.40}") from error
    if not _holds(to_json(result), value):
        raise ValueError(f"it must hold fields of a {kind.__name__}, and no others")
    return result


def _holds(whole: Json, part: Json) -> bool:
    """Check that every key of `part`, at any depth, is in `whole` with the same value."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and _holds(whole[name], item) for name, item in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(whole) == len(part) and all(map(_holds, whole, part))
    return bool(whole == part)


@cache
def _validator(kind: Any) -> Callable[..., Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_json


def to_json(value: Any) -> Json:
    """Return a value as JSON: dataclasses as mappings of the fields they are made from, tuples as lists."""
    if dataclasses.is_dataclass(value):
        fields = (field.name for field in dataclasses.fields(value) if field.init)
        return {name: to_json(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    return [to_json(item) for item in value] if isinstance(value, list | tuple) else value

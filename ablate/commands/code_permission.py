"""Code that results name: it is imported and run only if the user names it, too. Results of strangers are data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ablate.core.errors import ConfigError
from ablate.core.study import Json


def builders(params: Json) -> Iterator[str]:
    """Every dotted path under `builder`, however deep in stored parameters.

    Examples:
        >>> list(builders({"loss": {"path": {"loss": {"builder": "my.models:wide"}}}, "width": 64}))
        ['my.models:wide']
    """
    if isinstance(params, dict):
        for key, value in params.items():
            if key == "builder":
                yield str(value)
            else:
                yield from builders(value)
    elif isinstance(params, list):
        for value in params:
            yield from builders(value)


def words(params: Json) -> list[str]:
    """The overrides by which a user says that the code these parameters name may run."""
    return [word for each in dict.fromkeys(builders(params)) for word in ("model=keras", f"model.builder={each}")]


def check(params: Json, overrides: Sequence[str]) -> None:
    """The user must have named all code that running these parameters would import.

    Raises:
        ConfigError: a path that no override names.
    """
    named = {word.partition("=")[2].strip("'\"") for word in overrides if word.partition("=")[0].endswith("builder")}
    for each in builders(params):
        if each not in named:
            raise ConfigError(
                f"This trial was trained with the code of `{each}`, and results alone must not run code. If you trust "
                f"it, name it: `model=keras model.builder={each}`."
            )

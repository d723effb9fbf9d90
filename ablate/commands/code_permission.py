"""Run code that stored results name only if the user names it too: a stranger's results must not run code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ablate.core.errors import ConfigError
from ablate.core.study import Json


def builders(params: Json) -> Iterator[str]:
    """Yield every dotted path under `builder`, however deep in stored parameters.

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


def permissions(params: Json) -> list[str]:
    """Return the overrides by which a user permits the code that stored parameters name."""
    return [
        override
        for builder in dict.fromkeys(builders(params))
        for override in ("model=keras", f"model.builder={builder}")
    ]


def check_permission(params: Json, overrides: Sequence[str]) -> None:
    """Check that the user has named all code that running stored parameters would import.

    Args:
        params: the stored parameters of a trial, by factor.
        overrides: the user's overrides.

    Raises:
        ConfigError: the parameters name code that no override names.
    """
    named = {word.partition("=")[2].strip("'\"") for word in overrides if word.partition("=")[0].endswith("builder")}
    for builder in builders(params):
        if builder not in named:
            raise ConfigError(
                f"This trial was trained with the code of `{builder}`, and results alone must not run code. If you "
                f"trust it, add the overrides `model=keras model.builder={builder}`."
            )

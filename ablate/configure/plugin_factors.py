"""Add the factors that other packages bring to the base config, which does not name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ablate import remedies
from ablate.configure import level_files
from ablate.configure.config_files import Library
from ablate.configure.grammar import key_of
from ablate.core.errors import ConfigError
from ablate.core.study import Json, canonical


def defaults(overrides: Iterable[str], library: Library) -> Iterator[str]:
    """Yield overrides that add the factors of other packages at their neutral level, except those already added.

    Args:
        overrides: those that Hydra is to apply.
        library: the config files.

    Raises:
        ConfigError: a factor has level files, but none with its neutral parameters.
    """
    added = set(map(key_of, overrides))
    for name in remedies.brought():
        if name not in added:
            yield f"+{name}={_neutral(name, library)}"


def _neutral(name: str, library: Library) -> Json:
    neutral, options = remedies.neutral()[name], library.options(name)
    option = level_files.option_with(name, neutral, {}, library) if options else neutral
    if option is None:
        raise ConfigError(
            f"The factor `{name}` must have a level file with its neutral parameters, {canonical(neutral)}. "
            f"Its files: {', '.join(options)}."
        )
    return option

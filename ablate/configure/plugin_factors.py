"""The factors that other packages bring: our configs do not name them, so each stands at its neutral level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ablate import remedies
from ablate.configure import levels_from_config
from ablate.configure.config_files import Library
from ablate.core.errors import ConfigError
from ablate.core.study import Json, canonical


def defaults(given: Iterable[str], library: Library) -> Iterator[str]:
    """The overrides that add those factors to the base config; those that `given` already adds are left out.

    Raises:
        ConfigError: a factor with a folder of levels, none of which is its neutral one.
    """
    added = {each.partition("=")[0].lstrip("+") for each in given}
    for name in remedies.brought():
        if name not in added:
            yield f"+{name}={_neutral(name, library)}"


def _neutral(name: str, library: Library) -> Json:
    from omegaconf import OmegaConf

    neutral, options = remedies.neutral()[name], library.options(name)
    if not options:
        return neutral
    for option in options:
        content: Json = OmegaConf.to_container(library.content(name, option))
        unset = levels_from_config.UNSET in content.values()
        if not unset and canonical(remedies.checked(name, content)) == canonical(neutral):
            return option
    raise ConfigError(
        f"The factor `{name}` must have a level file with its neutral parameters, {canonical(neutral)}. Its files: "
        f"{', '.join(options)}."
    )

"""Under a user's own model the baseline is what that model was compiled with, not the package's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ablate import remedies
from ablate.configure import levels_from_config
from ablate.configure.config_files import Library
from ablate.configure.levels_from_config import Source
from ablate.configure.overrides import Overrides
from ablate.configure.to_overrides import content
from ablate.core.study import Json, canonical

OWN = "compiled"
"""The name of a level that is none of the files'."""


def model(source: Source, given: Overrides, library: Library) -> Source:
    """The source with the levels of the study's model wherever no override fixes a factor's.

    Raises:
        ConfigError: a builder that is not there or raises, or a model that cannot be tried.
    """
    if "model" not in source.axes and source.choices.get("model") == "mlp":
        return source
    params = levels_from_config.factor("model", source).baseline.params
    if params["kind"] == "mlp":
        return source
    from ablate.engine import read_model

    fixed = {each.partition("=")[0].lstrip("+") for each in given.plain}
    config, choices = dict(source.config), dict(source.choices)
    for name, value in read_model.compiled(params).levels.items():
        if name in fixed:
            continue
        if name in choices:
            choices[name] = _named(name, value, source, library)
        config[name] = value
    return dataclasses.replace(source, config=config, choices=choices)


def _named(name: str, value: Mapping[str, Json], source: Source, library: Library) -> str:
    """The file that says the same, if one does."""
    for option in library.options(name):
        found = content(name, option, source, library)
        if levels_from_config.UNSET not in found.values() and canonical(remedies.checked(name, found)) == canonical(
            value
        ):
            return option
    return OWN

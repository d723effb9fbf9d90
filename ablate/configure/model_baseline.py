"""Make the settings that a user's own model was compiled with the baseline, instead of the package's defaults."""

from __future__ import annotations

import dataclasses

from ablate.configure import level_files, levels_from_config
from ablate.configure.config_files import Library
from ablate.configure.grammar import key_of
from ablate.configure.levels_from_config import Source
from ablate.configure.overrides import Overrides
from ablate.remedies.model import MODEL

COMPILED = "compiled"
"""The name of a compiled model's level whose parameters are in no level file."""


def with_model(source: Source, given: Overrides, library: Library) -> Source:
    """Return the source with the levels of the study's model for every factor that no override fixes.

    Args:
        source: the study's configs.
        given: the study's overrides.
        library: the config files.

    Raises:
        ConfigError: the model's builder is missing or raises, or ablate cannot train the model.
    """
    if MODEL not in source.axes and source.choices.get(MODEL) == "mlp":
        return source
    params = levels_from_config.factor(MODEL, source).baseline.params
    if params["kind"] == "mlp":
        return source
    from ablate.engine import read_model

    fixed = set(map(key_of, given.plain))
    config, choices = dict(source.config), dict(source.choices)
    for name, value in read_model.compiled(params).levels.items():
        if name in fixed:
            continue
        if name in choices:
            choices[name] = level_files.option_with(name, value, source.config, library) or COMPILED
        config[name] = value
    return dataclasses.replace(source, config=config, choices=choices)

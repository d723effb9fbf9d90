"""Turn Hydra configs and overrides into a `Study`. No other package reads a config.

Hydra composes the base study once. Each level that the study names is read once, whatever the number of trials. An
override that sweeps (`loss=clipped,fused`, `seed=range(20)`, `activation=glob(*)`) gives a factor its levels. A single
value (`width=256`) gives it one level, which is also its baseline.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from omegaconf import OmegaConf

from ablate import remedies
from ablate.configure import (
    intervals,
    level_files,
    levels_from_config,
    model_baseline,
    plugin_factors,
    study_from_config,
    to_overrides,
)
from ablate.configure.config_files import Library, composed, opened, our_errors
from ablate.configure.config_files import folder as folder
from ablate.configure.config_files import remark as remark
from ablate.configure.grammar import key_of
from ablate.configure.levels_from_config import Source
from ablate.configure.overrides import Overrides, listed, sort
from ablate.configure.overrides import spelled_out as spelled_out
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import level_text
from ablate.core.study import Factor, Json, Study


def compose(overrides: Sequence[str] = ()) -> Study:
    """Return the study that the configs and these overrides describe.

    Args:
        overrides: in Hydra's grammar: `loss=clipped,fused`, `learning_rate=1e-3,1e-1`, `seed=range(20)`,
            `loss.eps=1e-3,1e-7`, `experiment=blog`, `activation=glob(*)`, ...

    Raises:
        ConfigError: an unknown factor, level or key, a wrong type, no trial, or too many trials.

    Examples:
        >>> study = compose(["loss=clipped,fused", "width=32,256", "seed=range(3)"])
        >>> [(factor.name, [level.name for level in factor.levels]) for factor in study.varying]
        [('loss', ['clipped', 'fused']), ('width', ['32', '256'])]
        >>> study.seeds
        (0, 1, 2)
    """
    with opened(overrides) as library:
        given = sort(overrides, library)
        source = _source(given, library)
        axes = {**_declared(source.config, given, library), **given.axes}
        source = model_baseline.with_model(_with_levels(source, axes, library), given, library)
    return study_from_config.study(dataclasses.replace(source, command=shlex.join(["ablate", "sweep", *overrides])))


def search(overrides: Sequence[str] = ()) -> tuple[Study, Json]:
    """Return the study whose factors `ablate search` searches, and the config under `search`.

    In a search, a numeric factor may have an interval, which becomes a list of levels (`ablate.configure.intervals`).

    Args:
        overrides: in Hydra's grammar.

    Raises:
        ConfigError: as for `compose`; or a `design` is given, because a search chooses its own settings.

    Examples:
        >>> study, config = search(["loss=clipped,fused", "search=nsga2", "learning_rate=tag(log, interval(1e-4, 1))"])
        >>> config["sampler"], [(factor.name, len(factor.levels)) for factor in study.varying]
        ('NSGAIISampler', [('loss', 2), ('learning_rate', 25)])
    """
    for text in overrides:
        if key_of(text).partition(".")[0] == "design":
            raise ConfigError(
                f"A search must have no `design`: it chooses its settings by itself. Received: {text!r}. "
                "Leave it out, or use `ablate sweep`."
            )
    with opened(overrides) as library:
        config = _source(sort(intervals.without(overrides), library), library).config
    study = compose([*intervals.spread(overrides, config), "design=explicit", "design.settings=[{}]"])
    return dataclasses.replace(study, command=shlex.join(["ablate", "search", *overrides])), config["search"]


def factors() -> dict[str, tuple[str, ...]]:
    """Return the level names of each factor, the baseline's first; a numeric factor has only its baseline.

    Raises:
        ConfigError: conf/config.yaml gives a factor no baseline level.
    """
    source, options = _defaults()
    for name in remedies.registry():
        if name not in source.choices and name not in source.config:
            raise ConfigError(levels_from_config.no_baseline(name))
    return {
        name: tuple(dict.fromkeys((level_text(source.choices.get(name, source.config[name])), *options[name])))
        for name in remedies.registry()
    }


def results_dir(overrides: Sequence[str] = ()) -> str:
    """Return the folder that holds the studies that these overrides describe.

    Raises:
        ConfigError: as for `compose`.
    """
    return compose(overrides).results_dir if overrides else str(_defaults()[0].config["results_dir"])


@cache
def _defaults() -> tuple[Source, dict[str, tuple[str, ...]]]:
    """Return the base config without overrides, and the options of every factor."""
    with opened() as library:
        return _source(Overrides(), library), {name: tuple(library.options(name)) for name in remedies.registry()}


def experiments() -> dict[str, str]:
    """Return the studies that come with the package: name -> question."""
    # Only the questions are needed: reading a file takes a third of the time that Hydra needs to compose it.
    with our_errors():
        configs = {
            path.stem: yaml.safe_load(path.read_bytes()) or {}
            for path in sorted((folder() / "experiment").glob("*.yaml"))
        }
    return {name: str(config.get("question", "")) for name, config in configs.items()}


def overrides_for(params: Mapping[str, Json]) -> list[str]:
    """Return the shortest overrides that give every factor these resolved parameters.

    Raises:
        ConfigError: no level file of a factor has the kind of its parameters.

    Examples:
        >>> overrides_for({"loss": {"kind": "clipped", "eps": 0.001}, "width": 32, "depth": 2})
        ['loss=clipped_1e-3', 'width=32']
    """
    with opened() as library:
        return to_overrides.overrides_for(params, _source(Overrides(), library), library)


def _declared(config: Mapping[str, Json], given: Overrides, library: Library) -> dict[str, tuple[Json, ...]]:
    """Return the config's seeds and the levels of its factors, without those that an override replaces."""
    by_factor = config["factors"] or {}
    if not isinstance(by_factor, Mapping):
        raise ConfigError(f"`factors` must be a mapping of factor to levels. Received: {by_factor!r}.")
    result = {}
    for name, entries in {"seed": config["seed"], **by_factor}.items():
        if name != "seed" and name not in remedies.registry():
            raise ConfigError(unknown("factor in `factors`", str(name), remedies.registry()))
        if name not in given.replaced:
            result[name] = listed(name, entries, library)
    return result


def _source(given: Overrides, library: Library) -> Source:
    """Compose the base config with the plain overrides, and let the same composition read the parameters' values."""
    params = (
        f"++asked.param_{row}_{number}={text}"
        for row, (_, _, texts) in enumerate(given.params)
        for number, text in enumerate(texts)
    )
    whole = composed([*given.plain, *plugin_factors.defaults(given.plain, library), *params])
    chosen: Any = OmegaConf.to_container(whole.hydra.runtime.choices)
    without_hydra = OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])
    config: Any = OmegaConf.to_container(without_hydra, resolve=True)
    asked = config.pop("asked", {})
    return Source(
        config=config,
        choices={group: name for group, name in chosen.items() if "/" not in group and "@" not in group and name},
        params=[
            (factor, path, [asked[f"param_{row}_{number}"] for number in range(len(texts))])
            for row, (factor, path, texts) in enumerate(given.params)
        ],
        replaced=frozenset(given.replaced),
    )


def _with_levels(source: Source, axes: Mapping[str, Sequence[Json]], library: Library) -> Source:
    """Return the source with these axes, and with every level file that the axes name."""
    names = [
        (group, levels_from_config.option(entry))
        for group, entries in axes.items()
        for entry in entries
        if library.options(group)
    ]
    return dataclasses.replace(source, axes=axes, named=level_files.contents(names, source.config, library))


def overrides_by_level(factors: Iterable[Factor]) -> dict[tuple[str, str], list[str]]:
    """Return the shortest overrides of each level, by the names of factor and level.

    Each factor's baseline is included. A factor of a plug-in that is not installed is left out.

    Raises:
        ConfigError: no level file of a factor has the kind of its parameters.
    """
    with opened() as library:
        base = _source(Overrides(), library)
        return {
            (factor.name, level.name): to_overrides.overrides_for({factor.name: level.params}, base, library)
            for factor in factors
            if factor.name in remedies.registry()
            for level in {level.name: level for level in (factor.baseline, *factor.levels)}.values()
        }

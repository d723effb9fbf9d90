"""Hydra configs and overrides -> a Study. The only package that reads a config.

Hydra composes the base study once, and every level the study names is read once, whatever the number of trials. An
override that sweeps (`loss=clipped,fused`, `seed=range(20)`, `activation=glob(*)`) gives a factor its levels; a single
value (`width=256`) gives it one level, which is the baseline's.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ablate import remedies
from ablate.configure import intervals, levels_from_config, model_baseline, plugin_factors, study_from_config
from ablate.configure.config_files import Library, composed, opened, our_errors
from ablate.configure.config_files import folder as folder
from ablate.configure.levels_from_config import Source
from ablate.configure.overrides import Overrides, listed, sort
from ablate.configure.overrides import spelled_out as spelled_out
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import level_text
from ablate.core.study import Json, Study


def compose(overrides: Sequence[str] = ()) -> Study:
    """The study that the configs and these overrides describe.

    Args:
        overrides: in Hydra's grammar: `loss=clipped,fused`, `learning_rate=1e-3,1e-1`, `seed=range(20)`,
            `loss.eps=1e-3,1e-7`, `experiment=blog`, `activation=glob(*)`, ...

    Raises:
        ConfigError: an unknown factor, level or key, a wrong type, or a grid that is empty or absurdly large.

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
        source = model_baseline.model(_with_levels(source, axes, library), given, library)
    return study_from_config.study(dataclasses.replace(source, command=shlex.join(["ablate", "sweep", *overrides])))


def search(overrides: Sequence[str] = ()) -> tuple[Study, Json]:
    """The study whose factors `ablate search` searches, and what the configs say under `search`.

    Here a number may have an interval, which becomes a row of levels (`ablate.configure.intervals`).

    Raises:
        ConfigError: as `compose`; or a design, since a search asks for its own settings.

    Examples:
        >>> study, config = search(["loss=clipped,fused", "search=nsga2", "learning_rate=tag(log, interval(1e-4, 1))"])
        >>> config["sampler"], [(factor.name, len(factor.levels)) for factor in study.varying]
        ('nsga2', [('loss', 2), ('learning_rate', 25)])
    """
    for each in overrides:
        if each.lstrip("+~").partition("=")[0].partition(".")[0] == "design":
            raise ConfigError(f"A search asks for its own settings and has no `design`. Received: {each!r}.")
    with opened(overrides) as library:
        config = _source(sort(intervals.without(overrides), library), library).config
    listed = intervals.spread(overrides, config)
    study = compose([*listed, "design=explicit", "design.settings=[{}]"])
    return dataclasses.replace(study, command=shlex.join(["ablate", "search", *overrides])), config["search"]


def factors() -> dict[str, tuple[str, ...]]:
    """Every factor and the names of its levels, the baseline's first; of a numeric factor, its baseline alone."""
    source, options = _defaults()
    return {
        name: tuple(dict.fromkeys((level_text(source.choices.get(name, source.config[name])), *options[name])))
        for name in remedies.registry()
    }


def results_dir(overrides: Sequence[str] = ()) -> str:
    """Where the studies are that these overrides describe.

    Raises:
        ConfigError: as `compose` does.
    """
    return compose(overrides).results_dir if overrides else str(_defaults()[0].config["results_dir"])


@cache
def _defaults() -> tuple[Source, dict[str, tuple[str, ...]]]:
    """The base config as it is, and the options of every factor."""
    with opened() as library:
        return _source(Overrides(), library), {name: tuple(library.options(name)) for name in remedies.registry()}


def experiments() -> dict[str, str]:
    """The studies that come with the package, by name, and the question of each."""
    import yaml

    # Only a question is wanted: reading a file is a third of the work of making a config of it.
    with our_errors():
        found = {
            path.stem: yaml.safe_load(path.read_bytes()) or {}
            for path in sorted((folder() / "experiment").glob("*.yaml"))
        }
    return {name: str(config.get("question", "")) for name, config in found.items()}


def overrides_for(params: Mapping[str, Json]) -> list[str]:
    """The overrides that give every factor these resolved parameters: `compose` of them has no other setting.

    Examples:
        >>> overrides_for({"loss": {"kind": "clipped", "eps": 0.001}, "width": 32, "depth": 2})
        ['loss=clipped_1e-3', 'width=32']
    """
    from ablate.configure import to_overrides

    with opened() as library:
        return to_overrides.overrides_for(params, _source(Overrides(), library), library)


def _declared(config: Mapping[str, Json], given: Overrides, library: Library) -> dict[str, tuple[Json, ...]]:
    """The seeds, and the levels that the experiment gives its factors, less those that an override decides."""
    factors = config["factors"] or {}
    if not isinstance(factors, Mapping):
        raise ConfigError(f"`factors` must be a mapping of factor to levels. Received: {factors!r}.")
    entries_by_name = {"seed": config["seed"], **factors}
    result = {}
    for name, entries in entries_by_name.items():
        if name != "seed" and name not in remedies.registry():
            raise ConfigError(unknown("factor in `factors`", str(name), remedies.registry()))
        if name not in given.replaced:
            result[name] = listed(name, entries, library)
    return result


def _source(given: Overrides, library: Library) -> Source:
    """The base config with the plain overrides, and the parameters' values, in the one composition that Hydra does."""
    from omegaconf import OmegaConf

    params = (
        f"++asked.param_{place}_{number}={text}"
        for place, (_, _, texts) in enumerate(given.params)
        for number, text in enumerate(texts)
    )
    whole = composed([*given.plain, *plugin_factors.defaults(given.plain, library), *params])
    chosen: Any = OmegaConf.to_container(whole.hydra.runtime.choices)
    own = OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])
    config: Any = OmegaConf.to_container(own, resolve=True)
    asked = config.pop("asked", {})
    return Source(
        config=config,
        choices={group: name for group, name in chosen.items() if "/" not in group and "@" not in group and name},
        params=[
            (factor, path, [asked[f"param_{place}_{number}"] for number in range(len(texts))])
            for place, (factor, path, texts) in enumerate(given.params)
        ],
        replaced=frozenset(given.replaced),
    )


def _with_levels(source: Source, axes: Mapping[str, Sequence[Json]], library: Library) -> Source:
    """The source with its axes, and every level's file that they name, read once."""
    from omegaconf import OmegaConf

    asked = {
        (group, levels_from_config.option(entry)): None
        for group, entries in axes.items()
        for entry in entries
        if library.options(group)
    }
    files = [library.content(group, option) for group, option in asked]
    root = OmegaConf.create({**source.config, "files": files})
    contents: Any = OmegaConf.to_container(root.files, resolve=True)
    return dataclasses.replace(source, axes=axes, named=dict(zip(asked, contents, strict=True)))

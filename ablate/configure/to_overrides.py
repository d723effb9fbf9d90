"""From what a trial was back to the overrides that say it."""

from __future__ import annotations

from collections.abc import Mapping

from ablate import remedies
from ablate.configure import levels_from_config
from ablate.configure.config_files import Library
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json, canonical


def overrides_for(params: Mapping[str, Json], base: Source, library: Library) -> list[str]:
    """The shortest overrides that give every factor these parameters.

    Args:
        params: resolved parameters by factor.
        base: the base config, without any override.
        library: the level files to choose from.
    """
    found: list[str] = []
    for name, value in params.items():
        if name not in base.choices:
            if canonical(value) != canonical(remedies.checked(name, base.config[name])):
                found.append(f"{name}={written(value)}")
            continue
        if name == "model" and value["kind"] == "keras":
            found += _model(value)
            continue
        chosen = base.choices[name]
        shortest = _way(name, chosen, value, base.config[name])
        for option in library.options(name) if shortest != [f"{name}={chosen}"] else ():
            way = _way(name, option, value, content(name, option, base, library))
            if way is not None and (shortest is None or len(way) < len(shortest)):
                shortest = way
        if shortest is None:
            raise ConfigError(
                unknown(f"kind of `{name}` in its config files", str(value["kind"]), library.options(name))
            )
        found += shortest
    return [each for each in found if each not in {f"{name}={option}" for name, option in base.choices.items()}]


def _model(value: Mapping[str, Json]) -> list[str]:
    """A user's model is called by its builder; what it builds is read anew."""
    return [
        f"model={value['builder']}",
        *(f"model.arguments.{key}={written(each)}" for key, each in value["arguments"].items()),
    ]


def content(name: str, option: str, base: Source, library: Library) -> Mapping[str, Json]:
    """What the file of a level says, interpolations resolved."""
    from omegaconf import OmegaConf

    root = OmegaConf.create({**base.config, "file": library.content(name, option)})
    read: Json = OmegaConf.to_container(root.file, resolve=True)
    return read  # type: ignore[no-any-return]


def _way(name: str, option: str, wanted: Mapping[str, Json], content: Mapping[str, Json]) -> list[str] | None:
    """The overrides that make the wanted parameters of this option; None if its kind is another."""
    if content.get("kind") != wanted["kind"]:
        return None
    own = {key: value for key, value in content.items() if value != levels_from_config.UNSET and key in wanted}
    full = own if set(own) < set(content) else remedies.checked(name, own)
    changed = [key for key, value in wanted.items() if key not in full or canonical(full[key]) != canonical(value)]
    return [f"{name}={option}", *(f"{name}.{key}={written(wanted[key])}" for key in changed)]


def written(value: Json) -> str:
    """A value as Hydra's grammar writes it."""
    from hydra.core.override_parser.types import Override, Quote, QuotedString

    def quoted(each: Json) -> Json:
        if isinstance(each, str):
            return QuotedString(text=each, quote=Quote.single)
        if isinstance(each, Mapping):
            return {key: quoted(inner) for key, inner in each.items()}
        return [quoted(inner) for inner in each] if isinstance(each, list) else each

    return str(Override._get_value_element_as_str(quoted(value)))

"""Write the parameters of a trial as overrides."""

from __future__ import annotations

from collections.abc import Mapping

from ablate import remedies
from ablate.configure import level_files
from ablate.configure.config_files import Library
from ablate.configure.grammar import written
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json, canonical
from ablate.remedies.model import MODEL


def overrides_for(params: Mapping[str, Json], base: Source, library: Library) -> list[str]:
    """Return the shortest overrides that give every factor these parameters.

    Args:
        params: resolved parameters by factor.
        base: the base config, without any override.
        library: the level files to choose from.

    Raises:
        ConfigError: no level file of a factor has the kind of its parameters.
    """
    result: list[str] = []
    for name, value in params.items():
        if name not in base.choices:
            if canonical(value) != canonical(remedies.checked(name, base.config[name])):
                result.append(f"{name}={written(value)}")
        elif name == MODEL and value["kind"] == "keras":
            # The builder makes the model again, so the overrides need not say its template.
            arguments = (f"model.arguments.{key}={written(item)}" for key, item in value["arguments"].items())
            result += [f"model={value['builder']}", *arguments]
        else:
            result += _shortest(name, value, base, library)
    return [text for text in result if text not in {f"{name}={option}" for name, option in base.choices.items()}]


def _shortest(name: str, value: Mapping[str, Json], base: Source, library: Library) -> list[str]:
    """Return the shortest overrides that give one factor these parameters; the chosen option wins a tie."""
    chosen = base.choices[name]
    files = {chosen: base.config[name]}
    if _changes(name, value, files[chosen]) != []:
        names = [(name, option) for option in library.options(name)]
        files |= {option: content for (_, option), content in level_files.contents(names, base.config, library).items()}
    ways = [(option, _changes(name, value, content)) for option, content in files.items()]
    possible = [[f"{name}={option}", *changes] for option, changes in ways if changes is not None]
    if not possible:
        raise ConfigError(unknown(f"kind of `{name}` in its config files", str(value["kind"]), library.options(name)))
    return min(possible, key=len)


def _changes(name: str, wanted: Mapping[str, Json], content: Mapping[str, Json]) -> list[str] | None:
    """Return the overrides that change a file's level to the wanted parameters; None if its kind differs."""
    if content.get("kind") != wanted["kind"]:
        return None
    params = {key: value for key, value in level_files.given(content).items() if key in wanted}
    full = params if set(params) < set(content) else remedies.checked(name, params)
    changed = [key for key, value in wanted.items() if key not in full or canonical(full[key]) != canonical(value)]
    return [f"{name}.{key}={written(wanted[key])}" for key in changed]

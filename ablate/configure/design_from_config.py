"""Read a study's design from the configs: the parts whose union is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ablate.configure import level_files, levels_from_config
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError
from ablate.core.study import Json


def design_parts(source: Source) -> tuple[Json, ...]:
    """Return the parts of the design, with unions split up and empty options left out.

    A design that an override names replaces the experiment's.

    Raises:
        ConfigError: a part without `kind`, an option of a wrong type, or a list of values for an option.
    """
    entries = source.axes.get("design")
    parts = [source.config["design"]] if entries is None else [_chosen(entry, source) for entry in entries]
    for factor, path, values in source.params:
        if factor == "design" and len(values) > 1:
            raise ConfigError(
                f"`design.{path}` must have one value. Received: {list(values)!r}. To run several designs as one, name "
                "them: `design=full,pairs`."
            )
        if factor == "design":
            parts = [levels_from_config.put(part, path, values[0]) for part in parts]
    return tuple(inner for part in parts for inner in _split(part))


def _chosen(entry: Json, source: Source) -> Json:
    """Return the content of a design's file, with the changes of an entry that is a mapping with `level`."""
    changes = entry if isinstance(entry, Mapping) else {}
    content = source.named["design", levels_from_config.option(entry)]
    return {**content, **{key: value for key, value in changes.items() if key != "level"}}


def _split(part: Json, exclude: Sequence[Json] = ()) -> list[Json]:
    """Return the parts of a union, or the part itself; a union's exclusions hold for each of its parts."""
    if not isinstance(part, Mapping):
        raise ConfigError(f"A design must be a mapping with a `kind`. Received: {part!r}.")
    options = {key: value for key, value in part.items() if value not in (None, [], {}, level_files.UNSET)}
    for key in ("exclude", "parts"):
        if not isinstance(options.get(key, []), list):
            raise ConfigError(f"`design.{key}` must be a list. Received: {options[key]!r}.")
    excluded = [*exclude, *options.pop("exclude", [])]
    if options.get("kind") == "union":
        return [inner for one in options.get("parts", []) for inner in _split(one, excluded)]
    return [{**options, "exclude": excluded} if excluded else options]

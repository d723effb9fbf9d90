"""Read a study's design from the configs: the parts whose union is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ablate.configure import level_files, levels_from_config
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError
from ablate.core.level_names import has_level, level_text
from ablate.core.study import Factor, Json


def design_parts(source: Source, factors: Sequence[Factor]) -> tuple[Json, ...]:
    """Return the parts of the design, with unions split up and empty options left out.

    A design that an override names replaces the experiment's. The experiment's own design follows the levels that
    overrides give to its factors (see `_with_levels_of`).

    Args:
        source: the study's configs.
        factors: the study's factors.

    Raises:
        ConfigError: a part without `kind`, an option of a wrong type, a list of values for an option, or a setting of
            the experiment's design with a level that an override leaves out.
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
    split = [inner for part in parts for inner in _split(part)]
    if "design" in source.replaced:
        return tuple(split)
    overridden = {factor.name: factor for factor in factors if factor.name in source.replaced}
    return tuple(_with_levels_of(overridden, part) for part in split)


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


def _with_levels_of(overridden: Mapping[str, Factor], part: Json) -> Json:
    """Return a part of a design that names only levels which the overridden factors still have.

    Where the part lists levels of a factor and an override leaves one of them out, the part takes all levels that the
    override gives. An exclusion of levels that are left out excludes nothing. A single setting cannot be guessed.

    Args:
        overridden: the factors whose levels an override gives, by name.
        part: a part of the experiment's design.

    Raises:
        ConfigError: a setting that the part lists has a level that an override leaves out.
    """
    result = dict(part)
    if isinstance(part.get("factors"), Mapping):
        result["factors"] = {
            name: None if _left_out(overridden, name, levels) else levels for name, levels in part["factors"].items()
        }
    if "exclude" in part:
        remaining = (_remaining(overridden, exclusion) for exclusion in part["exclude"])
        result["exclude"] = [exclusion for exclusion in remaining if exclusion is not None]
    for setting in [part.get("remedies"), *_listed(part.get("settings"))]:
        for name, level in setting.items() if isinstance(setting, Mapping) else ():
            if _left_out(overridden, name, level):
                raise ConfigError(
                    f"The design of this study has a setting with `{name}={level_text(level)}`, and your `{name}=...` "
                    f"leaves this level out. Add {level_text(level)} to the levels of `{name}`, or choose another "
                    "design, as `design=one_at_a_time`."
                )
    return result


def _remaining(overridden: Mapping[str, Factor], exclusion: Json) -> Json | None:
    """Return an exclusion without the levels that an override leaves out; None if no setting can match it."""
    if not isinstance(exclusion, Mapping):
        return exclusion
    result = {}
    for name, levels in exclusion.items():
        left_out = _left_out(overridden, name, levels)
        result[name] = [level for level in levels if level not in left_out] if isinstance(levels, list) else levels
        if left_out and len(left_out) == len(_listed(levels)):
            return None
    return result


def _left_out(overridden: Mapping[str, Factor], name: str, levels: Json) -> list[Json]:
    """Return those of a factor's levels that an override leaves out."""
    return [level for level in _listed(levels) if name in overridden and not has_level(overridden[name], level)]


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]

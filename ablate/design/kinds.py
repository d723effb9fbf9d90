"""The kinds of design: which settings one part of a study's design has, and how many it has at most.

A part is a mapping with a `kind`. Every part may have `factors`: a list of the factors that it changes, or a mapping of
factor to the levels that it takes. Without `factors`, it changes every factor that varies in the study.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level
from ablate.core.study import Factor, Json, Level, Setting, Study

Part = Mapping[str, Json]

LIST = ((list, tuple), "a list")
WHOLE = ((int,), "a whole number")
FACTORS = ((list, tuple, dict), "a list or a mapping")
"""The types that an option may have, and how messages name them."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of design.

    Attributes:
        options: the keys that a part of this kind may have, besides `kind` and `exclude`, and their types.
        size: study, part -> how many settings the part has at most.
        build: study, part -> the settings, before `exclude` is applied; a setting may occur twice.
    """

    options: Mapping[str, tuple[tuple[type, ...], str]]
    size: Callable[[Study, Part], int]
    build: Callable[[Study, Part], Iterator[Setting]]


def factor_of(study: Study, name: str) -> Factor:
    """Return the factor of that name.

    Args:
        study: the study that the design belongs to.
        name: a factor's name, as the design gives it.

    Raises:
        ConfigError: the study has no such factor.
    """
    names = [factor.name for factor in study.factors]
    if name not in names:
        raise ConfigError(unknown("factor in the design", str(name), names))
    return study.factor(name)


def _axes(study: Study, part: Part) -> dict[str, tuple[Level, ...]]:
    """Return the factors that a part changes, each with the levels it takes, the baseline's first."""
    chosen = part.get("factors")
    if chosen is None:
        chosen = [factor.name for factor in study.varying]
    names_by_factor = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen)
    axes = {}
    for name, level_names in names_by_factor.items():
        factor = factor_of(study, name)
        if not isinstance(level_names, list | tuple | None):
            raise ConfigError(f"`design.factors` must map factors to lists of levels. Received: {chosen!r}.")
        levels = factor.levels if level_names is None else [find_level(factor, level) for level in level_names]
        axes[name] = tuple(dict.fromkeys((factor.baseline, *levels)))
    return axes


def _remedies(study: Study, levels: Mapping[str, Json]) -> dict[str, Level]:
    if not isinstance(levels, Mapping):
        raise ConfigError(f"A setting must be a mapping of factor to level. Received: {levels!r}.")
    return {name: find_level(factor_of(study, name), value) for name, value in levels.items()}


def _full(study: Study, part: Part) -> Iterator[Setting]:
    """Yield every combination."""
    baseline, axes = study.baseline, _axes(study, part)
    for levels in itertools.product(*axes.values()):
        yield baseline.replace(**dict(zip(axes, levels, strict=True)))


def _one_at_a_time(study: Study, part: Part) -> Iterator[Setting]:
    """Yield the baseline, and each other level of each factor alone."""
    yield study.baseline
    for name, levels in _axes(study, part).items():
        for level in levels[1:]:
            yield study.baseline.replace(**{name: level})


def _leave_one_out(study: Study, part: Part) -> Iterator[Setting]:
    """Yield the baseline, the full remedy set, and for each remedy the full set without it."""
    remedies = _remedies(study, part.get("remedies") or {})
    if not remedies:
        raise ConfigError(
            "`design=leave_one_out` must have its full remedy set: `design.remedies={loss: fused, ...}`. Received none."
        )
    yield study.baseline
    yield study.baseline.replace(**remedies)
    for left_out in remedies:
        yield study.baseline.replace(**{name: level for name, level in remedies.items() if name != left_out})


def _pairs(study: Study, part: Part) -> Iterator[Setting]:
    """Yield the baseline, each remedy alone, and every two remedies of different factors together."""
    yield from _one_at_a_time(study, part)
    for (name, levels), (other_name, other_levels) in itertools.combinations(_axes(study, part).items(), 2):
        for level, other_level in itertools.product(levels[1:], other_levels[1:]):
            yield study.baseline.replace(**{name: level, other_name: other_level})


def _explicit(study: Study, part: Part) -> Iterator[Setting]:
    """Yield the settings of the remedy sets that the design lists."""
    for remedies in part.get("settings") or ():
        yield study.baseline.replace(**_remedies(study, remedies))


def _fraction(study: Study, part: Part) -> Iterator[Setting]:
    """Yield a regular fraction of the full grid: the smallest with a given resolution, or the best of a given size."""
    # Only this kind needs NumPy; without it, every other design is planned faster.
    from ablate.design import fraction

    axes = _axes(study, part)
    counts = {name: len(levels) for name, levels in axes.items()}
    size, resolution = part.get("settings"), part.get("resolution") or 5
    chosen = fraction.smallest(counts, resolution) if size is None else fraction.of_size(counts, size)
    for codes in chosen.settings:
        yield study.baseline.replace(
            **{name: axes[name][int(code)] for name, code in zip(chosen.names, codes, strict=True)}
        )


def _counts(study: Study, part: Part) -> list[int]:
    return [len(levels) for levels in _axes(study, part).values()]


KINDS: dict[str, Kind] = {
    "full": Kind(options={"factors": FACTORS}, size=lambda study, part: math.prod(_counts(study, part)), build=_full),
    "one_at_a_time": Kind(
        options={"factors": FACTORS}, size=lambda study, part: 1 + sum(_counts(study, part)), build=_one_at_a_time
    ),
    "leave_one_out": Kind(
        options={"remedies": ((dict,), "a mapping")},
        size=lambda _, part: 2 + len(part.get("remedies") or ()),
        build=_leave_one_out,
    ),
    "pairs": Kind(
        options={"factors": FACTORS}, size=lambda study, part: 1 + sum(_counts(study, part)) ** 2, build=_pairs
    ),
    "fraction": Kind(
        options={"factors": FACTORS, "resolution": WHOLE, "settings": WHOLE},
        size=lambda study, part: sum(1 for _ in _fraction(study, part)),
        build=_fraction,
    ),
    "explicit": Kind(options={"settings": LIST}, size=lambda _, part: len(part.get("settings") or ()), build=_explicit),
}
"""The kinds of design, by name. A new kind needs one entry in this mapping and one file in conf/design."""


def kind_of(part: Part) -> Kind:
    """Return the kind that a part of a design names.

    Raises:
        ConfigError: the kind is unknown, or the part has an option that this kind does not take, or of a wrong type.
    """
    if not isinstance(part, Mapping) or part.get("kind") not in KINDS:
        name = part.get("kind") if isinstance(part, Mapping) else part
        raise ConfigError(unknown("kind of design", str(name), [*KINDS, "union"]))
    kind = KINDS[part["kind"]]
    options = {"exclude": LIST, **kind.options}
    for option, value in part.items():
        if option == "kind":
            continue
        if option not in options:
            raise ConfigError(unknown(f"option of design `{part['kind']}`", option, options))
        types, words = options[option]
        if value is not None and (not isinstance(value, types) or isinstance(value, bool)):
            raise ConfigError(f"`design.{option}` must be {words}. Received: {value!r}.")
    return kind

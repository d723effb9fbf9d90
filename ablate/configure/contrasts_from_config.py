"""Read the contrasts that a study declares before it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level
from ablate.core.study import EXPECTED, Contrast, Factor, Json

REQUIRED = {"factor", "level", "against"}
ALLOWED = {field.name for field in dataclasses.fields(Contrast)}


def contrasts(entries: Sequence[Json], factors: Sequence[Factor], replaced: Collection[str]) -> tuple[Contrast, ...]:
    """Return the declared contrasts, without those of factors whose levels an override replaces.

    Args:
        entries: what the config has under `contrasts`.
        factors: the study's factors.
        replaced: keys that the overrides give.

    Raises:
        ConfigError: a contrast has an unknown key, lacks one, or names an unknown factor, level or prediction.
    """
    by_name = {factor.name: factor for factor in factors}
    result = []
    for entry in entries:
        if not isinstance(entry, Mapping) or not set(entry) >= REQUIRED or not set(entry) <= ALLOWED:
            raise ConfigError(
                "A contrast must be {factor, level, against}, and may have {question, at: {factor: levels}, expect}. "
                f"Received: {entry!r}."
            )
        at = _levels_by_factor(entry.get("at", {}), by_name)
        name, expect = entry["factor"], str(entry.get("expect", ""))
        if name not in by_name:
            raise ConfigError(unknown("factor in `contrasts`", str(name), by_name))
        if {name, *at} & {*replaced}:
            continue
        if expect not in ("", *EXPECTED):
            raise ConfigError(unknown("`expect` of a contrast", expect, EXPECTED))
        result.append(
            Contrast(
                factor=name,
                level=find_level(by_name[name], entry["level"]).name,
                against=find_level(by_name[name], entry["against"]).name,
                question=str(entry.get("question", "")),
                at={key: [find_level(by_name[key], level).name for level in levels] for key, levels in at.items()},
                expect=expect,
            )
        )
    return tuple(result)


def _levels_by_factor(at: Json, factors: Mapping[str, Factor]) -> dict[str, list[Json]]:
    """Return the levels at which a contrast is made, by factor; a single level becomes a list."""
    if not isinstance(at, Mapping):
        raise ConfigError(f"`at` of a contrast must map factors to levels. Received: {at!r}.")
    for name in at:
        if name not in factors:
            raise ConfigError(unknown("factor in `at` of a contrast", str(name), factors))
    return {name: list(value) if isinstance(value, list) else [value] for name, value in at.items()}

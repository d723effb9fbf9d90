"""Turn a study's factors into the space that is searched, and settings into a sampler's parameters and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import TASK, Factor, Json, Level, Setting, Study, canonical
from ablate.remedies import registry
from ablate.remedies.fault import FAULT
from ablate.remedies.start import START

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

HELD = (TASK, START, FAULT)
"""Factors that say what is broken, not what helps: they stay at the baseline unless `search.factors` names them."""

Params = Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class Space:
    """The settings that can be searched: every combination of the axes' levels over the baseline.

    Attributes:
        baseline: every factor at its baseline level.
        axes: the factors that are searched, numbers in ascending order.
        held: factors that vary in the study but are not searched.
        shape: axes whose levels do not share a stack.
    """

    baseline: Setting
    axes: tuple[Factor, ...]
    held: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    _levels: Mapping[str, Mapping[str | int, Level]] = field(init=False, repr=False, compare=False)
    _codes: Mapping[str, Mapping[str, str | int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        coded = {axis.name: _coded(axis) for axis in self.axes}
        object.__setattr__(self, "_levels", coded)
        codes = {name: {level.text: code for code, level in levels.items()} for name, levels in coded.items()}
        object.__setattr__(self, "_codes", codes)

    @property
    def size(self) -> int:
        """Return the number of settings."""
        return math.prod(len(axis.levels) for axis in self.axes)

    def distributions(self) -> dict[str, BaseDistribution]:
        """Return what a sampler draws from: positions of ordered numbers, names of levels."""
        from optuna.distributions import CategoricalDistribution, IntDistribution

        return {
            axis.name: IntDistribution(0, len(axis.levels) - 1)
            if numeric(axis)
            else CategoricalDistribution(tuple(self._levels[axis.name]))
            for axis in self.axes
        }

    def params(self, setting: Setting) -> dict[str, str | int | float]:
        """Return a setting as a sampler knows it."""
        levels = dict(setting.levels)
        return {name: codes[levels[name].text] for name, codes in self._codes.items()}

    def setting(self, params: Params) -> Setting:
        """Return the setting that a sampler's parameters stand for; the inverse of `params`."""
        return self.baseline.replace(**{name: levels[params[name]] for name, levels in self._levels.items()})  # type: ignore[index]

    def shown_distributions(self) -> dict[str, BaseDistribution]:
        """Return what Optuna's tools show: numbers as numbers, levels by name."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        shown: dict[str, BaseDistribution] = {}
        for axis in self.axes:
            if not numeric(axis):
                shown[axis.name] = CategoricalDistribution(tuple(self._levels[axis.name]))
                continue
            low, high = axis.levels[0].params, axis.levels[-1].params
            wide = low > 0 and high / low >= 8
            if all(isinstance(level.params, int) for level in axis.levels):
                shown[axis.name] = IntDistribution(low, high, log=wide)
            else:
                shown[axis.name] = FloatDistribution(low, high, log=wide)
        return shown

    def shown(self, setting: Setting) -> dict[str, str | int | float]:
        """Return a setting as Optuna's tools show it."""
        levels = dict(setting.levels)
        return {
            axis.name: levels[axis.name].params if numeric(axis) else self._codes[axis.name][levels[axis.name].text]
            for axis in self.axes
        }

    def changed(self, setting: Setting) -> tuple[str, ...]:
        """Return the factors in which a setting differs from the baseline."""
        return setting.remedies(self.baseline)

    def reversals(self, setting: Setting) -> list[Setting]:
        """Return, for each change of a setting, the setting with this change taken back."""
        base = dict(self.baseline.levels)
        return [setting.replace(**{name: base[name]}) for name in self.changed(setting)]

    def smaller(self, part: Setting, whole: Setting) -> bool:
        """Return whether `whole` has every change from the baseline that `part` has.

        Args:
            part: the setting whose changes are looked for.
            whole: the setting that may have them, and others.
        """
        levels = dict(whole.levels)
        base = dict(self.baseline.levels)
        return all(level == levels[name] for name, level in part if level != base[name])


def of(study: Study, factors: Sequence[str] | None = None) -> Space:
    """Return the space of a study.

    Args:
        study: the study.
        factors: the factors to search; None: those that vary, except HELD.

    Raises:
        ConfigError: the study does not vary such a factor, or there is nothing to search.
    """
    varying = {factor.name: factor for factor in study.varying}
    for name in factors or ():
        if name not in varying:
            raise ConfigError(unknown("factor in `search.factors` that the study varies", name, varying or ["(none)"]))
    chosen = [name for name in varying if name not in HELD] if factors is None else list(factors)
    if not chosen:
        raise ConfigError(
            "A search must have factors that vary. Give several levels, as `loss=clipped,fused`. Received none."
        )
    axes = tuple(_ordered(varying[name]) for name in chosen)
    return Space(
        baseline=study.baseline,
        axes=axes,
        held=tuple(name for name in varying if name not in chosen),
        shape=tuple(axis.name for axis in axes if splits(axis)),
    )


def numeric(factor: Factor) -> bool:
    """Return whether all levels of a factor are plain numbers."""
    return all(isinstance(level.params, int | float) for level in factor.levels)


def splits(factor: Factor) -> bool:
    """Return whether some levels of a factor cannot share a stack."""
    remedy = registry().get(factor.name)
    if remedy is None:
        return False
    if remedy.stacks == "data":
        return True

    def compiled(params: Json) -> str:
        parts = (remedy.baked(params), remedy.choices(params), sorted(remedy.slot(params, 0)), remedy.common(params))
        return canonical(parts)

    return len({compiled(level.params) for level in factor.levels}) > 1


def _ordered(factor: Factor) -> Factor:
    """Return the factor with numbers in ascending order; names keep their order."""
    if not numeric(factor):
        return factor
    levels = tuple(sorted(factor.levels, key=lambda level: level.params))
    return Factor(name=factor.name, levels=levels, baseline=factor.baseline)


def _coded(axis: Factor) -> dict[str | int, Level]:
    """Return each level by a sampler's code for it: its position among numbers, else its name, made unique."""
    if numeric(axis):
        return dict(enumerate(axis.levels))
    names = [level.name for level in axis.levels]
    return {
        level.name if names.count(level.name) == 1 else f"{level.name} {level.text}": level for level in axis.levels
    }

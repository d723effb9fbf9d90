"""Make studies of one network with many seeds: over the learning rate, or alone."""

from __future__ import annotations

from dataclasses import replace

from ablate.core.errors import ConfigError
from ablate.core.study import ALL_AT_ONCE, Json, Study
from ablate.remedies.learning_rate import LEARNING_RATE

RATES, LUCK = "rates", "luck"

DEFAULTS = {
    RATES: (f"{LEARNING_RATE}=1e-5,3e-5,1e-4,3e-4,1e-3,3e-3,1e-2,3e-2,1e-1,3e-1,1", "seed=range(64)"),
    LUCK: ("seed=range(64)",),
}
"""The overrides that stand for those that are not given."""

UNNAMED = (LEARNING_RATE, "sweep")
"""The names of studies of the default network on the default data, to which nothing is added."""


def over_rates(study: Study) -> Study:
    """Return the study of its baseline at every learning rate that it has.

    Raises:
        ConfigError: it has a single learning rate.
    """
    levels = study.factor(LEARNING_RATE).levels
    if len(levels) < 2:
        raise ConfigError(f"`{LEARNING_RATE}` must have at least two levels. Received: {levels[0].name}.")
    return _baseline_only(study, [{LEARNING_RATE: level.params} for level in levels], RATES)


def alone(study: Study) -> Study:
    """Return the study of its baseline alone."""
    return _baseline_only(study, [{}], LUCK)


def _baseline_only(study: Study, settings: list[Json], name: str) -> Study:
    return replace(
        study,
        name=name if study.name in UNNAMED else f"{name}-{study.name}",
        designs=({"kind": "explicit", "settings": settings},),
        contrasts=(),
        spending={"kind": ALL_AT_ONCE},
    )


def kept_at_baseline(study: Study) -> tuple[str, ...]:
    """Return the levels of the factors that the study was asked to vary and that stay at the baseline, as text."""
    return tuple(f"{factor.name}={factor.baseline.name}" for factor in study.varying if factor.name != LEARNING_RATE)

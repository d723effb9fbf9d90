"""Read how to search: sampler, objectives, budget, blocks of seeds, claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json

AUTO = "auto"
"""The sampler that is TPE for the first settings, then NSGA-II."""

OBJECTIVES = ("rate", "time", "changes", "cost")

SINGLE_OBJECTIVE = ("CmaEsSampler",)
"""Samplers of Optuna that accept one objective only."""

_WITHIN = {
    "trials": (1, 10**7),
    "settings": (0, 10**7),
    "batch": (1, 4096),
    "shapes": (1, 4096),
    "confirm": (1, 4096),
    "claims": (1, 100),
}


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to search.

    Attributes:
        sampler: a class in `optuna.samplers`; `auto` is TPE for the first settings, then NSGA-II.
        objectives: which of OBJECTIVES the sampler is told, in this order.
        trials: the most trials of each arm, the search and its random baseline.
        settings: the most settings that each arm may try; 0: as many as `trials` allows.
        blocks: seeds of a setting after each block; only promising settings get the next block.
        keep: the share of a batch's settings that can get the next block.
        batch: settings in a batch.
        shapes: network shapes in a batch; settings of one shape fill the same stacks.
        target: the escape rate that is enough.
        confirm: fresh seeds on which a claim is tested.
        claims: the most settings that an arm may test on fresh seeds; their errors add up to at most 5 %.
        retries: how often a failed trial is asked for again.
        factors: the factors to search; None: all that vary except `task`, `start` and `fault`.
        seed: the samplers' seed.
        storage: an Optuna storage URL; empty: a SQLite file in the study's folder.
    """

    sampler: str = "auto"
    objectives: tuple[str, ...] = ("rate", "time", "changes")
    trials: int = 4000
    settings: int = 0
    blocks: tuple[int, ...] = (4, 8, 20)
    keep: float = 0.25
    batch: int = 16
    shapes: int = 1
    target: float = 0.8
    confirm: int = 40
    claims: int = 5
    retries: int = 2
    factors: tuple[str, ...] | None = None
    seed: int = 0
    storage: str = ""

    def __post_init__(self) -> None:
        for name in self.objectives:
            _known("search.objectives", name, OBJECTIVES)
        if not self.objectives or len(set(self.objectives)) < len(self.objectives):
            raise ConfigError(
                "`search.objectives` must name at least one objective, and none twice. "
                f"Received: {list(self.objectives)}."
            )
        if self.sampler in SINGLE_OBJECTIVE and len(self.objectives) > 1:
            raise ConfigError(
                f"`search.sampler={self.sampler}` accepts one objective only: `search.objectives=[rate]`. "
                f"Received: {list(self.objectives)}."
            )
        if not (self.blocks and list(self.blocks) == sorted({*self.blocks}) and self.blocks[0] >= 1):
            raise ConfigError(
                f"`search.blocks` must be ascending whole numbers of at least 1, as [4,8,20]. "
                f"Received: {list(self.blocks)}."
            )
        for name, (least, most) in _WITHIN.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ConfigError(f"`search.{name}` must be from {least} to {most:,}. Received: {value}.")
        if not (0 < self.target < 1 and 0 < self.keep <= 1 and 0 <= self.retries <= 4 and 0 <= self.seed < 2**31):
            raise ConfigError(
                "`search` must have 0 < target < 1, 0 < keep <= 1, 0 <= retries <= 4 and 0 <= seed < 2**31. Received: "
                f"target={self.target}, keep={self.keep}, retries={self.retries}, seed={self.seed}."
            )
        if self.trials < self.blocks[-1] + self.confirm:
            raise ConfigError(
                f"`search.trials` must be at least {self.blocks[-1] + self.confirm}: the last of `search.blocks` "
                f"({self.blocks[-1]} seeds) and `search.confirm` ({self.confirm}). Received: {self.trials}."
            )

    @property
    def confidence(self) -> float:
        """Return the confidence of one claim's bound: all claims of an arm hold together at 95 % (Bonferroni)."""
        return 1 - 0.05 / self.claims


def _known(key: str, name: str, allowed: tuple[str, ...]) -> None:
    if name not in allowed:
        raise ConfigError(unknown(f"name in `{key}`", str(name), allowed))


_LISTS = {"objectives": str, "blocks": int, "factors": str}
_ONES = {"sampler": str, "storage": str, "keep": float, "target": float}


def read(config: Mapping[str, Json]) -> Search:
    """Return the search that the configs describe; `samplers.check_sampler` checks the sampler's name.

    Raises:
        ConfigError: a key is unknown, or a value has a wrong type or is out of range.

    Examples:
        >>> read({"sampler": "TPESampler", "blocks": [4, 8]}).blocks
        (4, 8)
        >>> read({"objectives": ["rat"]})
        Traceback (most recent call last):
        ...
        ablate.core.errors.ConfigError: Unknown name in `search.objectives`: 'rat'. Did you mean 'rate'? Allowed: \
changes, cost, rate, time.
    """
    names = [field.name for field in fields(Search)]
    options: dict[str, Json] = {}
    for name, value in config.items():
        if name not in names:
            raise ConfigError(unknown("key of `search`", name, names))
        options[name] = _typed(name, value)
    return Search(**options)


def _typed(name: str, value: Json) -> Json:
    """Return a value as `Search` holds it."""
    if name in _LISTS:
        if value is None and name == "factors":
            return None
        given = value if isinstance(value, list | tuple) else [value]
        return tuple(_one(f"search.{name}", element, _LISTS[name]) for element in given)
    if name == "storage" and value is None:
        return ""
    return _one(f"search.{name}", value, _ONES.get(name, int))


def _one(key: str, value: Json, of: type) -> Json:
    if of is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, of) or isinstance(value, bool):
        raise ConfigError(f"`{key}` must be of type {of.__name__}. Received: {value!r}.")
    return value

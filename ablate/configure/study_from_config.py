"""Build the study that composed configs describe: its name, factors, seeds, budget, design and contrasts, checked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from ablate import remedies
from ablate.configure import default_names, levels_from_config
from ablate.configure.contrasts_from_config import contrasts
from ablate.configure.design_from_config import design_parts
from ablate.configure.grammar import in_shell, study_rule
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError, unknown
from ablate.core.parameters import TYPE_NAMES
from ablate.core.study import ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP, Budget, Execution, Factor, Json, Study
from ablate.design import designs
from ablate.executors import EXECUTORS
from ablate.remedies.model import MODEL, check_factors

TYPES: dict[str, type] = {
    "study": str,
    "question": str,
    "contrasts": list,
    "seed": object,
    "seeds": dict,
    "search": dict,
    "steps": int,
    "looks": int,
    "engine": str,
    "results_dir": str,
    "workers": int,
    "executor": str,
    "fail_fast": bool,
    "retry_failed": bool,
    "memory": int,
    "patience": int,
    "part": str,
    "factors": dict,
    "baseline": dict,
}
"""The keys of a study that are neither factors nor config groups."""

SEARCH_KEYS = (
    *("sampler", "objectives", "trials", "settings", "blocks", "keep", "batch", "shapes", "target", "confirm"),
    *("claims", "retries", "factors", "seed", "storage"),
)
"""The keys of `search`, which only a search reads; a study that is no search refuses a misspelled one, too."""

ENGINES = ("fused", "reference")

FORMER_ENGINE = "broad"

MOST_SEEDS = 4096
"""The most seeds that a setting can have."""

SPENDING: dict[str, tuple[str, ...]] = {
    ALL_AT_ONCE: (),
    SEQUENTIAL: ("target", "block", "cap", "confidence"),
    TOPPED_UP: ("target", "cap"),
}
"""The ways to spend seeds, and the numbers that each needs."""


def study(source: Source) -> Study:
    """Build the study and check it.

    Raises:
        ConfigError: a key, level, value or design is not possible; the message says what is allowed.
    """
    config = source.config
    _check_types(config)
    factors = _factors(source)
    _check_models(factors)
    seeds = _seeds(source.axes.get("seed", config["seed"]))
    result = Study(
        name=_name(source, factors),
        factors=factors,
        seeds=seeds,
        budget=Budget(steps=config["steps"], looks=config["looks"]),
        designs=design_parts(source, factors),
        engine=_engine(config["engine"]),
        results_dir=config["results_dir"],
        question=config["question"],
        contrasts=contrasts(config["contrasts"], factors, source.replaced),
        command=source.command,
        execution=_execution(config, len(seeds)),
        spending=_spending(config["seeds"], len(seeds)),
    )
    designs.check_design(result)
    return result


def _engine(value: Json) -> str:
    if value == FORMER_ENGINE:
        raise ConfigError(
            f"`engine={FORMER_ENGINE}` is no engine any more: every program holds all losses, activations and "
            "clippings. Leave `engine` out."
        )
    return _one_of("engine", value, ENGINES)


def _check_types(config: Mapping[str, Json]) -> None:
    for key in config:
        if key not in TYPES and key != "design" and key not in remedies.registry():
            raise ConfigError(unknown("key in the config", key, [*TYPES, "design", *remedies.registry()]))
    for key, kind in TYPES.items():
        value = config.get(key)
        if key == "study" and value is None:
            continue
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            hint = (
                f" Write it in quotes: {in_shell(key, str(value))}"
                if kind is str and not isinstance(value, dict)
                else ""
            )
            raise ConfigError(f"`{key}` must be {TYPE_NAMES[kind]}. Received: {value!r}.{hint}")
    for key, allowed in (("baseline", [*remedies.registry()]), ("search", SEARCH_KEYS)):
        for name in config[key]:
            if name not in allowed:
                raise ConfigError(unknown(f"key of `{key}`", str(name), allowed))


def _one_of(key: str, value: str, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise ConfigError(unknown(key, value, allowed))
    return value


def _execution(config: Mapping[str, Json], seeds: int) -> Execution:
    for key, zero in (
        ("workers", "0 means one per core"),
        ("memory", "megabytes a worker; 0 means its share of the machine"),
        ("patience", "seconds a stack of trials may take; 0 means many times its estimate"),
    ):
        if config[key] < 0:
            raise ConfigError(f"`{key}` must be at least 0 ({zero}). Received: {config[key]}.")
    _one_of("executor", config["executor"], EXECUTORS)
    _check_part(config["part"], config["seeds"], seeds)
    return Execution(**{field.name: config[field.name] for field in dataclasses.fields(Execution)})


def _check_part(text: str, spending: Mapping[str, Json], seeds: int) -> None:
    """Check the part of the seeds that is trained now: `3/8` is the third of eight parts."""
    match = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    if not match or not int(match[1]) <= int(match[2]) <= seeds:
        raise ConfigError(
            f"`part` must be k/n, the k-th of n parts of the study's {seeds} seeds, as in `part=1/{min(4, seeds)}`. "
            f"Received: {text!r}."
        )
    if match[2] != "1" and spending.get("kind") != ALL_AT_ONCE:
        raise ConfigError(
            f"`part` must be 1/1 with `seeds={spending.get('kind')}`: the next seeds depend on results. "
            f"Received: {text!r}."
        )


def _factors(source: Source) -> tuple[Factor, ...]:
    """Build every factor: first those that the study changes, in the order in which it names them."""
    registry = remedies.registry()
    for name in registry:
        if source.config.get(name) is None:
            raise ConfigError(levels_from_config.no_baseline(name))
    order = [*source.axes, *(name for name, _, values in source.params if len(values) > 1), *source.config]
    factors = [levels_from_config.factor(name, source) for name in dict.fromkeys(order) if name in registry]
    return levels_from_config.with_first_phases(factors)


def _check_models(factors: Sequence[Factor]) -> None:
    """Check that every model of the study lets the varying factors vary."""
    varying = [factor.name for factor in factors if factor.varies]
    for factor in factors:
        for level in factor.levels if factor.name == MODEL else ():
            check_factors(level.params, varying)


def _name(source: Source, factors: Sequence[Factor]) -> str:
    """Return the study's own name, else the experiment's, else one of model, data and the factors that vary."""
    name = source.config["study"] or source.choices.get("experiment")
    name = name or default_names.default_name(factors, source.replaced)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ConfigError(study_rule(name))
    return name


def _seeds(value: Json) -> tuple[int, ...]:
    seeds = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    for seed in seeds:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**31:
            raise ConfigError(f"`seed` must be a whole number from 0 to 2147483647. Received: {seed!r}.")
    return tuple(dict.fromkeys(seeds))


def _spending(config: Mapping[str, Json], seeds: int) -> Json:
    """Check the config under `seeds`; the argument `seeds` is the number of seeds that the study lists."""
    kind = _one_of("seeds", str(config.get("kind")), SPENDING)
    numbers = {name: number for name, number in config.items() if name != "kind"}
    for name in numbers.keys() - SPENDING[kind]:
        raise ConfigError(unknown(f"key of `seeds={kind}`", name, SPENDING[kind]))
    for name in SPENDING[kind]:
        if name not in numbers:
            raise ConfigError(f"`seeds={kind}` must have `{name}`. Write `seeds.{name}=...`.")
    for name in ("block", "cap"):
        number = numbers.get(name, 1)
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_SEEDS:
            raise ConfigError(f"`seeds.{name}` must be a whole number from 1 to {MOST_SEEDS}. Received: {number!r}.")
    for name in ("target", "confidence"):
        number = numbers.get(name, 0.5)
        if not isinstance(number, float) or not 0 < number < 1:
            raise ConfigError(f"`seeds.{name}` must lie between 0 and 1. Received: {number!r}.")
    if numbers.get("block", 1) > numbers.get("cap", 1):
        raise ConfigError(
            f"`seeds.block` must be at most `seeds.cap`. Received: {numbers['block']} and {numbers['cap']}."
        )
    if kind == TOPPED_UP and numbers["cap"] < seeds:
        raise ConfigError(f"`seeds.cap` must be at least the number of seeds, {seeds}. Received: {numbers['cap']}.")
    return dict(config)

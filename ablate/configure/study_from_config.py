"""What the configs say, as plain values -> a Study: its name, factors, seeds, budget, design and contrasts, checked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from ablate import remedies
from ablate.configure import levels_from_config
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level
from ablate.core.study import (
    ALL_AT_ONCE,
    EXPECTED,
    SEQUENTIAL,
    TOPPED_UP,
    Budget,
    Contrast,
    Execution,
    Factor,
    Json,
    Study,
)
from ablate.design import designs
from ablate.executors import EXECUTORS

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

ENGINES = ("fused", "broad", "reference")

MOST_SEEDS = 4096
"""A setting can have so many seeds at most."""

SPENDING: dict[str, tuple[str, ...]] = {
    ALL_AT_ONCE: (),
    SEQUENTIAL: ("target", "block", "cap", "confidence"),
    TOPPED_UP: ("target", "cap"),
}
"""How seeds can be spent, and the numbers each way needs."""


OPTION_TYPES: dict[str, tuple[type, ...]] = {
    "exclude": (list,),
    "factors": (list, dict),
    "parts": (list,),
    "remedies": (dict,),
    "settings": (list,),
}
"""What the options of a design may hold."""


def study(source: Source) -> Study:
    """The study, checked.

    Raises:
        ConfigError: anything that cannot be, by name, with what is allowed.
    """
    config = _typed(source.config)
    factors = _factors(source)
    _check_models(factors)
    seeds = _seeds(source.axes.get("seed", config["seed"]))
    result = Study(
        name=_name(source, factors),
        factors=factors,
        seeds=seeds,
        budget=Budget(steps=config["steps"], looks=config["looks"]),
        designs=_designs(source),
        engine=_one_of("engine", config["engine"], ENGINES),
        results_dir=config["results_dir"],
        question=config["question"],
        contrasts=_contrasts(config["contrasts"], factors, source.replaced),
        command=source.command,
        execution=_execution(config, len(seeds)),
        spending=_spending(config["seeds"], len(seeds)),
    )
    designs.check_design(result)
    return result


def _typed(config: Mapping[str, Json]) -> Mapping[str, Json]:
    for key in config:
        if key not in TYPES and key != "design" and key not in remedies.registry():
            raise ConfigError(unknown("key in the config", key, [*TYPES, "design", *remedies.registry()]))
    for key, of in TYPES.items():
        value = config.get(key)
        if key == "study" and value is None:
            continue
        if not isinstance(value, of) or (of is int and isinstance(value, bool)):
            raise ConfigError(f"`{key}` must be of type {of.__name__}. Received: {value!r}.")
    return config


def _one_of(key: str, value: str, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise ConfigError(unknown(key, value, allowed))
    return value


def _execution(config: Mapping[str, Json], seeds: int) -> Execution:
    if config["workers"] < 0:
        raise ConfigError(f"`workers` must be at least 0 (one per core). Received: {config['workers']}.")
    for key, unit in (("memory", "megabytes a worker"), ("patience", "seconds a stack")):
        if config[key] < 0:
            raise ConfigError(f"`{key}` must be at least 0 ({unit}; 0 leaves it to us). Received: {config[key]}.")
    return Execution(
        workers=config["workers"],
        executor=_one_of("executor", config["executor"], EXECUTORS),
        fail_fast=config["fail_fast"],
        retry_failed=config["retry_failed"],
        memory=config["memory"],
        patience=config["patience"],
        part=_part(config["part"], config["seeds"], seeds),
    )


def _part(text: str, spending: Mapping[str, Json], seeds: int) -> str:
    """The part of the seeds that is trained now: `3/8` is the third of eight, `1/1` all of them."""
    found = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    if not found or not int(found[1]) <= int(found[2]) <= seeds:
        raise ConfigError(
            f"`part` must be k/n, the k-th of n parts of the study's {seeds} seeds, as in `part=1/{min(4, seeds)}`. "
            f"Received: {text!r}."
        )
    if found[2] != "1" and spending.get("kind") != ALL_AT_ONCE:
        raise ConfigError(
            f"`part` must be 1/1 with `seeds={spending.get('kind')}`, whose next seeds depend on results."
        )
    return text


def _factors(source: Source) -> tuple[Factor, ...]:
    """Every factor; those that the study changes first, in the order in which it names them."""
    registry = remedies.registry()
    for name in registry:
        if source.config.get(name) is None:
            raise ConfigError(f"Factor `{name}` must have a level; the config gives it none. Give one: `{name}=...`.")
    order = [*source.axes, *(name for name, _, values in source.params if len(values) > 1), *source.config]
    found = [levels_from_config.factor(name, source) for name in dict.fromkeys(order) if name in registry]
    return levels_from_config.with_first_phases(found)


def _check_models(factors: Sequence[Factor]) -> None:
    """Whether every model of the study leaves the factors that vary to their levels."""
    from ablate.remedies import model

    varying = [factor.name for factor in factors if factor.varies]
    for factor in factors:
        for level in factor.levels if factor.name == "model" else ():
            model.check_factors(level.params, varying)


def _name(source: Source, factors: Sequence[Factor]) -> str:
    """The study's own name, else the experiment's, else the factors that vary."""
    varying = "-".join(factor.name for factor in factors if factor.varies)[:80]
    name = source.config["study"] or source.choices.get("experiment") or varying or "sweep"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ConfigError(f"`study` must be a folder's name: letters, digits, '.', '_' and '-'. Received: {name!r}.")
    return name


def _seeds(value: Json) -> tuple[int, ...]:
    seeds = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    for seed in seeds:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**31:
            raise ConfigError(f"`seed` must be a whole number from 0 to 2147483647. Received: {seed!r}.")
    return tuple(dict.fromkeys(seeds))


def _spending(value: Mapping[str, Json], seeds: int) -> Json:
    """How many seeds a setting gets, checked; the study itself names so many."""
    kind = _one_of("seeds", str(value.get("kind")), SPENDING)
    own = {name: number for name, number in value.items() if name != "kind"}
    for name in {*own, *SPENDING[kind]} - ({*own} & {*SPENDING[kind]}):
        if name in own:
            raise ConfigError(unknown(f"key of `seeds={kind}`", name, SPENDING[kind]))
        raise ConfigError(f"`seeds={kind}` must say its `{name}`: `seeds.{name}=...`.")
    for name in {"block", "cap"} & {*own}:
        if not isinstance(own[name], int) or isinstance(own[name], bool) or not 1 <= own[name] <= MOST_SEEDS:
            raise ConfigError(f"`seeds.{name}` must be a whole number from 1 to {MOST_SEEDS}. Received: {own[name]!r}.")
    for name in {"target", "confidence"} & {*own}:
        if not isinstance(own[name], float) or not 0 < own[name] < 1:
            raise ConfigError(f"`seeds.{name}` must lie between 0 and 1. Received: {own[name]!r}.")
    if own.get("block", 1) > own.get("cap", 1):
        raise ConfigError(f"`seeds.block` must be at most `seeds.cap`. Received: {own['block']} and {own['cap']}.")
    if kind == TOPPED_UP and own["cap"] < seeds:
        raise ConfigError(f"`seeds.cap` must be at least the number of seeds, {seeds}. Received: {own['cap']}.")
    return dict(value)


def _designs(source: Source) -> tuple[Json, ...]:
    """The parts of the design, unions taken apart; what a part leaves empty is left out.

    A design that the overrides choose replaces all that the experiment says of its own.
    """
    chosen = source.axes.get("design")
    found = [source.config["design"]] if chosen is None else [_chosen_design(entry, source) for entry in chosen]
    for _, path, values in (each for each in source.params if each[0] == "design"):
        if len(values) > 1:
            raise ConfigError(f"`design.{path}` cannot sweep; name several designs: `design=full,pairs`.")
        found = [levels_from_config.put(each, path, values[0]) for each in found]
    return tuple(part for each in found for part in _parts(each))


def _chosen_design(entry: Json, source: Source) -> Json:
    """Return the content of a design's file, changed by the entry where it is a mapping with `level`."""
    changes = entry if isinstance(entry, Mapping) else {}
    content = source.named["design", levels_from_config.option(entry)]
    return {**content, **{key: value for key, value in changes.items() if key != "level"}}


def _parts(part: Json, exclude: Sequence[Json] = ()) -> list[Json]:
    if not isinstance(part, Mapping):
        raise ConfigError(f"A design must be a mapping with a `kind`. Received: {part!r}.")
    own = {key: value for key, value in part.items() if value not in (None, [], {}, levels_from_config.UNSET)}
    for key in sorted(OPTION_TYPES.keys() & own.keys()):
        types = (int,) if (own.get("kind"), key) == ("fraction", "settings") else OPTION_TYPES[key]
        if not isinstance(own[key], types):
            allowed = " or ".join(kind.__name__ for kind in types)
            raise ConfigError(f"`design.{key}` must be of type {allowed}. Received: {own[key]!r}.")
    if isinstance(own.get("factors"), dict) and not all(isinstance(levels, list) for levels in own["factors"].values()):
        raise ConfigError(f"`design.factors` must map factors to lists of levels. Received: {own['factors']!r}.")
    excluded = [*exclude, *own.pop("exclude", [])]
    if own.get("kind") == "union":
        return [each for inner in own.get("parts", []) for each in _parts(inner, excluded)]
    return [{**own, "exclude": excluded} if excluded else own]


def _contrasts(listed: Sequence[Json], factors: Sequence[Factor], replaced: Collection[str]) -> tuple[Contrast, ...]:
    """The declared contrasts, less those of factors whose levels the overrides decide."""
    named = {factor.name: factor for factor in factors}
    found = []
    for each in listed:
        fields = dict(each) if isinstance(each, Mapping) else {}
        if not {"factor", "level", "against"} <= set(fields) <= {field.name for field in dataclasses.fields(Contrast)}:
            raise ConfigError(
                "A contrast must be {factor, level, against} and may say {question, at: {factor: levels}, expect}. "
                f"Received: {each!r}."
            )
        at = _place(fields.get("at", {}), named)
        if fields["factor"] not in named:
            raise ConfigError(unknown("factor in `contrasts`", str(fields["factor"]), named))
        if {fields["factor"], *at} & {*replaced}:
            continue
        pair = {key: find_level(named[fields["factor"]], fields[key]).name for key in ("level", "against")}
        at = {name: [find_level(named[name], level).name for level in listed] for name, listed in at.items()}
        expect = _one_of("expect of a contrast", str(fields.get("expect", "")), ("", *EXPECTED))
        question = str(fields.get("question", ""))
        found.append(Contrast(factor=fields["factor"], question=question, at=at, expect=expect, **pair))
    return tuple(found)


def _place(at: Json, factors: Mapping[str, Factor]) -> dict[str, list[Json]]:
    """Where a contrast is made: factor -> levels, one alone as a list of one."""
    if not isinstance(at, Mapping):
        raise ConfigError(f"`at` of a contrast must map factors to levels. Received: {at!r}.")
    for name in at:
        if name not in factors:
            raise ConfigError(unknown("factor in `at` of a contrast", str(name), factors))
    return {name: list(value) if isinstance(value, list) else [value] for name, value in at.items()}

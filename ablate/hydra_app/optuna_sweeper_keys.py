"""Translate the keys under `hydra.sweeper` of Hydra's Optuna sweeper into overrides of `ablate search`.

One trial of Optuna is one setting of the search, trained with blocks of seeds: `n_trials` becomes `search.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ablate.configure.grammar import written
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json
from ablate.hydra_app.study_jobs import with_params
from ablate.remedy_search import options, samplers
from ablate.remedy_search.objectives import OBJECTIVES

KEYS = ("direction", "storage", "study_name", "n_trials", "n_jobs", "params", "sampler")
"""The keys that `hydra.sweeper` may have."""


def words(sweeper: Mapping[str, Json], arguments: Sequence[str]) -> list[str]:
    """Return the overrides of `ablate search` with the same meaning; the command line's replace those in `params`.

    Args:
        sweeper: the config under `hydra.sweeper` without `_target_`; a key that is absent is null.
        arguments: the overrides of the command line.

    Raises:
        ConfigError: an unknown key, sampler or direction, or a number of trials below 1.

    Examples:
        >>> sweeper = {"params": {"width": "interval(8, 64)"}, "n_trials": 30, "direction": "maximize"}
        >>> words(sweeper, ["loss=choice(clipped,fused)"])  # doctest: +NORMALIZE_WHITESPACE
        ['width=interval(8, 64)', 'search.objectives=[rate]', 'search.settings=30',
         'search.trials=800', 'search.batch=6', 'search.shapes=6', 'loss=choice(clipped,fused)']
    """
    for name in sweeper:
        if name not in KEYS:
            raise ConfigError(unknown("key of `hydra.sweeper`", str(name), KEYS))
    config = {**dict.fromkeys(KEYS), **sweeper}
    result = {**_sampler(config["sampler"]), **_objectives(config["direction"])}
    for name, key in (("storage", "search.storage"), ("study_name", "study"), ("n_jobs", "workers")):
        if config[name] is not None:
            result[key] = written(config[name])
    return with_params(config["params"], with_params({**result, **_budget(config["n_trials"])}, arguments))


def _sampler(sampler: Json) -> dict[str, str]:
    """Return the overrides for the sampler and its seed."""
    if sampler is None:
        return {}
    if not isinstance(sampler, Mapping) or "_target_" not in sampler:
        raise ConfigError(f"`hydra.sweeper.sampler` must be a mapping with a `_target_`. Received: {sampler!r}.")
    name = str(sampler["_target_"]).rpartition(".")[2]
    if name not in (allowed := samplers.names()):
        raise ConfigError(unknown("sampler in `hydra.sweeper.sampler`", name, allowed))
    for key in sampler:
        if key not in ("_target_", "seed"):
            raise ConfigError(unknown("key of `hydra.sweeper.sampler`", str(key), ["_target_", "seed"]))
    result = {"search.sampler": name}
    if name in options.SINGLE_OBJECTIVE:
        result["search.objectives"] = "[rate]"
    if sampler.get("seed") is not None:
        result["search.seed"] = written(sampler["seed"])
    return result


def _objectives(direction: Json) -> dict[str, str]:
    """Return the override for the objectives: for each direction, the next objective that has it."""
    if direction is None:
        return {}
    directions = direction if isinstance(direction, list | tuple) else [direction]
    remaining: dict[str, list[str]] = {"maximize": [], "minimize": []}
    for objective in OBJECTIVES.values():
        remaining[objective.direction].append(objective.name)
    chosen = []
    for name in directions:
        if name not in remaining:
            raise ConfigError(unknown("direction in `hydra.sweeper.direction`", str(name), remaining))
        if not remaining[name]:
            raise ConfigError(
                "`hydra.sweeper.direction` must have at most one maximize (rate) and three minimize (time, changes, "
                f"cost). Received: {direction!r}."
            )
        chosen.append(remaining[name].pop(0))
    return {"search.objectives": f"[{','.join(chosen)}]"}


def _budget(n_trials: Json) -> dict[str, str]:
    """Return the overrides for the budget: `n_trials` settings, and enough trials for all their seeds and all claims.

    With few settings, batches are small, so that the sampler learns early, and a batch may mix network shapes.
    """
    if not isinstance(n_trials, int) or isinstance(n_trials, bool) or n_trials < 1:
        raise ConfigError(f"`hydra.sweeper.n_trials` must be a whole number of at least 1. Received: {n_trials!r}.")
    defaults = options.Search()
    batch = min(defaults.batch, max(1, n_trials // 5))
    trials = n_trials * defaults.blocks[-1] + defaults.claims * defaults.confirm
    numbers = {"settings": n_trials, "trials": trials, "batch": batch, "shapes": batch}
    return {f"search.{name}": str(number) for name, number in numbers.items()}

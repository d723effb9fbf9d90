"""What users of Hydra's Optuna sweeper write under `hydra.sweeper`, in the words of `ablate search`.

One trial of Optuna's is one setting here, trained with blocks of seeds: `n_trials` is `search.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ablate.configure.grammar import written
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json
from ablate.hydra_app.study_jobs import above
from ablate.remedy_search import options, samplers

KEYS = ("direction", "storage", "study_name", "n_trials", "n_jobs", "params", "sampler")
"""What may stand under `hydra.sweeper`."""


def words(sweeper: Mapping[str, Json], arguments: Sequence[str]) -> list[str]:
    """The overrides of `ablate search` that say the same; those on the command line stand above `params`.

    Args:
        sweeper: what the configs say under `hydra.sweeper`, less `_target_`; what is left out is null.
        arguments: the task's overrides.

    Raises:
        ConfigError: a key, sampler or direction that cannot be.

    Examples:
        >>> own = {"params": {"learning_rate": "tag(log, interval(1e-4, 1))"}, "n_trials": 30, "direction": "maximize"}
        >>> words(own, ["loss=choice(clipped,fused)"])  # doctest: +NORMALIZE_WHITESPACE
        ['learning_rate=tag(log, interval(1e-4, 1))', 'search.objectives=[rate]', 'search.settings=30',
         'search.trials=800', 'search.batch=6', 'search.shapes=6', 'loss=choice(clipped,fused)']
    """
    for name in sweeper:
        if name not in KEYS:
            raise ConfigError(unknown("key of `hydra.sweeper`", str(name), KEYS))
    own = {**dict.fromkeys(KEYS), **sweeper}
    found = {**_sampler(own["sampler"]), **_objectives(own["direction"])}
    for name, key in (("storage", "search.storage"), ("study_name", "study"), ("n_jobs", "workers")):
        if own[name] is not None:
            found[key] = written(own[name])
    return above(own["params"], above({**found, **_budget(own["n_trials"])}, arguments))


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
    """Of our objectives, in their order, the next one of each direction."""
    if direction is None:
        return {}
    left = {"maximize": ["rate"], "minimize": ["time", "changes", "cost"]}
    found = []
    for each in direction if isinstance(direction, list | tuple) else [direction]:
        if each not in left:
            raise ConfigError(unknown("direction in `hydra.sweeper.direction`", str(each), left))
        if not left[each]:
            raise ConfigError(
                "`hydra.sweeper.direction` has rate to maximize, then time, changes and cost to minimize. Received: "
                f"{direction!r}."
            )
        found.append(left[each].pop(0))
    return {"search.objectives": f"[{','.join(found)}]"}


def _budget(n_trials: Json) -> dict[str, str]:
    """So many settings, and trials enough for all seeds of each and for every claim; the sampler hears of some early.

    Few settings are suggested one by one, whatever their network's shape: there are no stacks to fill with them.
    """
    if not isinstance(n_trials, int) or isinstance(n_trials, bool) or n_trials < 1:
        raise ConfigError(f"`hydra.sweeper.n_trials` must be a whole number from 1. Received: {n_trials!r}.")
    usual = options.Search()
    batch = min(usual.batch, max(1, n_trials // 5))
    enough = n_trials * usual.blocks[-1] + usual.claims * usual.confirm
    numbers = {"settings": n_trials, "trials": enough, "batch": batch, "shapes": batch}
    return {f"search.{name}": str(number) for name, number in numbers.items()}

"""Small trials for tests of the engine, made from the package's own configs."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from pathlib import Path
from unittest import mock

import yaml
from omegaconf import OmegaConf

from ablate import configure, tasks
from ablate.configure import model_template
from ablate.core.study import Budget, Json, Level, Setting, Trial
from ablate.engine import program
from ablate.engine.program import Stack, stacks
from ablate.remedies import activation, checked, clipping, loss, neutral, registry
from tests.ids import trial_id

CONF = Path(__file__).parents[2] / "conf"
SMALL = (
    "loss=fused", "optimizer=adam", "activation=relu", "initializer=glorot", "input_scale=standardized",
    "learning_rate=0.001", "width=16", "depth=2", "batch_size=16",
)  # fmt: skip
STEPS, LOOKS = 20, 10
PHASE = 12
"""Steps of a first phase in these tests, whatever the level's file says."""
OF_TRIAL = ("task", "model", "start", "width", "depth")
"""Factors whose level a first phase does not take from the baseline."""


@cache
def baseline() -> Setting:
    """Return a small network with the fused loss; every factor that is not in SMALL is as in conf/config.yaml."""
    return configure.compose(list(SMALL)).baseline


def files(factor: str) -> list[str]:
    """Return the names of the factor's level files."""
    return sorted(path.stem for path in (CONF / factor).glob("*.yaml"))


def content(factor: str, name: str) -> dict[str, Json]:
    """Return the parameters in a level's file; `???` stands where the user must give one."""
    params = OmegaConf.to_container(OmegaConf.load(CONF / factor / f"{name}.yaml"))
    assert isinstance(params, dict), yaml.safe_dump(params)
    return {str(key): value for key, value in params.items()}


def level(factor: str, value: Json) -> Level:
    """Return a level, given by the name of its file, by parameters, or by number."""
    params = content(factor, value) if isinstance(value, str) else value
    if isinstance(params, dict) and (params.get("after") or {}).get("setting") == "baseline":
        declared = {name: params for name, params in baseline().params().items() if name not in OF_TRIAL}
        params = {**params, "after": {"setting": declared, "steps": PHASE}}
    check = model_template.with_template if factor == "model" else partial(checked, factor)
    return Level(name=value if isinstance(value, str) else str(value), params=check(params))


def trial(*, seed: int = 0, steps: int = STEPS, looks: int = LOOKS, engine: str = "fused", **levels: Json) -> Trial:
    """Return a small trial: the baseline with these levels."""
    setting = baseline().replace(**{factor: level(factor, value) for factor, value in levels.items()})
    return with_engine(setting, seed=seed, budget=Budget(steps=steps, looks=looks), engine=engine)


def with_engine(setting: Setting, *, seed: int, budget: Budget, engine: str) -> Trial:
    """Return the trial of that setting, with its id."""
    task_hash = tasks.load(setting["task"].params).hash
    name = trial_id(setting.params(), neutral=neutral(), seed=seed, task_hash=task_hash, budget=budget, engine=engine)
    return Trial(id=name, setting=setting, seed=seed, task_hash=task_hash, budget=budget, engine=engine)


def as_reference(trial: Trial) -> Trial:
    """Return the same trial on the reference engine."""
    return with_engine(trial.setting, seed=trial.seed, budget=trial.budget, engine="reference")


def only(trials: Iterable[Trial]) -> Stack:
    """Return the one stack that these trials make."""
    (stack,) = stacks(trials)
    return stack


def collect_seldom() -> None:
    """Collect garbage less often: tracing keeps millions of objects, and 10 % of its time is collection."""
    gc.set_threshold(100_000, 50, 100)


Kinds = tuple[str, ...]
SHORT: dict[str, Kinds] = {"losses": ("fused",), "activations": ("relu",), "clippings": ("none",)}
"""The kinds among which the shortest programs switch: those of `baseline`."""


@contextmanager
def short_switches(
    losses: Kinds = SHORT["losses"],
    activations: Kinds = SHORT["activations"],
    clippings: Kinds = SHORT["clippings"],
) -> Iterator[None]:
    """Make programs that switch among these kinds alone: traced and compiled in a third of the time.

    The programs of users switch among all kinds. Whether each slot gets its own kind is for tests of these factors.
    """
    with (
        mock.patch.object(loss, "SHARED", losses),
        mock.patch.object(activation, "SHARED", activations),
        mock.patch.object(clipping, "SHARED", clippings),
    ):
        program._mark.cache_clear()
        yield
    program._mark.cache_clear()


def switches_of(stack: Stack) -> AbstractContextManager[None]:
    """Return the switches within which the stack was made, so that another process trains it within the same."""
    compiled, _ = json.JSONDecoder().raw_decode(stack.program)
    choices, clippings = compiled["choices"], compiled["baked"]["clipping"]["kinds"]
    return short_switches(tuple(choices["loss.kind"]), tuple(choices["activation.kind"]), tuple(clippings))


def has_short_switches(trial: Trial) -> bool:
    """Return whether the trial can be trained in a program of `SHORT`."""
    kinds = [trial.setting[name].params["kind"] for name in ("loss", "activation", "clipping", "fault")]
    return kinds[:3] == ["fused", "relu", "none"] and kinds[3] != loss.LOG_ZERO


def numeric() -> list[str]:
    """Return the factors without a folder in conf/: their levels are plain numbers."""
    return sorted(name for name in registry() if not (CONF / name).is_dir())

"""The words of the design as frozen records: Factor, Level, Setting, Trial, Study, and the trial id.

Nothing here knows Hydra, TensorFlow or a file: a study is plain values, validated once, where it is made.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ablate.core.errors import ConfigError

SEMANTICS = 1
"""Raised only when results change on purpose; part of every trial id."""

ID_DIGITS = 16

MOST_STEPS = 2**31 - 1
"""The store holds steps as 32-bit whole numbers, and seeds as 64-bit ones."""

TASK = "task"
"""The factor whose parameters are replaced by the content hash of its data in a trial id."""

ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP = "fixed", "sequential", "topped_up"
"""How a study spends seeds: every setting gets all, or blocks until it is decided, or more where it is undecided."""

Json = Any
"""A JSON value: None, bool, int, float, str, or lists and string-keyed mappings of them."""


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, shortest float that reads back the same.

    Raises:
        ValueError: a NaN or infinity, which JSON has no word for.

    Examples:
        >>> canonical({"b": 1e-3, "a": [True, None]})
        '{"a":[true,null],"b":0.001}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


@dataclass(frozen=True, kw_only=True)
class Level:
    """One option of a factor: the name people read, and the resolved parameters that decide the result.

    `params` is a mapping for a config group and a plain number for a numeric key. Two levels with the same
    parameters are the same level, whatever they are called: `text`, their canonical JSON, is what compares.
    """

    name: str = field(compare=False)
    params: Json = field(compare=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", canonical(self.params))


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One thing that can be changed, the levels this study gives it, and its level in the baseline."""

    name: str
    levels: tuple[Level, ...]
    baseline: Level

    def __post_init__(self) -> None:
        if not self.levels:
            raise ConfigError(f"Factor `{self.name}` must have at least one level. Received none.")
        if len({level.text for level in self.levels}) < len(self.levels):
            raise ConfigError(f"Factor `{self.name}` names one level twice: {[level.name for level in self.levels]}.")

    @property
    def varies(self) -> bool:
        """Whether the study changes this factor at all."""
        return len(self.levels) > 1


@dataclass(frozen=True)
class Setting:
    """One level for every factor, in the study's order of factors."""

    levels: tuple[tuple[str, Level], ...]

    def __getitem__(self, factor: str) -> Level:
        return dict(self.levels)[factor]

    def __iter__(self) -> Iterator[tuple[str, Level]]:
        return iter(self.levels)

    def replace(self, **levels: Level) -> Setting:
        """Return the same setting with other levels for the named factors."""
        return Setting(tuple({**dict(self.levels), **levels}.items()))

    def params(self) -> dict[str, Json]:
        """Resolved parameters by factor."""
        return {name: level.params for name, level in self.levels}

    def remedies(self, baseline: Setting) -> tuple[str, ...]:
        """The remedy set: factors whose level differs from the baseline's."""
        own = dict(baseline.levels)
        return tuple(name for name, level in self.levels if own[name] != level)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a trial trains and when it is looked at.

    `steps` training steps; `looks` evaluations spread evenly after look 0, the last one at the end.
    """

    steps: int = 400
    looks: int = 25

    def __post_init__(self) -> None:
        if not 1 <= self.looks <= self.steps <= MOST_STEPS:
            raise ConfigError(
                f"1 <= looks <= steps <= {MOST_STEPS} must hold. Received: looks={self.looks}, steps={self.steps}."
            )

    @property
    def schedule(self) -> tuple[int, ...]:
        """Steps done at each look, look 0 first.

        Examples:
            >>> Budget(steps=10, looks=4).schedule
            (0, 2, 5, 8, 10)
        """
        return tuple(round(self.steps * look / self.looks) for look in range(self.looks + 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One setting with one seed: the unit that is trained, stored and counted."""

    id: str
    setting: Setting
    seed: int
    task_hash: str
    budget: Budget
    engine: str = "fused"


def trial_id(
    params: Mapping[str, Json],
    *,
    neutral: Mapping[str, Json],
    seed: int,
    task_hash: str,
    budget: Budget,
    engine: str,
) -> str:
    """The first 16 hex digits of the SHA-256 of everything that decides a trial's result.

    Factors at their neutral level are left out, so a factor added to the package later orphans no stored trial.

    Args:
        params: resolved parameters by factor; `task` is left out, its content hash stands for it.
        neutral: the neutral parameters by factor; a factor absent here is always part of the id.
        seed: the block.
        task_hash: content hash of the task's arrays.
        budget: steps and looks.
        engine: `fused` or `reference`.
    """
    chosen = {
        name: value
        for name, value in params.items()
        if name != TASK and not (name in neutral and canonical(value) == canonical(neutral[name]))
    }
    (name,) = trial_ids(canonical(chosen), seeds=[seed], task_hash=task_hash, budget=budget, engine=engine)
    return name


def trial_ids(factors: str, *, seeds: Iterable[int], task_hash: str, budget: Budget, engine: str) -> Iterator[str]:
    """The ids of one setting's trials, in the order of the seeds; see `trial_id`.

    Args:
        factors: canonical JSON of the resolved parameters by factor, without `task` and neutral levels.
        seeds: the blocks.
        task_hash: content hash of the task's arrays.
        budget: steps and looks.
        engine: `fused` or `reference`.
    """
    first, second, third = _frame(task_hash, budget, engine, SEMANTICS)
    begun = hashlib.sha256(f"{first}{factors}{second}".encode())
    for seed in seeds:
        own = begun.copy()
        own.update(f"{seed}{third}".encode())
        yield own.hexdigest()[:ID_DIGITS]


@lru_cache(maxsize=64)
def _frame(task_hash: str, budget: Budget, engine: str, semantics: int) -> tuple[str, str, str]:
    """What stands before, between and after factors and seed in the canonical JSON that an id is the hash of."""
    before = {"engine": engine, "factors": "", "looks": list(budget.schedule), "seed": 0}
    after = {"semantics": semantics, "steps": budget.steps, "task": task_hash}
    first, second = canonical(before).split('"factors":""')
    return f'{first}"factors":', second.removesuffix("0}"), f",{canonical(after)[1:]}"


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A comparison declared before the study runs: one factor, two of its levels, where, what is predicted, and why.

    Attributes:
        factor, level, against: what is compared with what.
        question: what it is to answer; several contrasts can ask the same at different places.
        at: factor -> the levels at which the two are compared; wherever both were run if empty.
        expect: how many trials escape under `level` by the prediction, one of EXPECTED; empty if nothing is predicted.
    """

    factor: str
    level: str
    against: str
    question: str = ""
    at: Mapping[str, Sequence[str]] = field(default_factory=dict)
    expect: str = ""

    @property
    def place(self) -> str:
        """Where it is made, for people.

        Examples:
            >>> Contrast(factor="loss", level="a", against="b", at={"task": ["words"], "width": ["8", "16"]}).place
            'task=words, width=8|16'
        """
        return ", ".join(f"{name}={'|'.join(levels)}" for name, levels in self.at.items())


EXPECTED = ("more", "less", "same")
"""What a contrast can predict of the number of escapes under its level."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a study is run; nothing here can change a result.

    Attributes:
        workers: worker processes; 0 = one per core.
        executor: `local`, `ray` or `slurm`: where stacks run.
        fail_fast: stop at the first failed trial.
        retry_failed: train trials again whose recorded state is `failed`.
        memory: megabytes a worker may hold; 0 = its share of the machine.
        patience: seconds a stack may take; 0 = many times its estimate, at least five minutes.
        part: k/n: only the k-th of n parts of the seeds is trained now.
    """

    workers: int = 0
    executor: str = "local"
    fail_fast: bool = False
    retry_failed: bool = False
    memory: int = 0
    patience: int = 0
    part: str = "1/1"


@dataclass(frozen=True, kw_only=True)
class Study:
    """A design over factors and seeds, with budget and baseline: all that `sweep` needs to know.

    `designs` are the parts whose union is run; each is a mapping with `kind` (see `ablate.design.designs`). `spending`
    says how many seeds a setting gets: a mapping with `kind`, one of `ALL_AT_ONCE`, `SEQUENTIAL` (blocks until a
    confidence sequence decides) or `TOPPED_UP` (undecided settings get the rest of the pool); see
    `ablate.runner.trial_sources`.
    """

    name: str
    factors: tuple[Factor, ...]
    seeds: tuple[int, ...]
    budget: Budget = Budget()
    designs: tuple[Json, ...] = ({"kind": "full"},)
    engine: str = "fused"
    results_dir: str = "results"
    question: str = ""
    contrasts: tuple[Contrast, ...] = ()
    command: str = ""
    execution: Execution = Execution()
    spending: Json = field(default_factory=lambda: {"kind": ALL_AT_ONCE})

    def __post_init__(self) -> None:
        for seed in self.seeds:
            if not 0 <= seed < 2**63:
                raise ConfigError(f"A seed must be from 0 to 2**63 - 1. Received: {seed!r:.40}.")

    @property
    def pool(self) -> tuple[int, ...]:
        """Every seed a setting may get: the study's own, then the next whole numbers up to the cap.

        Examples:
            >>> from ablate.configure import compose
            >>> compose(["seed=5,0", "seeds=sequential", "seeds.cap=4"]).pool
            (5, 0, 1, 2)
        """
        cap = self.spending.get("cap", len(self.seeds))
        more = (number for number in itertools.count() if number not in self.seeds)
        return (*self.seeds[:cap], *itertools.islice(more, max(0, cap - len(self.seeds))))

    @property
    def baseline(self) -> Setting:
        """Every factor at its baseline level."""
        return Setting(tuple((factor.name, factor.baseline) for factor in self.factors))

    def factor(self, name: str) -> Factor:
        """The factor of that name."""
        return {factor.name: factor for factor in self.factors}[name]

    @property
    def varying(self) -> tuple[Factor, ...]:
        """The factors this study changes."""
        return tuple(factor for factor in self.factors if factor.varies)

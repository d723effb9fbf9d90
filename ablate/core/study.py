"""The frozen records of a study: Factor, Level, Setting, Trial, Study; and the trial id.

Nothing here knows Hydra, TensorFlow or a file. A study consists of plain values, which are checked once, when it is
made.
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

SEMANTICS = 2
"""The number of the rules that decide a trial's result, part of every id; it rises when they change on purpose.

2: one kind of program holds all activations, losses and clippings (other last bits), other numbers of slots, another
rule for the chance level. Trials of 1 can be read and reported; new trials are not added to them.
"""

ID_DIGITS = 16

MOST_STEPS = 2**31 - 1
"""The store holds steps as 32-bit whole numbers, and seeds as 64-bit ones."""

TASK = "task"
"""The factor of the data; in a trial id, the content hash of the data replaces the factor's parameters."""

ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP = "fixed", "sequential", "topped_up"
"""How a study spends seeds.

`fixed`: every setting gets all seeds. `sequential`: a setting gets blocks of seeds until its rate is decided.
`topped_up`: settings that are undecided get more seeds.
"""

EXPECTED = ("more", "less", "same")
"""The predictions that a contrast can make: more, less or the same number of escapes under its level."""

Json = Any
"""A JSON value: None, bool, int, float, str, or lists and string-keyed mappings of them."""


def canonical(value: Json) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, shortest float that reads back the same.

    Raises:
        ValueError: a NaN or infinity, which JSON does not have.

    Examples:
        >>> canonical({"b": 1e-3, "a": [True, None]})
        '{"a":[true,null],"b":0.001}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


@dataclass(frozen=True, kw_only=True)
class Level:
    """One option of a factor. Two levels with the same parameters are equal, whatever their names are.

    Attributes:
        name: the name that people read.
        params: the resolved parameters that decide the result: a mapping for a config group, else a plain number.
        text: canonical JSON of the parameters; levels are compared by it.
    """

    name: str = field(compare=False)
    params: Json = field(compare=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", canonical(self.params))


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One property of a trial that can be changed: the levels that the study gives it, and its baseline level."""

    name: str
    levels: tuple[Level, ...]
    baseline: Level

    def __post_init__(self) -> None:
        if not self.levels:
            raise ConfigError(f"Factor `{self.name}` must have at least one level. Received none.")
        if len({level.text for level in self.levels}) < len(self.levels):
            names = ", ".join(level.name for level in self.levels)
            raise ConfigError(f"Factor `{self.name}` must have each level once. Received: {names}.")

    @property
    def varies(self) -> bool:
        """Tell whether the study changes this factor."""
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
        """Return the resolved parameters by factor."""
        return {name: level.params for name, level in self.levels}

    def remedies(self, baseline: Setting) -> tuple[str, ...]:
        """Return the remedy set: the factors whose level differs from the baseline's."""
        base = dict(baseline.levels)
        return tuple(name for name, level in self.levels if base[name] != level)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a trial trains, and when it is evaluated.

    Attributes:
        steps: training steps.
        looks: evaluations, evenly spread, the last one at the end; evaluation 0, before training, is not counted.
    """

    steps: int = 400
    looks: int = 25

    def __post_init__(self) -> None:
        if not 1 <= self.looks <= self.steps:
            raise ConfigError(
                f"`looks` must be at least 1 and at most `steps`. Received: looks={self.looks}, steps={self.steps}."
            )
        if self.steps > MOST_STEPS:
            raise ConfigError(f"`steps` must be at most {MOST_STEPS}. Received: {self.steps}.")

    @property
    def schedule(self) -> tuple[int, ...]:
        """Return the steps done at each evaluation, evaluation 0 first.

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


def trial_ids(factors: str, *, seeds: Iterable[int], task_hash: str, budget: Budget, engine: str) -> Iterator[str]:
    """Yield the ids of one setting's trials, in the order of the seeds.

    An id is the first digits of the SHA-256 of everything that decides a trial's result. Factors at their neutral level
    are left out: a factor that is added to the package later keeps the ids of stored trials.

    Args:
        factors: canonical JSON of the resolved parameters by factor, without neutral levels and without `task`, whose
            content hash replaces it.
        seeds: the seeds.
        task_hash: content hash of the task's arrays.
        budget: steps and evaluations.
        engine: `fused` or `reference`.
    """
    first, second, third = _frame(task_hash, budget, engine, SEMANTICS)
    # The hash of everything before the seed is computed once for all seeds.
    common = hashlib.sha256(f"{first}{factors}{second}".encode())
    for seed in seeds:
        whole = common.copy()
        whole.update(f"{seed}{third}".encode())
        yield whole.hexdigest()[:ID_DIGITS]


@lru_cache(maxsize=64)
def _frame(task_hash: str, budget: Budget, engine: str, semantics: int) -> tuple[str, str, str]:
    """Return the parts of the hashed JSON before the factors, between factors and seed, and after the seed."""
    before = {"engine": engine, "factors": "", "looks": list(budget.schedule), "seed": 0}
    after = {"semantics": semantics, "steps": budget.steps, TASK: task_hash}
    first, second = canonical(before).split('"factors":""')
    return f'{first}"factors":', second.removesuffix("0}"), f",{canonical(after)[1:]}"


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A comparison of two levels of a factor that is declared before the study runs.

    Attributes:
        factor: the factor.
        level: the level whose escapes are compared.
        against: the level that it is compared with.
        question: what the comparison is to answer; several contrasts can share a question.
        at: factor -> the levels at which the two are compared; if empty, wherever both were run.
        expect: the prediction of how many trials escape under `level`, one of `EXPECTED`; empty if there is none.
    """

    factor: str
    level: str
    against: str
    question: str = ""
    at: Mapping[str, Sequence[str]] = field(default_factory=dict)
    expect: str = ""

    @property
    def where(self) -> str:
        """Return `at` as people read it, by factor in alphabetical order, as a manifest has it.

        Examples:
            >>> Contrast(factor="loss", level="a", against="b", at={"task": ["words"], "width": ["8", "16"]}).where
            'task=words, width=8|16'
        """
        return ", ".join(f"{name}={'|'.join(levels)}" for name, levels in sorted(self.at.items()))


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a study is run. Nothing here can change a result.

    Attributes:
        workers: worker processes; 0 = one per core.
        executor: where stacks of trials run: `local`, `ray` or `slurm`.
        fail_fast: stop at the first failed trial.
        retry_failed: train trials again whose stored state is `failed`.
        memory: megabytes that a worker may use; 0 = its share of the machine.
        patience: seconds that a stack of trials may take; 0 = many times its estimate, at least five minutes.
        part: k/n: train only the k-th of n parts of the seeds now.
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
    """A design over factors and seeds, with budget and baseline: all that a sweep needs to know.

    Attributes:
        name: also the name of the study's folder.
        factors: every factor; those that vary first.
        seeds: the seeds of every setting, before `spending` adds more.
        budget: how long a trial trains, and when it is evaluated.
        designs: the parts whose union is run; each is a mapping with `kind` (`ablate.design.kinds`).
        engine: `fused` or `reference`.
        results_dir: the folder or address that holds the studies.
        question: what the study is to answer.
        contrasts: comparisons that are declared before the study runs.
        command: the command line that describes the study.
        execution: how it is run.
        spending: how many seeds a setting gets: a mapping with `kind`, one of `ALL_AT_ONCE`, `SEQUENTIAL`, `TOPPED_UP`.
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
                raise ConfigError(f"A seed must be a whole number from 0 to 2**63 - 1. Received: {seed!r:.40}.")

    @property
    def pool(self) -> tuple[int, ...]:
        """Return every seed that a setting may get: the study's own, then the next whole numbers up to the cap.

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
        """Return the setting with every factor at its baseline level."""
        return Setting(tuple((factor.name, factor.baseline) for factor in self.factors))

    def factor(self, name: str) -> Factor:
        """Return the factor of that name."""
        return {factor.name: factor for factor in self.factors}[name]

    @property
    def varying(self) -> tuple[Factor, ...]:
        """Return the factors that the study changes."""
        return tuple(factor for factor in self.factors if factor.varies)

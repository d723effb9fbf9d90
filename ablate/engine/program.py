"""What shares a compiled program, and which trials fill its slots. TensorFlow is not needed to know.

A program is fixed by what changes shapes or operations: the task's arrays, width, depth, batch size, optimizer and
whatever else a factor bakes in. Everything else is data of a slot. Slots are a function of the program's shapes alone,
never of machine or study: a trial's bits depend on the number of slots, so that number belongs to its content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ablate.core.study import Json, Trial, canonical
from ablate.remedies import registry, stacking
from ablate.remedies.model import windows
from ablate.remedies.start import phase

SLOTS = ((32, 64), (64, 64), (128, 32), (256, 16), (512, 8))
"""(largest width, slots); wider networks train 4 at a time. Chosen by `benchmarks/slots.py`: part of every result."""

WINDOWS = ((16_384, 8), (65_536, 4))
"""The same by the numbers in a row's windows, for convolutions: more slots are no faster there, and take memory."""

COMPILE_SECONDS = {"fused": 9.0, "broad": 18.0, "reference": 9.0}
"""Tracing and compiling one program, measured with all signals on one core, by engine."""

SELECTING = {"fused": 1.0, "broad": 1.8, "reference": 1.0}
"""How much longer a step takes for what it selects among, measured against a family's program, by engine."""

COMPILED_MEGABYTES = {"fused": 70.0, "broad": 150.0, "reference": 45.0}
"""What a compiled program holds of a worker's memory for good, measured on 36 and 55 programs, by engine."""

HELD_MEGABYTES = 6000.0
"""A worker that holds so much is replaced between two stacks: with 72 programs, 11 GB, one crashed in libgcc's
unwinder."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Trials trained by one compiled program at once.

    Attributes:
        program: canonical JSON of all that is compiled in; equal programs compile once.
        slots: places in the stack; those without a trial are padded.
        trials: at most `slots` trials, all of one program, one set of training inputs and one first phase.
    """

    program: str
    slots: int
    trials: tuple[Trial, ...]


def slots_for(width: int) -> int:
    """Places in a stack of networks of that width.

    Examples:
        >>> slots_for(32), slots_for(200), slots_for(4096)
        (64, 16, 4)
    """
    return next((slots for largest, slots in SLOTS if width <= largest), 4)


def slots_of(trial: Trial) -> int:
    """Places in a stack of trials like this one."""
    if alone(trial):
        return 1
    count, held = slots_for(trial.setting["width"].params), windows(trial.setting["model"].params)
    return min(count, next(slots for largest, slots in WINDOWS if held <= largest)) if held else count


def program_of(trial: Trial) -> dict[str, Json]:
    """All that is compiled into a trial's program: task hash, budget, what factors bake in, choices, slots' numbers."""
    params = trial.setting.params()
    baked = {name: remedy.baked(params[name]) for name, remedy in stacking(trial.engine).items() if name != "task"}
    choices: dict[str, Sequence[int | str]] = {}
    for name, remedy in stacking(trial.engine).items():
        choices |= remedy.choices(params[name])
    return {
        "task": trial.task_hash,
        "steps": trial.budget.steps,
        "looks": trial.budget.looks,
        "engine": trial.engine,
        "baked": {name: value for name, value in baked.items() if value not in ({}, None)},
        "choices": choices,
        "numbers": sorted(numbers_of(trial)),
    }


def alone(trial: Trial) -> bool:
    """Whether the trial cannot share a program's slots with others and trains by itself."""
    if trial.engine == "reference":
        return True
    params = trial.setting.params()
    return any(
        (remedy.stacks == "alone" and remedy.baked(params[name])) or remedy.alone(params[name])
        for name, remedy in registry().items()
    )


def shared_of(trial: Trial) -> str:
    """What a stack shares beside its program: canonical JSON of the factors that change data, and the first phase."""
    params = trial.setting.params()
    data = {name: params[name] for name, remedy in registry().items() if remedy.stacks == "data"}
    return canonical({"data": data, "phase": phase(params["start"])})


def numbers_of(trial: Trial) -> dict[str, float | int]:
    """The numbers of the trial's slot, by name; later factors replace earlier ones' (`Remedy.order`)."""
    params = trial.setting.params()
    numbers: dict[str, float | int] = {}
    for name, remedy in stacking(trial.engine).items():
        if name != "task":
            numbers.update(remedy.slot(params[name], trial.seed))
    return numbers


def stacks(trials: Iterable[Trial]) -> list[Stack]:
    """The trials in stacks: by program, inputs and first phase, in the order given."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    # A million trials have few programs: what a setting shares is put together from its levels' marks, found once.
    marked: dict[tuple[object, ...], list[Trial]] = {}
    for trial in trials:
        marks = [_mark(name, level.text, trial.engine) for name, level in trial.setting.levels]
        key = (trial.task_hash, trial.budget.steps, trial.budget.looks, trial.engine, *marks)
        members = marked.get(key)
        if members is None:
            members = groups.setdefault((canonical(program_of(trial)), shared_of(trial)), [])
            marked[key] = members
        members.append(trial)
    result: list[Stack] = []
    for (program, _), members in groups.items():
        slots = slots_of(members[0])
        parts = [tuple(members[first : first + slots]) for first in range(0, len(members), slots)]
        result += [Stack(program=program, slots=slots, trials=part) for part in parts]
    return result


@cache
def _mark(factor: str, text: str, engine: str) -> str:
    """All that a level, by its canonical JSON, has to say about who shares a stack: equal marks, equal stacks."""
    if factor not in registry():
        return ""
    remedy, params = stacking(engine)[factor], json.loads(text)
    said = {
        "baked": None if factor == "task" else remedy.baked(params),
        "choices": remedy.choices(params),
        "numbers": [] if factor == "task" else sorted(remedy.slot(params, 0)),
        "data": params if remedy.stacks == "data" else None,
        "phase": phase(params) if factor == "start" else None,
    }
    return f"{factor}:{canonical(said)}"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a list of stacks will cost: minutes of wall time and megabytes of the largest worker."""

    programs: int
    stacks: int
    alone: int
    minutes: float
    megabytes: float


def estimate(found: Iterable[Stack], *, features: int, classes: int, workers: int) -> Estimate:
    """Minutes and memory of training these stacks, from the flops of their shapes and measured rates.

    A trial-step costs 6 flops a weight and row, at 40 Gflop/s a core (measured by `benchmarks/slots.py`), looks add a
    third; a program compiles once per worker that meets it.
    """
    seconds, largest, count, single = 0.0, 0.0, 0, 0
    programs: dict[str, tuple[float, float]] = {}
    for stack in found:
        trial = stack.trials[0]
        width, depth, batch = (trial.setting[name].params for name in ("width", "depth", "batch_size"))
        weights = features * classes if depth == 0 else width * (features + classes + (depth - 1) * width)
        step = stack.slots * (6.0 * weights * batch / 40e9 + weights * 1.2e-10 * 10 + 3e-6)
        seconds += step * trial.budget.steps * 1.35 * SELECTING[trial.engine]
        largest = max(largest, stack.slots * (weights * 4.0 * 8 + 256 * width * depth * 8.0))
        programs[stack.program] = COMPILE_SECONDS[trial.engine], COMPILED_MEGABYTES[trial.engine]
        count += 1
        single += stack.slots == 1
    once, held = (sum(costs) for costs in zip(*programs.values(), strict=True)) if programs else (0.0, 0.0)
    compiling = once * min(workers, max(1, count // max(1, len(programs))))
    total = (seconds + compiling) / max(1, workers) + 8.0
    return Estimate(
        programs=len(programs),
        stacks=count,
        alone=single,
        minutes=total / 60.0,
        megabytes=600.0 + min(held, HELD_MEGABYTES) + largest / 1e6,
    )

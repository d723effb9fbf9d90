"""Decide which trials share a compiled program, and which of them fill its slots. This needs no TensorFlow.

A program is fixed by everything that changes shapes or operations: the task's arrays, width, depth, batch size,
optimizer and whatever else a factor compiles in. Everything else is data of a slot.

The number of slots is a function of the program's shapes alone, never of the machine or the study. A trial's bits
depend on the number of slots, so it must follow from the trial's content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ablate.core.study import TASK, Json, Trial, canonical
from ablate.engine import model_cost
from ablate.remedies import registry
from ablate.remedies.batch_size import BATCH_SIZE
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL, is_own, windows
from ablate.remedies.start import START, phase
from ablate.remedies.width import WIDTH

SLOTS = ((64, 20), (128, 10))
"""(largest width, slots); wider networks get FEWEST slots. Chosen by `benchmarks/slots.py`; part of every result.

They divide 20, as people's numbers of seeds do, so that few slots stay empty."""

FEWEST = 5

WINDOWS = ((16_384, 10), (65_536, 5))
"""(most numbers in a row's windows, slots) for convolutions: more slots make them no faster and take memory."""

COMPILE_SECONDS = 9.0
"""Seconds to trace and compile one program; measured with all signals on one core."""

MODEL_FLOPS, MODEL_SECONDS = 8e9, 5e-5
"""Flops a second and core in a user's model, and seconds of its step that do not grow with it: convolutions and
recurrent layers reach less than dense ones."""

COMPILED_MEGABYTES = 134.0
"""Memory that a compiled program holds until its worker ends; measured on networks of width 16, 32 and 64."""

LEAST_MEGABYTES = 710.0
"""Memory of a worker before its first program, the libraries that it shares with other processes included; measured."""

HELD_MEGABYTES = 700.0
"""A worker that holds this much is replaced between two stacks. With what compiling takes for a moment and the
libraries that it shares with other processes it stays within 1.5 GB."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Trials that one compiled program trains at once.

    Attributes:
        program: canonical JSON of everything that is compiled in; equal programs are compiled once.
        slots: number of slots; slots without a trial repeat the first trial.
        trials: at most `slots` trials of one program, that share training inputs, first phase and activation.
    """

    program: str
    slots: int
    trials: tuple[Trial, ...]


def slots_for(width: int) -> int:
    """Return the number of slots for networks of that width.

    Examples:
        >>> slots_for(32), slots_for(200), slots_for(4096)
        (20, 5, 5)
    """
    return next((slots for largest, slots in SLOTS if width <= largest), FEWEST)


def slots_of(trial: Trial) -> int:
    """Return the number of slots in a stack of trials like this one."""
    if alone(trial):
        return 1
    count, held = slots_for(trial.setting[WIDTH].params), windows(trial.setting[MODEL].params)
    return min(count, next(slots for largest, slots in WINDOWS if held <= largest)) if held else count


def program_of(trial: Trial) -> dict[str, Json]:
    """Return everything that is compiled into a trial's program."""
    parts = {name: _compiled(name, trial.setting[name].params) for name in registry()}
    choices: dict[str, Sequence[str]] = {}
    for part in parts.values():
        choices |= part["choices"]
    return {
        TASK: trial.task_hash,
        "steps": trial.budget.steps,
        "looks": trial.budget.looks,
        "engine": trial.engine,
        "baked": {name: part["baked"] for name, part in parts.items() if part["baked"] not in ({}, None)},
        "choices": choices,
        "numbers": sorted({number for part in parts.values() for number in part["numbers"]}),
    }


def alone(trial: Trial) -> bool:
    """Return whether the trial cannot share a program's slots with others and trains by itself."""
    if trial.engine == "reference":
        return True
    params = trial.setting.params()
    return any(
        (remedy.stacks == "alone" and remedy.baked(params[name])) or remedy.alone(params[name])
        for name, remedy in registry().items()
    )


def numbers_of(trial: Trial) -> dict[str, float | int]:
    """Return the numbers of the trial's slot by name; where two factors give one name, the later in `order` counts."""
    params = trial.setting.params()
    numbers: dict[str, float | int] = {}
    for name, remedy in registry().items():
        if name != TASK:
            numbers.update(remedy.slot(params[name], trial.seed))
    return numbers


def common_of(trial: Trial) -> dict[str, int]:
    """Return the whole numbers that all trials of the trial's stack share, by name."""
    params = trial.setting.params()
    return {
        name: value for factor, remedy in registry().items() for name, value in remedy.common(params[factor]).items()
    }


def stacks(trials: Iterable[Trial]) -> list[Stack]:
    """Group trials into stacks by program, training inputs and first phase; within a group their order stays."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    # A million trials have few programs: the group of a setting is looked up by its levels' cached marks.
    marked: dict[tuple[object, ...], list[Trial]] = {}
    for trial in trials:
        marks = [_mark(name, level.text) for name, level in trial.setting.levels]
        key = (trial.task_hash, trial.budget.steps, trial.budget.looks, trial.engine, *marks)
        members = marked.get(key)
        if members is None:
            members = groups.setdefault((canonical(program_of(trial)), _shared(trial)), [])
            marked[key] = members
        members.append(trial)
    result: list[Stack] = []
    for (program, _), members in groups.items():
        slots = slots_of(members[0])
        parts = [tuple(members[first : first + slots]) for first in range(0, len(members), slots)]
        result += [Stack(program=program, slots=slots, trials=part) for part in parts]
    return result


def _shared(trial: Trial) -> str:
    """Return canonical JSON of what a stack shares besides its program: inputs, first phase and common numbers."""
    params = trial.setting.params()
    data = {name: params[name] for name, remedy in registry().items() if remedy.stacks == "data"}
    return canonical({"data": data, "phase": phase(params[START]), "common": common_of(trial)})


@cache
def _mark(factor: str, text: str) -> str:
    """Return a text for a level, given by its canonical JSON: settings whose levels have equal marks share stacks."""
    if factor not in registry():
        return ""
    params, remedy = json.loads(text), registry()[factor]
    data = params if remedy.stacks == "data" else None
    first_phase = phase(params) if factor == START else None
    return f"{factor}:{canonical([_compiled(factor, params), data, first_phase, remedy.common(params)])}"


def _compiled(factor: str, params: Json) -> dict[str, Json]:
    """Return what a level contributes to its program."""
    remedy = registry()[factor]
    return {
        "baked": None if factor == TASK else remedy.baked(params),
        "choices": remedy.choices(params),
        "numbers": [] if factor == TASK else sorted(remedy.slot(params, 0)),
    }


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The cost of training some stacks: minutes of wall time, and megabytes of the largest worker."""

    minutes: float
    megabytes: float


def estimate(stacks: Iterable[Stack], *, features: int, classes: int, workers: int) -> Estimate:
    """Estimate the cost of training stacks, from the flops of their shapes and measured rates.

    A step of a trial costs 6 flops per weight and row, at 40 Gflop/s per core (measured by `benchmarks/slots.py`); in a
    user's model, 6 per multiplication of a row, at MODEL_FLOPS a second (measured by `benchmarks/many.py`).
    Evaluations add a third. A program compiles once in each worker that meets it.

    Args:
        stacks: the stacks, of one task; at least one.
        features: columns of the task's inputs.
        classes: classes of the task.
        workers: number of worker processes.
    """
    seconds, largest, stacked = 0.0, 0.0, 0
    programs = set[str]()
    for stack in stacks:
        trial = stack.trials[0]
        width, depth, batch = (trial.setting[name].params for name in (WIDTH, DEPTH, BATCH_SIZE))
        weights = features * classes if depth == 0 else width * (features + classes + (depth - 1) * width)
        model = trial.setting[MODEL].params
        step = stack.slots * (6.0 * weights * batch / 40e9 + weights * 1.2e-10 * 10 + 3e-6)
        if not is_own(model):
            count = model_cost.multiplications(model["template"])
            step = stack.slots * (6.0 * count * batch / MODEL_FLOPS + MODEL_SECONDS)
        seconds += step * trial.budget.steps * 1.35
        largest = max(largest, stack.slots * (weights * 4.0 * 8 + 256 * width * depth * 8.0))
        programs.add(stack.program)
        stacked += 1
    compiling = COMPILE_SECONDS * len(programs) * min(workers, stacked // len(programs))
    held = COMPILED_MEGABYTES * len(programs)
    total = (seconds + compiling) / workers + 8.0
    return Estimate(minutes=total / 60.0, megabytes=LEAST_MEGABYTES + min(held, HELD_MEGABYTES) + largest / 1e6)

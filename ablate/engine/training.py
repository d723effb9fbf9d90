"""From a stack to its trials' curves: pack the slots on the host, run the program, decode what it saw."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.study import Trial, canonical
from ablate.engine import data, fused, loss_check, probe_signals, reference
from ablate.engine.network import Network
from ablate.engine.program import Stack, numbers_of, program_of, stacks
from ablate.engine.runtime import tf
from ablate.engine.signature import signature
from ablate.engine.starts import Variables, begin, first_phase_of
from ablate.engine.step import tensor_name
from ablate.outcomes.curves import Curves
from ablate.remedies import schedule


@dataclass(frozen=True, kw_only=True, eq=False)
class Finished:
    """A trained trial: its curves, and the variables it ended with."""

    curves: Curves
    variables: Variables


def train(stack: Stack, dtype: str = "float32") -> list[Curves]:
    """The curves of each trial of the stack, in order."""
    return [finished.curves for finished in run(stack, dtype)]


def run(stack: Stack, dtype: str = "float32") -> list[Finished]:
    """Trains the stack's first phase if it has one, and then the stack.

    Args:
        stack: trials of one program.
        dtype: `float32`, or `float64` for comparisons with the reference.
    """
    began = time.perf_counter()
    shapes = shapes_of(stack, dtype)
    net = fused.network(shapes)
    rows = [data.rows(trial.setting, trial.seed, dtype) for trial in stack.trials]
    left = _first_phases(stack.trials, dtype)
    starts = [
        begin(trial, net, own, dtype, before) for trial, own, before in zip(stack.trials, rows, left, strict=True)
    ]
    if stack.trials[0].engine == "reference":
        found = [
            reference.run(trial, net, own, start, dtype)
            for trial, own, start in zip(stack.trials, rows, starts, strict=True)
        ]
    else:
        found = _fused(stack, shapes, rows, starts)
    seconds = (time.perf_counter() - began) / len(stack.trials)
    return [
        Finished(
            curves=Curves(
                id=trial.id,
                signals={**seen, **start.signals},
                bad_step=bad_step,
                bad_tensor=bad_tensor,
                wall_seconds=seconds,
                signature=signature(stack, dtype),
            ),
            variables=variables,
        )
        for trial, start, (seen, bad_step, bad_tensor, variables) in zip(stack.trials, starts, found, strict=True)
    ]


def shapes_of(stack: Stack, dtype: str) -> fused.Shapes:
    """What the stack's compiled program depends on."""
    trial = stack.trials[0]
    rows = data.rows(trial.setting, trial.seed, dtype)
    program = program_of(trial)
    return fused.Shapes(
        baked=canonical(program["baked"]),
        slots=stack.slots,
        features=rows.inputs.shape[1],
        classes=rows.classes,
        numbers=tuple(program["numbers"]),
        choices=tuple((name, tuple(values)) for name, values in sorted(program["choices"].items())),
        budget=trial.budget,
        dtype=dtype,
    )


def _first_phases(trials: Sequence[Trial], dtype: str) -> list[Variables | None]:
    """What each trial's first phase left; trials of one seed share it."""
    phases = {trial.seed: first_phase_of(trial) for trial in trials}
    found: dict[int, Variables] = {}
    for stack in stacks([phase for phase in phases.values() if phase is not None]):
        for trial, finished in zip(stack.trials, run(stack, dtype), strict=True):
            found[trial.seed] = _as_left(finished)
    return [found.get(trial.seed) for trial in trials]


def _as_left(finished: Finished) -> Variables:
    seen = finished.curves.signals
    return Variables(
        weights=finished.variables.weights,
        buffers=finished.variables.buffers,
        moments=finished.variables.moments,
        signals={f"start_{name}": seen[name] for name in ("step", "loss", "correct")},
    )


Seen = tuple[dict[str, np.ndarray], int, str, Variables]
"""Signals, first bad step (-1 if none), bad tensor, and the last variables of one trial."""


def _fused(stack: Stack, shapes: fused.Shapes, rows: list[data.Rows], starts: list[Variables]) -> list[Seen]:
    """Packs, trains and decodes; idle slots repeat the first trial."""
    net, dtype = fused.network(shapes), shapes.dtype
    fill = [*range(len(stack.trials)), *[0] * (stack.slots - len(stack.trials))]
    numbers = fused.as_tensors(_numbers([stack.trials[i] for i in fill], shapes.numbers), dtype)
    truth = tf.constant(rows[0].truth)
    state, seen, slopes = fused.compiled(shapes)(
        [_stacked([[starts[i].weights[name] for i in fill] for name in net.names]),
         _stacked([[starts[i].buffers[name] for i in fill] for name in net.buffer_names]),
         _stacked([[starts[i].moments[k] for i in fill] for k in range(len(starts[0].moments))])],
        numbers,
        tf.constant(np.stack([_rates(stack.trials[i]) for i in fill]).astype(dtype)),
        tf.constant(np.stack([_order(stack.trials[i], len(rows[i].labels)) for i in fill])),
        tf.constant(rows[0].inputs),
        tf.constant(np.stack([rows[i].labels for i in fill])),
        tf.constant(rows[0].probe),
        truth,
    )  # fmt: skip
    for trial, slope in zip(stack.trials, np.asarray(slopes), strict=False):
        loss_check.verify(trial, slope)
    logits = seen.pop("logits")
    return _decoded(stack, net, state, {**seen, **_read(shapes, logits, truth, numbers)})


def _read(shapes: fused.Shapes, logits: Any, truth: Any, numbers: dict[str, Any]) -> dict[str, Any]:
    """The signals in the logits, [looks + 1, slots] each."""
    choices = tuple((name, values) for name, values in shapes.choices if name.startswith("loss."))
    own = {name: value for name, value in numbers.items() if name.startswith("loss.")}
    reading = probe_signals.Reading(slots=shapes.slots, choices=choices, dtype=shapes.dtype)
    return dict(probe_signals.reader(reading)(logits, truth, own))


def _stacked(columns: list[list[np.ndarray]]) -> list[Any]:
    return [tf.constant(np.stack(column)) for column in columns]


def _numbers(trials: list[Trial], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Slot numbers in columns; a number that a trial does not use is 0."""
    found = [numbers_of(trial) for trial in trials]
    return {name: np.array([numbers.get(name, 0) for numbers in found]) for name in names}


def _rates(trial: Trial) -> np.ndarray:
    rates = schedule.rates(trial.setting["schedule"].params, trial.setting["learning_rate"].params, trial.budget)
    return np.asarray(rates)


def _order(trial: Trial, count: int) -> np.ndarray:
    return data.order(trial.seed, count, trial.setting["batch_size"].params, trial.budget.steps)


def _decoded(stack: Stack, net: Network, state: Any, signals: Any) -> list[Seen]:
    steps = np.array(stack.trials[0].budget.schedule, np.float32)
    seen = {name: np.asarray(values) for name, values in signals.items()}
    weights, buffers, moments = ([np.asarray(t) for t in state[part]] for part in ("weights", "buffers", "moments"))
    bad_steps, bad_tensors = np.asarray(state["bad_step"]), np.asarray(state["bad_tensor"])
    result: list[Seen] = []
    for slot in range(len(stack.trials)):
        own = {"step": steps, **{name: values[:, slot].astype(np.float32) for name, values in seen.items()}}
        bad = int(bad_steps[slot])
        variables = Variables(
            weights={name: weight[slot] for name, weight in zip(net.names, weights, strict=True)},
            buffers={name: buffer[slot] for name, buffer in zip(net.buffer_names, buffers, strict=True)},
            moments=tuple(moment[slot] for moment in moments),
        )
        result.append((own, bad or -1, tensor_name(net, int(bad_tensors[slot])) if bad else "", variables))
    return result

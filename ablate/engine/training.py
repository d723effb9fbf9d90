"""Train a stack: pack its trials into slots, run the compiled program, and turn its output into curves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate import tasks
from ablate.core.study import Trial, canonical
from ablate.engine import data, fused, loss_check, probe_signals, reference
from ablate.engine.network import Network, number_type, precision
from ablate.engine.program import Stack, common_of, numbers_of, program_of, stacks
from ablate.engine.runtime import tf
from ablate.engine.signature import signature
from ablate.engine.starts import Trained, Variables, begin, first_phase_of
from ablate.engine.step import tensor_name
from ablate.outcomes.curves import PROBE_LOSS, Curves
from ablate.remedies import schedule
from ablate.remedies.batch_size import BATCH_SIZE
from ablate.remedies.learning_rate import LEARNING_RATE
from ablate.remedies.schedule import SCHEDULE


@dataclass(frozen=True, kw_only=True, eq=False)
class Finished:
    """A trained trial: its curves, and the variables it ended with."""

    curves: Curves
    variables: Variables


def train(stack: Stack, dtype: str = "float32") -> list[Curves]:
    """Train a stack; return the curves of each trial, in order.

    Args:
        stack: trials of one program.
        dtype: `float32`, or `float64` for comparisons with the reference.
    """
    return [finished.curves for finished in run(stack, dtype)]


def run(stack: Stack, dtype: str = "float32") -> list[Finished]:
    """Train a stack's first phase if it has one, and then the stack; return its trials in order.

    Args:
        stack: trials of one program.
        dtype: `float32`, or `float64` for comparisons with the reference.
    """
    began = time.perf_counter()
    shapes = shapes_of(stack, dtype)
    net = fused.network(shapes)
    rows = [data.rows(trial.setting, trial.seed, dtype) for trial in stack.trials]
    left = _first_phases(stack.trials, dtype)
    starts = [begin(trial, net, of, dtype, before) for trial, of, before in zip(stack.trials, rows, left, strict=True)]
    if stack.trials[0].engine == "reference":
        inputs = zip(stack.trials, rows, starts, strict=True)
        trained = [reference.run(trial, net, of, start, dtype) for trial, of, start in inputs]
    else:
        trained = _fused(stack, shapes, rows, starts)
    seconds = (time.perf_counter() - began) / len(stack.trials)
    return [
        Finished(
            curves=Curves(
                id=trial.id,
                signals={**result.signals, **start.signals},
                bad_step=result.bad_step,
                bad_tensor=result.bad_tensor,
                wall_seconds=seconds,
                signature=signature(stack, dtype),
            ),
            variables=result.variables,
        )
        for trial, start, result in zip(stack.trials, starts, trained, strict=True)
    ]


def shapes_of(stack: Stack, dtype: str) -> fused.Shapes:
    """Return everything that the stack's compiled program depends on.

    Args:
        stack: trials of one program.
        dtype: float type of everything in it.
    """
    trial = stack.trials[0]
    rows = data.rows(trial.setting, trial.seed, dtype)
    program = program_of(trial)
    return fused.Shapes(
        baked=canonical(program["baked"]),
        slots=stack.slots,
        features=rows.inputs.shape[1],
        classes=rows.classes,
        numbers=tuple(program["numbers"]),
        common=tuple(common_of(trial)),
        choices=tuple((name, tuple(values)) for name, values in sorted(program["choices"].items())),
        budget=trial.budget,
        dtype=dtype,
    )


def _first_phases(trials: Sequence[Trial], dtype: str) -> list[Variables | None]:
    """Return what each trial's first phase left, None without one; trials of one seed share a first phase."""
    phases = {trial.seed: first_phase_of(trial) for trial in trials}
    left: dict[int, Variables] = {}
    for stack in stacks([phase for phase in phases.values() if phase is not None]):
        for trial, finished in zip(stack.trials, run(stack, dtype), strict=True):
            left[trial.seed] = _left(finished)
    return [left.get(trial.seed) for trial in trials]


def _left(finished: Finished) -> Variables:
    """Return the variables of a finished first phase, with the signals that the trial keeps of it."""
    signals = finished.curves.signals
    return Variables(
        weights=finished.variables.weights,
        buffers=finished.variables.buffers,
        moments=finished.variables.moments,
        signals={f"start_{name}": signals[name] for name in ("step", PROBE_LOSS, "correct")},
    )


def _fused(stack: Stack, shapes: fused.Shapes, rows: list[data.Rows], starts: list[Variables]) -> list[Trained]:
    """Train the stack in its compiled program; slots without a trial repeat the first trial."""
    net, dtype = fused.network(shapes), shapes.dtype
    fill = [*range(len(stack.trials)), *[0] * (stack.slots - len(stack.trials))]
    numbers = _numbers([stack.trials[i] for i in fill], shapes)
    probe_labels = tf.constant(rows[0].probe_labels)
    loss_check.verify_stack(stack, shapes.classes)
    state, signals = fused.compiled(shapes)(
        [_stacked([[starts[i].weights[name] for i in fill] for name in net.names]),
         _stacked([[starts[i].buffers[name] for i in fill] for name in net.buffer_names]),
         _stacked([[starts[i].moments[k] for i in fill] for k in range(len(starts[0].moments))])],
        numbers,
        {name: tf.constant(value, number_type(name)) for name, value in common_of(stack.trials[0]).items()},
        tf.constant(np.stack([_rates(stack.trials[i]) for i in fill]).astype(dtype)),
        tf.constant(np.stack([_order(stack.trials[i], len(rows[i].labels)) for i in fill])),
        tf.constant(rows[0].inputs),
        tf.constant(np.stack([rows[i].labels for i in fill])),
        tf.constant(rows[0].probe),
        probe_labels,
    )  # fmt: skip
    logits = signals.pop("logits")
    return _decoded(stack, net, state, {**signals, **_probe_signals(shapes, logits, probe_labels, numbers)})


def _probe_signals(shapes: fused.Shapes, logits: Any, labels: Any, numbers: dict[str, Any]) -> dict[str, Any]:
    """Return the signals that are derived from the logits, [evaluations + 1, slots] each."""
    choices = tuple((name, values) for name, values in shapes.choices if name.startswith("loss."))
    loss_numbers = {name: value for name, value in numbers.items() if name.startswith("loss.")}
    reading = probe_signals.Reading(slots=shapes.slots, choices=choices, dtype=shapes.dtype)
    return dict(probe_signals.reader(reading)(logits, labels, loss_numbers))


def _stacked(columns: list[list[np.ndarray]]) -> list[Any]:
    return [tf.constant(np.stack(column)) for column in columns]


def _numbers(trials: list[Trial], shapes: fused.Shapes) -> dict[str, Any]:
    """Return the slots' numbers as tensors, one per name; a number that a trial does not use is 0."""
    numbers = [numbers_of(trial) for trial in trials]
    columns = {name: np.array([of_slot.get(name, 0) for of_slot in numbers]) for name in shapes.numbers}
    with precision(shapes.dtype):
        return {name: tf.constant(column, number_type(name)) for name, column in columns.items()}


def _rates(trial: Trial) -> np.ndarray:
    rates = schedule.rates(trial.setting[SCHEDULE].params, trial.setting[LEARNING_RATE].params, trial.budget)
    return np.asarray(rates)


def _order(trial: Trial, count: int) -> np.ndarray:
    return tasks.order(trial.seed, count, trial.setting[BATCH_SIZE].params, trial.budget.steps)


def _decoded(stack: Stack, net: Network, state: Any, signals: Any) -> list[Trained]:
    """Take each trial's results out of the program's output."""
    steps = np.array(stack.trials[0].budget.schedule, np.float32)
    arrays = {name: np.asarray(values) for name, values in signals.items()}
    weights, buffers, moments = ([np.asarray(t) for t in state[part]] for part in ("weights", "buffers", "moments"))
    bad_steps, bad_tensors = np.asarray(state["bad_step"]), np.asarray(state["bad_tensor"])
    trained = []
    for slot in range(len(stack.trials)):
        bad_step = int(bad_steps[slot])
        variables = Variables(
            weights={name: weight[slot] for name, weight in zip(net.names, weights, strict=True)},
            buffers={name: buffer[slot] for name, buffer in zip(net.buffer_names, buffers, strict=True)},
            moments=tuple(moment[slot] for moment in moments),
        )
        trained.append(
            Trained(
                signals={
                    "step": steps,
                    **{name: values[:, slot].astype(np.float32) for name, values in arrays.items()},
                },
                bad_step=bad_step or -1,
                bad_tensor=tensor_name(net, int(bad_tensors[slot])) if bad_step else "",
                variables=variables,
            )
        )
    return trained

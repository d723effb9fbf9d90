"""The loss check: before anything is trained, each loss must have the gradient that its name promises.

Keras silently fuses softmax and loss. Two loss formulations of a study may then be the same one, and the study would
compare a loss with itself. The check sends one row of logits [0, G, 0, ...] with true class 0 through each formulation
as the program compiles it; G lies beyond every clip. With this G the clipped loss must have a gradient of exactly zero,
and the fused loss a gradient of [-1, 1, 0, ...].
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ablate import tasks
from ablate.core.errors import LossCheckError, one_line
from ablate.core.study import TASK, Json, Trial, canonical
from ablate.engine import program_cache
from ablate.engine.program import SLOTS, Stack, numbers_of, program_of, stacks
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss
from ablate.remedies.fault import FAULT
from ablate.remedies.loss import LOSS

TOLERANCE = 1e-6


def check(trials: Sequence[Trial]) -> list[Json]:
    """Check the gradient of every loss formulation of these trials, compiled and stacked as training compiles it.

    Returns:
        One record per formulation: its parameters, the gap G and the first three entries of the gradient. A formulation
        that cannot be computed has its parameters and the error instead: its trials will fail, and others can train.

    Raises:
        LossCheckError: a formulation has another gradient than its name promises.
    """
    first = {trial.setting[LOSS].text: trial for trial in trials if trial.engine != "reference"}
    records: list[Json] = []
    for stack in stacks(first.values()):
        try:
            gradients = _gradients(stack, tasks.load(stack.trials[0].setting[TASK].params).classes)
        except Exception as error:  # noqa: BLE001 - a level may be anybody's code
            why = one_line(error)
            records += [{LOSS: trial.setting[LOSS].params, "error": why} for trial in stack.trials]
            continue
        for trial, gradient in zip(stack.trials, gradients, strict=True):
            verify(trial, gradient)
            params = trial.setting[LOSS].params
            records.append({LOSS: params, "gap": loss.check_gap(params), "gradient": gradient[:3].tolist()})
    return records


def verify(trial: Trial, gradient: np.ndarray) -> None:
    """Compare the gradient of a trial's loss with what its formulation promises; skip trials with a planted fault.

    Args:
        trial: the trial; its loss formulation is checked.
        gradient: the gradient at the check's logits, [classes].

    Raises:
        LossCheckError: the gradient differs from the promised one.
    """
    params = trial.setting[LOSS].params
    expected = loss.check_slope(params)
    if expected is None or trial.setting[FAULT].params["kind"] != "none":
        return
    rest = np.abs(gradient[2:]).max(initial=0.0)
    if expected == (0.0, 0.0):
        good = not gradient.any()
    else:
        good = np.allclose([*gradient[:2], rest], [*expected, 0], atol=TOLERANCE)
    if not good:
        raise LossCheckError(
            f"The loss check failed for `loss={params['kind']}`: at logits [0, {loss.check_gap(params):g}, 0, ...] and "
            f"true class 0 its gradient must begin with {list(expected)}. Received: {gradient[:3].tolist()}. Nothing "
            "is trained, because the study would train another loss than it names. Check that the versions of Keras "
            "and TensorFlow are those that this package requires."
        )


def slope(classes: int, dtype: Any) -> Any:
    """Return the loss gradient at the check's logits, for the slot that is being traced.

    Args:
        classes: columns of the logits.
        dtype: float type of the logits.

    Returns:
        A tensor, [classes].
    """
    gap = scope.number("loss.canary")
    logits = tf.concat([tf.zeros([1], dtype), gap[None], tf.zeros([classes - 2], dtype)], 0)[None]
    _, slopes = loss.value_and_slope(tf.one_hot([0], classes, dtype=dtype), logits)
    return slopes[0]


def verify_stack(stack: Stack, classes: int) -> None:
    """Check the losses of a stack where it is trained: a worker may have other versions of Keras and TensorFlow.

    Args:
        stack: the stack.
        classes: columns of the logits.

    Raises:
        LossCheckError: a loss has another gradient than its name promises.
    """
    for trial, gradient in zip(stack.trials, _gradients(stack, classes), strict=True):
        verify(trial, gradient)


def _gradients(stack: Stack, classes: int) -> np.ndarray:
    """Return the gradient of each trial's loss, [trials, classes]; compile and run them as one stack."""
    numbers = [numbers_of(trial) for trial in stack.trials]
    numbers += [numbers[0]] * (SLOTS[0][1] - len(numbers))
    columns = {name: tf.constant([of[name] for of in numbers]) for name in numbers[0] if name.startswith("loss.")}
    choices = {name: held for name, held in program_of(stack.trials[0])["choices"].items() if name.startswith("loss.")}
    gradients = _program(classes, canonical(choices))(columns)
    return np.asarray(gradients)[: len(stack.trials)]


@lru_cache(maxsize=16)
def _program(classes: int, choices: str) -> Callable[..., Any]:
    """Return the compiled check, which all stacks with these losses share."""
    # A copy of it in each training program took 3 to 4.5 of its 15 seconds of compiling.
    held = json.loads(choices)

    def gradient(numbers: Any) -> Any:
        with scope.slot(numbers, held):
            return slope(classes, tf.float32)

    return program_cache.cached(
        f"loss check {classes} {choices}",
        lambda numbers: tf.vectorized_map(gradient, numbers, fallback_to_while_loop=False),
    )

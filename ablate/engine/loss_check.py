"""The guard against the one trap: Keras silently fuses softmax and loss, and a study compares a thing with itself.

A logit vector [0, G, 0, ...] of true class 0, with G past every clip, is sent through each loss formulation as the
program compiles it. The clipped gradient must be exactly zero there, the fused one [-1, 1, ~0, ...].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ablate import tasks
from ablate.core.errors import CanaryError, said
from ablate.core.study import Json, Trial
from ablate.engine.program import numbers_of, program_of, stacks
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss

TOLERANCE = 1e-6


def slope(classes: int, dtype: Any) -> Any:
    """The gradient by the logits of the slot being traced, at the canary's logits: [classes]."""
    gap = scope.number("loss.canary")
    logits = tf.concat([tf.zeros([1], dtype), gap[None], tf.zeros([classes - 2], dtype)], 0)[None]
    _, found = loss.value_and_slope(tf.one_hot([0], classes, dtype=dtype), logits)
    return found[0]


def verify(trial: Trial, found: np.ndarray) -> None:
    """Compares a canary's gradient with what the trial's formulation promises; trials with a planted fault pass.

    Raises:
        CanaryError: another gradient.
    """
    params = trial.setting["loss"].params
    wanted = loss.canary_slope(params)
    if wanted is None or trial.setting["fault"].params["kind"] != "none":
        return
    rest = np.abs(found[2:]).max(initial=0.0)
    good = not found.any() if wanted == (0.0, 0.0) else np.allclose([*found[:2], rest], [*wanted, 0], atol=TOLERANCE)
    if not good:
        raise CanaryError(
            f"The canary: at logits [0, {loss.canary_gap(params):g}, 0, ...] and true class 0 the gradient of "
            f"`loss={params['kind']}` must be {list(wanted)}. Received: {found[:3].tolist()}. Another loss than "
            "the one named would be trained, so the study does not start; check the versions of Keras and TensorFlow."
        )


def check(trials: Sequence[Trial]) -> list[Json]:
    """Sends the canary through every loss formulation of these trials, compiled and mapped as training compiles it.

    Returns:
        One record a formulation: its parameters, the gap and the first three entries of the gradient; or why it cannot
        be computed at all: its trials fail then, which is theirs to say, and training asks the canary of all others.

    Raises:
        CanaryError: a formulation has another gradient than it promises.
    """
    first = {trial.setting["loss"].text: trial for trial in trials if trial.engine != "reference"}
    record: list[Json] = []
    for stack in stacks(first.values()):
        classes = tasks.load(stack.trials[0].setting["task"].params).classes
        found = [numbers_of(trial) for trial in stack.trials]
        columns = {name: tf.constant([own[name] for own in found]) for name in found[0] if name.startswith("loss.")}
        choices = program_of(stack.trials[0])["choices"]

        def sing(numbers: Any, classes: int = classes, choices: Any = choices) -> Any:
            with scope.slot(numbers, choices):
                return slope(classes, tf.float32)

        mapped = tf.function(
            lambda numbers, sing=sing: tf.vectorized_map(sing, numbers), jit_compile=True, autograph=False
        )
        try:
            rows = np.asarray(mapped(columns))
        except Exception as error:  # noqa: BLE001 - a level may be anybody's code
            why = said(error)
            record += [{"loss": trial.setting["loss"].params, "error": why} for trial in stack.trials]
            continue
        for trial, row in zip(stack.trials, rows, strict=True):
            verify(trial, row)
            params = trial.setting["loss"].params
            record.append({"loss": params, "gap": loss.canary_gap(params), "gradient": row[:3].tolist()})
    return record

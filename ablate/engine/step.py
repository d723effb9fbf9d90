"""One trial's training step and evaluation, as pure functions: state and batch in, state and signals out.

These functions handle a single trial; `fused.py` maps them over the slots of a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ablate.engine.network import Network, forward
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss, optimizer, registry, schedule
from ablate.remedies._tensor_sum import total
from ablate.remedies.optimizer import OPTIMIZER
from ablate.remedies.schedule import SCHEDULE

State = dict[str, Any]
"""What a trial carries from step to step.

`weights`, `buffers` and `moments` (the optimizer's variables) are lists of tensors. `bad_step` and `bad_tensor` name
the first tensor that was not finite; a gradient whose squared norm exceeds the float type counts as not finite.
`gradient_norm` is of the last batch; `loss_sum`, `correct_sum` and `rows_seen` are sums since the last evaluation.
`plateau` is the state of the schedule `plateau`; it is absent in programs with other schedules.
"""


def initial(net: Network, weights: list[Any], buffers: list[Any], moments: list[Any], rate: Any) -> State:
    """Return the state before the first step.

    Args:
        net: the program's network.
        weights: its trainable variables.
        buffers: its other variables.
        moments: the optimizer's variables.
        rate: learning rate of the first step, scalar.
    """
    zero, none = tf.zeros([], rate.dtype), tf.zeros([], tf.int32)
    state: State = {"weights": weights, "buffers": buffers, "moments": moments, "bad_step": none, "bad_tensor": none}
    state |= {"gradient_norm": zero, "loss_sum": zero, "correct_sum": zero, "rows_seen": zero}
    if SCHEDULE in net.baked:
        state["plateau"] = schedule.start(rate)
    return state


def step(net: Network, state: State, x: Any, labels: Any, rate: Any, done: Any) -> State:
    """Return the state after one more training step, as Keras would make it.

    Args:
        net: the program's network.
        state: the trial's state.
        x: inputs, [batch, features].
        labels: int32 [batch].
        rate: learning rate of this step, scalar.
        done: number of steps before this one, int32.
    """
    weights = state["weights"]
    state = _note_bad(state, _zeros(weights), 1 + len(weights), done)
    with tf.GradientTape() as tape:
        tape.watch(weights)
        (logits, *hidden), buffers, penalties = forward(net, weights, state["buffers"], x, training=True)
        penalty = _penalty(net, weights, hidden, penalties)
    truth = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    value, slope = loss.value_and_slope(truth, logits)
    if penalty is None:
        gradients = tape.gradient(logits, weights, output_gradients=slope)
    else:
        value = value + penalty
        gradients = tape.gradient([logits, penalty], weights, output_gradients=[slope, tf.ones_like(penalty)])
    squares = [total(tf.square(gradient)) for gradient in gradients]
    state = _note_bad(state, [value, *squares], 0, done + 1)
    clipped = _apply_hooks("gradients", net, gradients)
    moments = list(state["moments"])
    moments[net.rate_index] = state["plateau"]["rate"] if "plateau" in state else rate
    optimizer.set_numbers(net.optimizer, net.baked[OPTIMIZER])
    weights, moments = net.optimizer.stateless_apply(moments, clipped, weights)
    weights = _projected(net, [tf.convert_to_tensor(weight) for weight in weights])
    correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, -1, tf.int32), labels), logits.dtype))
    return {
        **state,
        "weights": weights,
        "gradient_norm": tf.sqrt(tf.add_n(squares)),
        "buffers": [tf.convert_to_tensor(buffer) for buffer in buffers],
        "moments": [tf.convert_to_tensor(moment) for moment in moments],
        "loss_sum": state["loss_sum"] + value * labels.shape[0],
        "correct_sum": state["correct_sum"] + correct,
        "rows_seen": state["rows_seen"] + labels.shape[0],
    }


def _penalty(net: Network, weights: list[Any], hidden: list[Any], penalties: list[Any]) -> Any:
    """Return the sum of the factors' penalties and the model's own; None if there are none."""
    kernels = [weights[index] for index in net.hidden_kernels]
    terms = [
        remedy.penalty(net.baked[name], kernels, hidden)
        for name, remedy in registry().items()
        if remedy.penalty is not None and name in net.baked and kernels
    ]
    terms += penalties
    return tf.add_n(terms) if terms else None


def _apply_hooks(hook: str, net: Network, value: Any) -> Any:
    """Pass a value through the hook of that name of every factor in the program, in the factors' order."""
    for name, remedy in registry().items():
        call: Callable[..., Any] | None = getattr(remedy, hook)
        if call is not None and name in net.baked:
            value = call(net.baked[name], value)
    return value


def _projected(net: Network, weights: list[Any]) -> list[Any]:
    inside = set(net.hidden_kernels)
    return [_apply_hooks("project", net, weight) if index in inside else weight for index, weight in enumerate(weights)]


def _zeros(tensors: list[Any]) -> list[Any]:
    """Return 0 for each finite tensor and NaN for any other: zero times infinity or NaN is NaN."""
    return [total(tensor, 0.0) for tensor in tensors]


def _note_bad(state: State, marks: list[Any], first: int, when: Any) -> State:
    """Note the first tensor that is not finite, and its step, unless the state has noted one before.

    Args:
        state: the trial's state.
        marks: a number for each tensor, finite if the tensor is.
        first: index of the first of these tensors in `tensor_name`.
        when: the step.

    Weights are checked at the beginning of the next step, when they are in memory. If they were checked right after
    their update, XLA would compute every update twice.
    """
    bad = tf.math.logical_not(tf.math.is_finite(tf.stack(marks)))
    new = tf.reduce_any(bad) & tf.equal(state["bad_step"], 0)
    index = first + tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32)
    return {
        **state,
        "bad_step": tf.where(new, when, state["bad_step"]),
        "bad_tensor": tf.where(new, index, state["bad_tensor"]),
    }


def tensor_name(net: Network, index: int) -> str:
    """Return the name of the tensor that `bad_tensor` holds: `loss`, `gradient NAME` or `weight NAME`.

    Args:
        net: the program's network.
        index: the number in `bad_tensor`.
    """
    kinds = ["loss", *(f"gradient {name}" for name in net.names), *(f"weight {name}" for name in net.names)]
    return kinds[index]


def evaluate(net: Network, state: State, before: list[Any], x: Any, labels: Any, passed: Any) -> tuple[State, State]:
    """Evaluate the network on the validation rows.

    Signals that need only the logits are derived later, for all evaluations at once (`ablate.engine.probe_signals`).

    Args:
        net: the program's network.
        state: the trial's state.
        before: the weights at the previous evaluation.
        x: the validation inputs, [validation rows, features].
        labels: their classes, int32 [validation rows].
        passed: steps since the previous evaluation; 0 at the first one.

    Returns:
        The state with its training sums emptied, and the signals by name.
    """
    weights = state["weights"]
    state = _note_bad(state, _zeros(weights), 1 + len(weights), scope.number("step"))
    (logits, *hidden), *_ = forward(net, weights, state["buffers"], x, training=False)
    moved, size = _norm([new - old for new, old in zip(weights, before, strict=True)]), _norm(weights)
    signals = {
        "logits": logits,
        "train_loss": state["loss_sum"] / state["rows_seen"],
        "train_accuracy": state["correct_sum"] / state["rows_seen"],
        "gradient_norm": tf.where(passed > 0, state["gradient_norm"], float("nan")),
        "weight_norm": size,
        "update_ratio": tf.where(passed > 0, moved / tf.cast(tf.maximum(passed, 1), size.dtype) / size, 0),
        "finite": tf.cast(tf.equal(state["bad_step"], 0), logits.dtype),
    }
    for layer, units in enumerate(hidden):
        silent = tf.reduce_all(tf.equal(units, 0), 0)
        signals[f"dead_share_{layer + 1}"] = tf.reduce_mean(tf.cast(silent, logits.dtype))
        signals[f"unit_spread_{layer + 1}"] = tf.reduce_max(tf.reduce_max(units, -1) - tf.reduce_min(units, -1))
    zero = tf.zeros_like(size)
    state = {**state, "loss_sum": zero, "correct_sum": zero, "rows_seen": zero}
    if "plateau" in state:  # Keras applies its rule after an epoch, so the evaluation before the first step is left out
        value, _ = loss.value_and_slope(tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype), logits)
        followed = schedule.follow(state["plateau"], value, scope.number)
        old = state["plateau"]
        state["plateau"] = {name: tf.where(passed > 0, followed[name], old[name]) for name in old}
    return state, signals


def _norm(tensors: list[Any]) -> Any:
    return tf.sqrt(tf.add_n([tf.reduce_sum(tf.square(tensor)) for tensor in tensors]))

"""One trial's training step and look, as pure functions: state and batch in, state and signals out.

Nothing here knows that trials are stacked; `fused.py` maps these functions over the slots.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ablate.engine.network import Network, forward
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss, optimizer, registry, schedule
from ablate.remedies._tensor_sum import total

State = dict[str, Any]
"""What a trial carries from step to step: `weights`, `buffers`, `moments` (lists of tensors), `bad_step`, `bad_tensor`,
`gradient_norm` of the last batch, `loss_sum`, `correct_sum`, `rows_seen`, and `plateau` if the program has that
schedule. A gradient whose squared norm is past the float type's range counts as not finite."""


def initial(net: Network, weights: list[Any], buffers: list[Any], moments: list[Any], rate: Any) -> State:
    """The state before the first step."""
    zero, none = tf.zeros([], rate.dtype), tf.zeros([], tf.int32)
    state: State = {"weights": weights, "buffers": buffers, "moments": moments, "bad_step": none, "bad_tensor": none}
    state |= {"gradient_norm": zero, "loss_sum": zero, "correct_sum": zero, "rows_seen": zero}
    if "schedule" in net.baked:
        state["plateau"] = schedule.start(rate)
    return state


def step(net: Network, state: State, x: Any, labels: Any, rate: Any, done: Any) -> State:
    """The state after one more training step, as Keras would make it.

    Args:
        net: the program's network.
        state: the trial's state.
        x: inputs, [batch, features].
        labels: int32 [batch].
        rate: learning rate of this step, scalar.
        done: steps done before this one, int32.
    """
    weights = state["weights"]
    state = _noted(state, _zeros(weights), 1 + len(weights), done)
    with tf.GradientTape() as tape:
        tape.watch(weights)
        (logits, *hidden), buffers, own = forward(net, weights, state["buffers"], x, training=True)
        penalty = _penalty(net, weights, hidden, own)
    truth = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    value, slope = loss.value_and_slope(truth, logits)
    if penalty is None:
        gradients = tape.gradient(logits, weights, output_gradients=slope)
    else:
        value = value + penalty
        gradients = tape.gradient([logits, penalty], weights, output_gradients=[slope, tf.ones_like(penalty)])
    squares = [total(tf.square(gradient)) for gradient in gradients]
    state = _noted(state, [value, *squares], 0, done + 1)
    clipped = _through("gradients", net, gradients)
    moments = list(state["moments"])
    moments[net.rate_index] = state["plateau"]["rate"] if "plateau" in state else rate
    optimizer.set_numbers(net.optimizer, net.baked["optimizer"])
    weights, moments = net.optimizer.stateless_apply(moments, clipped, weights)
    weights = _projected(net, [tf.convert_to_tensor(weight) for weight in weights])
    hits = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, -1, tf.int32), labels), logits.dtype))
    return {
        **state,
        "weights": weights,
        "gradient_norm": tf.sqrt(tf.add_n(squares)),
        "buffers": [tf.convert_to_tensor(buffer) for buffer in buffers],
        "moments": [tf.convert_to_tensor(moment) for moment in moments],
        "loss_sum": state["loss_sum"] + value * labels.shape[0],
        "correct_sum": state["correct_sum"] + hits,
        "rows_seen": state["rows_seen"] + labels.shape[0],
    }


def _penalty(net: Network, weights: list[Any], hidden: list[Any], own: list[Any]) -> Any:
    kernels = [weights[index] for index in net.hidden_kernels]
    terms = [
        remedy.penalty(net.baked[name], kernels, hidden)
        for name, remedy in registry().items()
        if remedy.penalty is not None and name in net.baked and kernels
    ]
    terms += own
    return tf.add_n(terms) if terms else None


def _through(hook: str, net: Network, value: Any) -> Any:
    for name, remedy in registry().items():
        call: Callable[..., Any] | None = getattr(remedy, hook)
        if call is not None and name in net.baked:
            value = call(net.baked[name], value)
    return value


def _projected(net: Network, weights: list[Any]) -> list[Any]:
    inside = set(net.hidden_kernels)
    return [_through("project", net, weight) if index in inside else weight for index, weight in enumerate(weights)]


def _zeros(tensors: list[Any]) -> list[Any]:
    """Zero for each tensor, NaN for one that holds anything but finite numbers: zero times such a number is NaN."""
    return [total(tensor, 0.0) for tensor in tensors]


def _noted(state: State, told: list[Any], first: int, when: Any) -> State:
    """The state with the first bad tensor and its step.

    Args:
        state: the trial's state.
        told: a number for each tensor, finite if the tensor is.
        first: the number of the first of these tensors.
        when: the step.

    Weights are judged before the next step and not after their own: there they are numbers in memory, while after
    their own step XLA would compute every update twice to judge it.
    """
    bad = tf.math.logical_not(tf.math.is_finite(tf.stack(told)))
    new = tf.reduce_any(bad) & tf.equal(state["bad_step"], 0)
    place = first + tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32)
    return {
        **state,
        "bad_step": tf.where(new, when, state["bad_step"]),
        "bad_tensor": tf.where(new, place, state["bad_tensor"]),
    }


def tensor_name(net: Network, index: int) -> str:
    """What `bad_tensor` names: `loss`, `gradient NAME` or `weight NAME`."""
    kinds = ["loss", *(f"gradient {name}" for name in net.names), *(f"weight {name}" for name in net.names)]
    return kinds[index]


def look(net: Network, state: State, before: list[Any], x: Any, labels: Any, passed: Any) -> tuple[State, State]:
    """One look: the state with its training sums emptied, and what was seen of the network, by name.

    What the logits themselves tell is read later, for all looks at once (`ablate.engine.probe_signals`).

    Args:
        net: the program's network.
        state: the trial's state.
        before: the weights at the look before this one.
        x: the probe's inputs, [rows, features].
        labels: its labels, int32 [rows].
        passed: steps since the look before this one; 0 at look 0.
    """
    weights = state["weights"]
    state = _noted(state, _zeros(weights), 1 + len(weights), scope.number("step"))
    (logits, *hidden), *_ = forward(net, weights, state["buffers"], x, training=False)
    moved, size = _norm([new - old for new, old in zip(weights, before, strict=True)]), _norm(weights)
    seen = {
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
        seen[f"dead_share_{layer + 1}"] = tf.reduce_mean(tf.cast(silent, logits.dtype))
        seen[f"unit_spread_{layer + 1}"] = tf.reduce_max(tf.reduce_max(units, -1) - tf.reduce_min(units, -1))
    zero = tf.zeros_like(size)
    state = {**state, "loss_sum": zero, "correct_sum": zero, "rows_seen": zero}
    if "plateau" in state:  # Keras' rule speaks after an epoch, so look 0 does not count
        value, _ = loss.value_and_slope(tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype), logits)
        followed = schedule.follow(state["plateau"], value, scope.number)
        old = state["plateau"]
        state["plateau"] = {name: tf.where(passed > 0, followed[name], old[name]) for name in old}
    return state, seen


def _norm(tensors: list[Any]) -> Any:
    return tf.sqrt(tf.add_n([tf.reduce_sum(tf.square(tensor)) for tensor in tensors]))

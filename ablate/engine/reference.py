"""The reference engine: one trial as a user of plain Keras would train it, on the same weights, row order and masks.

It calls `train_on_batch` on a model with Keras' own layers, loss, optimizer, schedule and callback rule. It is slow on
purpose: its results are what Keras does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ablate import tasks
from ablate.core.study import Trial
from ablate.engine import data, plain_keras
from ablate.engine.network import Network, precision
from ablate.engine.plain_keras import Plain
from ablate.engine.runtime import tf
from ablate.engine.starts import Trained, Variables
from ablate.outcomes.curves import PROBE_LOSS
from ablate.remedies.batch_size import BATCH_SIZE


def run(trial: Trial, net: Network, rows: data.Rows, start: Variables, dtype: str) -> Trained:
    """Train one trial in plain Keras.

    Args:
        trial: the trial.
        net: the fused program's network; only the names and the order of its variables are used.
        rows: the trial's data.
        start: the variables that the trial begins with.
        dtype: `float32` or `float64`.
    """
    with precision(dtype):
        plain = plain_keras.build(trial, rows, int(start.moments[0]))
        _load(plain.model, net, start)
        for callback in plain.callbacks:
            callback.set_model(plain.model)
            callback.on_train_begin()
        return _trained(trial, net, rows, plain)


def _variables(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the model's weights, its buffers, and its optimizer's variables without the learning rate.

    A count of steps (int32) belongs to the masks of the factor `dropout`; the fused engine counts steps by itself.
    """
    made = model.optimizer
    moments = [variable for variable in made.variables if variable is not getattr(made, "_learning_rate", None)]
    moments += [made._u_product] if hasattr(made, "_u_product") else []
    buffers = [variable for variable in model.non_trainable_variables if variable.dtype != "int32"]
    return model.trainable_variables, buffers, moments


def _load(model: Any, net: Network, start: Variables) -> None:
    """Assign the variables that the trial begins with to the model and its optimizer."""
    model.optimizer.build(model.trainable_variables)
    weights, buffers, moments = _variables(model)
    kept = [moment for index, moment in enumerate(start.moments) if index != net.rate_index]
    values = [*(start.weights[n] for n in net.names), *(start.buffers[n] for n in net.buffer_names), *kept]
    for variable, value in zip([*weights, *buffers, *moments], values, strict=True):
        variable.assign(value)


def _saved(model: Any, net: Network) -> Variables:
    """Return the model's and its optimizer's variables as the fused engine names and orders them."""
    weights, buffers, moments = _variables(model)
    arrays = [np.asarray(moment) for moment in moments]
    arrays.insert(net.rate_index, np.asarray(model.optimizer.learning_rate))
    return Variables(
        weights={name: np.asarray(variable) for name, variable in zip(net.names, weights, strict=True)},
        buffers={name: np.asarray(variable) for name, variable in zip(net.buffer_names, buffers, strict=True)},
        moments=tuple(arrays),
    )


def _trained(trial: Trial, net: Network, rows: data.Rows, plain: Plain) -> Trained:
    """Train and evaluate the model step by step."""
    order = tasks.order(trial.seed, len(rows.labels), trial.setting[BATCH_SIZE].params, trial.budget.steps)
    truth = np.eye(rows.classes, dtype=rows.inputs.dtype)[rows.labels]
    evaluate = tf.function(_evaluation(plain, rows), autograph=False)
    weights_bad = tf.function(_bad(plain.model), autograph=False)
    signals: dict[str, list[float]] = {}
    before = [np.asarray(weight) for weight in plain.model.trainable_variables]
    done, bad_step, bad_tensor = 0, -1, ""
    for index, stop in enumerate(trial.budget.schedule):
        batches = []
        for step in range(done, stop):
            plain.model.reset_metrics()
            batches.append(plain.model.train_on_batch(rows.inputs[order[step]], truth[order[step]]))
            bad = [not np.isfinite(batches[-1][0]), *np.asarray(weights_bad())]
            if bad_step < 0 and any(bad):
                bad_step = step + 1
                bad_tensor = ["loss", *(f"weight {name}" for name in net.names)][bad.index(True)]
        weights = [np.asarray(weight) for weight in plain.model.trainable_variables]
        values = {name: float(value) for name, value in evaluate().items()}
        size, moved = _norm(weights), _norm([new - old for new, old in zip(weights, before, strict=True)])
        means = np.mean(batches, axis=0) if batches else np.full(2, np.nan)
        values |= {"step": stop, "train_loss": means[0], "train_accuracy": means[1], "weight_norm": size}
        values |= {"update_ratio": moved / (stop - done) / size if batches else 0.0, "finite": float(bad_step < 0)}
        values["gradient_norm"] = np.nan  # plain Keras does not show its gradients
        for callback in plain.callbacks if index else []:
            callback.on_epoch_end(index, {"val_loss": values[PROBE_LOSS]})
        for name, value in values.items():
            signals.setdefault(name, []).append(value)
        before, done = weights, stop
    return Trained(
        signals={name: np.array(column, np.float32) for name, column in signals.items()},
        bad_step=bad_step,
        bad_tensor=bad_tensor,
        variables=_saved(plain.model, net),
    )


def _norm(arrays: list[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(array).sum() for array in arrays)))


def _bad(model: Any) -> Callable[[], Any]:
    """Return a function that tests each weight: True if a number in it is not finite."""
    return lambda: tf.stack([tf.reduce_any(~tf.math.is_finite(weight.value)) for weight in model.trainable_variables])


def _evaluation(plain: Plain, rows: data.Rows) -> Callable[[], dict[str, Any]]:
    """Return a function that evaluates the model on the validation rows, by Keras' own forward pass and loss."""
    probe, labels = tf.constant(rows.probe), tf.constant(rows.probe_labels)
    truth = tf.one_hot(labels, rows.classes, dtype=probe.dtype)

    def evaluate() -> dict[str, Any]:
        with tf.GradientTape() as tape:
            outputs = plain.inner(probe, training=False)
            logits, *hidden = outputs if isinstance(outputs, list) else [outputs]
            logits = tf.identity(logits)
            tape.watch(logits)
            output = logits
            for layer in plain.head:
                output = layer(output)
            value = tf.reduce_mean(plain.loss(truth, output))
        slope = tape.gradient(value, logits)
        predicted = tf.argmax(logits, -1, tf.int32)
        shares = tf.reduce_mean(tf.one_hot(predicted, rows.classes, dtype=probe.dtype), 0)
        correct = tf.reduce_sum(tf.cast(predicted == labels, probe.dtype))
        signals = {
            PROBE_LOSS: value,
            "correct": correct,
            "accuracy": correct / len(rows.probe_labels),
            "top_share": tf.reduce_max(shares),
            "prediction_entropy": -tf.reduce_sum(tf.math.xlogy(shares, shares)),
            "logit_mean": tf.reduce_mean(logits),
            "logit_gap": tf.reduce_mean(tf.reduce_max(logits, -1) - tf.reduce_sum(logits * truth, -1)),
            "zero_gradient_share": tf.reduce_mean(tf.cast(tf.reduce_all(slope == 0, -1), probe.dtype)),
        }
        for layer, units in enumerate(hidden):
            spread = tf.reduce_max(units, -1) - tf.reduce_min(units, -1)
            signals[f"dead_share_{layer + 1}"] = tf.reduce_mean(tf.cast(tf.reduce_all(units == 0, 0), probe.dtype))
            signals[f"unit_spread_{layer + 1}"] = tf.reduce_max(spread)
        return signals

    return evaluate

"""The oracle: one trial as a user of plain Keras would train it, on the same weights, order and masks.

`compile` and `train_on_batch` with Keras' own layers, loss, optimizer, schedule and callback rule; no hook of the fused
engine is used but the ones named `keras_...`. Slow on purpose: what it says is what Keras does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.study import Json, Trial
from ablate.engine import data, user_model
from ablate.engine.network import Network, precision
from ablate.engine.runtime import keras, tf
from ablate.engine.starts import Variables
from ablate.remedies import optimizer, registry

Seen = tuple[dict[str, np.ndarray], int, str, Variables]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plain:
    """A compiled Keras model, what it is made of, and its callbacks.

    Attributes:
        model: the compiled model.
        inner: a model of the same layers: inputs -> [logits, hidden 1, hidden 2, ...].
        after: the layers between the logits and the model's output.
        loss: (truth, output) -> the loss, of one value or one per sample.
        callbacks: callbacks told of each look.
    """

    model: Any
    inner: Any
    after: list[Any]
    loss: Callable[[Any, Any], Any]
    callbacks: list[Any]


def run(trial: Trial, net: Network, rows: data.Rows, start: Variables, dtype: str) -> Seen:
    """Trains one trial in plain Keras.

    Args:
        trial: the trial.
        net: the fused program's network, for the names of its variables only.
        rows: its data.
        start: the variables it begins with.
        dtype: `float32` or `float64`.

    Returns:
        Signals per look, first bad step (-1 if none), bad tensor, and the last variables.
    """
    with precision(dtype):
        plain = _plain(trial, rows, int(start.moments[0]))
        _load(plain.model, net, start)
        for callback in plain.callbacks:
            callback.set_model(plain.model)
            callback.on_train_begin()
        seen, bad_step, bad_tensor = _trained(trial, net, rows, plain)
        return seen, bad_step, bad_tensor, _left(plain.model, net)


def _gathered(hook: str, params: dict[str, Json], *arguments: Any) -> list[Any]:
    """What every factor's hook of that name says, in order."""
    calls = [(getattr(remedy, hook), params[name]) for name, remedy in registry().items()]
    return [call(own, *arguments) for call, own in calls if call is not None]


def _plain(trial: Trial, rows: data.Rows, done: int) -> Plain:
    params = trial.setting.params()
    inputs, logits, hidden = _layers(trial, rows)
    output = logits
    written: tuple[list[Any], Any] = ([], None)
    for name, remedy in registry().items():
        written = remedy.keras_loss(params[name], written) if remedy.keras_loss else written
    for layer in written[0]:
        output = layer(output)
    model = keras.Model(inputs, output)
    model.compile(
        optimizer=_optimizer(trial, done), loss=written[1], metrics=["categorical_accuracy"], jit_compile=False
    )
    return Plain(
        model=model,
        inner=keras.Model(inputs, [logits, *hidden]),
        after=written[0],
        loss=keras.losses.get(written[1]),
        callbacks=[callback for found in _gathered("keras_callbacks", params) for callback in found],
    )


def _layers(trial: Trial, rows: data.Rows) -> tuple[Any, Any, list[Any]]:
    """Input, logits and hidden outputs, of the package's own stack or of a user's template."""
    params = trial.setting.params()
    dense = {name: value for found in _gathered("keras_dense", params) for name, value in found.items()}
    features, baked = rows.inputs.shape[1], registry()["model"].baked(params["model"])
    if baked:
        places = _places(params, trial.seed)
        inputs, logits, hidden, _ = user_model.build(
            baked, features=features, width=params["width"], places=places, dense=dense
        )
        return inputs, logits, hidden
    inputs = x = keras.Input((features,))
    hidden = []
    for layer in range(params["depth"]):
        x = keras.layers.Dense(params["width"], **dense)(x)
        for name, remedy in registry().items():
            for follower in remedy.keras_hidden(params[name], layer, trial.seed) if remedy.keras_hidden else []:
                x = follower(x)
            if name == "activation":
                hidden.append(x)
    return inputs, keras.layers.Dense(rows.classes)(x), hidden


def _places(params: dict[str, Json], seed: int) -> user_model.Places:
    """What a user writes where a template leaves the decision to a factor; activity penalties follow activations."""

    def places(name: str, place: int) -> list[Any]:
        hook = registry()[name].keras_hidden
        found = hook(params[name], place, seed) if hook is not None else []
        return [*found, *(places("regularizer", place) if name == "activation" else [])]

    return places


def _optimizer(trial: Trial, done: int) -> Any:
    """The optimizer as a user makes it; `done` steps of a first phase do not count in its schedule."""
    params = trial.setting.params()
    arguments = {name: value for found in _gathered("keras_optimizer", params) for name, value in found.items()}
    rate = _gathered("keras_rate", params, params["learning_rate"], trial.budget)[0]
    if done and not isinstance(rate, float):
        scheduled = rate

        class Later(keras.optimizers.schedules.LearningRateSchedule):
            """The same schedule, counted from the end of the first phase."""

            def __call__(self, step: Any) -> Any:
                return scheduled(step - done)

        rate = Later()
    return optimizer.make(params["optimizer"], rate, **arguments)


def _own(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Weights, float buffers, and the optimizer's variables but for the learning rate."""
    found = model.optimizer
    moments = [variable for variable in found.variables if variable is not getattr(found, "_learning_rate", None)]
    moments += [found._u_product] if hasattr(found, "_u_product") else []
    buffers = [variable for variable in model.non_trainable_variables if "float" in variable.dtype]
    return model.trainable_variables, buffers, moments


def _load(model: Any, net: Network, start: Variables) -> None:
    model.optimizer.build(model.trainable_variables)
    weights, buffers, moments = _own(model)
    kept = [moment for index, moment in enumerate(start.moments) if index != net.rate_index]
    values = [*(start.weights[n] for n in net.names), *(start.buffers[n] for n in net.buffer_names), *kept]
    for variable, value in zip([*weights, *buffers, *moments], values, strict=True):
        variable.assign(value)


def _left(model: Any, net: Network) -> Variables:
    weights, buffers, moments = _own(model)
    arrays = [np.asarray(moment) for moment in moments]
    arrays.insert(net.rate_index, np.asarray(model.optimizer.learning_rate))
    return Variables(
        weights={name: np.asarray(variable) for name, variable in zip(net.names, weights, strict=True)},
        buffers={name: np.asarray(variable) for name, variable in zip(net.buffer_names, buffers, strict=True)},
        moments=tuple(arrays),
    )


def _trained(trial: Trial, net: Network, rows: data.Rows, plain: Plain) -> tuple[dict[str, np.ndarray], int, str]:
    order = data.order(trial.seed, len(rows.labels), trial.setting["batch_size"].params, trial.budget.steps)
    truth = np.eye(rows.classes, dtype=rows.inputs.dtype)[rows.labels]
    look, healthy = tf.function(_look(plain, rows)), tf.function(_bad(plain.model))
    seen: dict[str, list[float]] = {}
    before, done, bad_step, bad_tensor = _own(plain.model)[0], 0, -1, ""
    before = [np.asarray(weight) for weight in before]
    for index, stop in enumerate(trial.budget.schedule):
        batches = []
        for step in range(done, stop):
            plain.model.reset_metrics()
            batches.append(plain.model.train_on_batch(rows.inputs[order[step]], truth[order[step]]))
            bad = [not np.isfinite(batches[-1][0]), *np.asarray(healthy())]
            if bad_step < 0 and any(bad):
                bad_step = step + 1
                bad_tensor = ["loss", *(f"weight {name}" for name in net.names)][bad.index(True)]
        weights = [np.asarray(weight) for weight in plain.model.trainable_variables]
        values = {name: float(value) for name, value in look().items()}
        size, moved = _norm(weights), _norm([new - old for new, old in zip(weights, before, strict=True)])
        means = np.mean(batches, axis=0) if batches else np.full(2, np.nan)
        values |= {"step": stop, "train_loss": means[0], "train_accuracy": means[1], "weight_norm": size}
        values |= {"update_ratio": moved / (stop - done) / size if batches else 0.0, "finite": float(bad_step < 0)}
        values["gradient_norm"] = np.nan  # plain Keras does not show its gradients
        for callback in plain.callbacks if index else []:
            callback.on_epoch_end(index, {"val_loss": values["loss"]})
        for name, value in values.items():
            seen.setdefault(name, []).append(value)
        before, done = weights, stop
    return {name: np.array(column, np.float32) for name, column in seen.items()}, bad_step, bad_tensor


def _norm(arrays: list[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(array).sum() for array in arrays)))


def _bad(model: Any) -> Callable[[], Any]:
    return lambda: tf.stack([tf.reduce_any(~tf.math.is_finite(weight.value)) for weight in model.trainable_variables])


def _look(plain: Plain, rows: data.Rows) -> Callable[[], dict[str, Any]]:
    """The signals of one look, by Keras' own forward pass and loss."""
    probe, labels = tf.constant(rows.probe), tf.constant(rows.truth)
    truth = tf.one_hot(labels, rows.classes, dtype=probe.dtype)

    def loss_of(logits: Any, wanted: Any) -> Any:
        output = logits
        for layer in plain.after:
            output = layer(output)
        return tf.reduce_mean(plain.loss(wanted, output))

    def look() -> dict[str, Any]:
        with tf.GradientTape() as tape:
            logits, *hidden = _outputs(plain.inner(probe, training=False))
            logits = tf.identity(logits)
            tape.watch(logits)
            value = loss_of(logits, truth)
        slope = tape.gradient(value, logits)
        predicted = tf.argmax(logits, -1, tf.int32)
        shares = tf.reduce_mean(tf.one_hot(predicted, rows.classes, dtype=probe.dtype), 0)
        correct = tf.reduce_sum(tf.cast(predicted == labels, probe.dtype))
        return {
            "loss": value,
            "correct": correct,
            "accuracy": correct / len(rows.truth),
            "top_share": tf.reduce_max(shares),
            "prediction_entropy": -tf.reduce_sum(tf.math.xlogy(shares, shares)),
            "logit_mean": tf.reduce_mean(logits),
            "logit_gap": tf.reduce_mean(tf.reduce_max(logits, -1) - tf.reduce_sum(logits * truth, -1)),
            "zero_gradient_share": tf.reduce_mean(tf.cast(tf.reduce_all(slope == 0, -1), probe.dtype)),
            **{
                f"dead_share_{layer + 1}": tf.reduce_mean(tf.cast(tf.reduce_all(units == 0, 0), probe.dtype))
                for layer, units in enumerate(hidden)
            },
            **{
                f"unit_spread_{layer + 1}": tf.reduce_max(tf.reduce_max(units, -1) - tf.reduce_min(units, -1))
                for layer, units in enumerate(hidden)
            },
        }

    return look


def _outputs(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]

"""Train on few rows under changed conditions, each as an experiment, and put the model back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.engine.inspection import data
from ablate.engine.inspection.accuracy import accuracy, most
from ablate.engine.inspection.clock import Clock
from ablate.engine.inspection.records import Probe
from ablate.engine.inspection.restore import unchanged
from ablate.engine.inspection.rows import Rows, arrays, mapped, tensors
from ablate.engine.runtime import keras, tf

FEW = 32
"""Rows of a probe."""

STEPS = 200
"""Steps of a probe at most."""


def _balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """Return some rows that hold the classes in equal parts."""
    order = np.random.default_rng(2).permutation(len(labels))
    classes = np.unique(labels)
    pools = [order[labels[order] == one] for one in classes]
    mixed = [pool[turn] for turn in range(count) for pool in pools if turn < len(pool)]
    return np.sort(np.asarray(mixed[:count]))


def compiled_probe(model: Any, rows: Rows, seconds: float) -> Probe:
    """Train on few rows as compiled, and put the model back.

    Args:
        model: the model, with a built optimizer.
        rows: the rows.
        seconds: time after which it is stopped.
    """
    few = _balanced(data.values(rows.y), FEW)
    x, y, _ = rows.few(few)
    with unchanged(model):
        losses: list[float] = []
        clock = Clock()
        model.make_train_function()
        while len(losses) < 2 or (len(losses) < STEPS and clock.seconds() < seconds):
            # As `fit` calls it: `train_on_batch` gives three parts, which a train_step of the user's may not take.
            losses.append(float(np.asarray(model.train_function(iter([(x, y)]))["loss"])))
            model.reset_metrics()
            clock = Clock() if len(losses) == 1 else clock
        return _probe(model, rows, x, few, losses)


def _probe(model: Any, rows: Rows, x: Any, few: np.ndarray, losses: list[float], labels: Any = None) -> Probe:
    truth = data.values(rows.y)[few] if labels is None else labels
    return Probe(
        accuracy=accuracy(model, rows, x, truth),
        train_mode=accuracy(model, rows, x, truth, training=True),
        chance=most(truth),
        start=losses[0],
        end=losses[-1],
        rows=len(few),
        steps=len(losses),
    )


def free_probes(model: Any, rows: Rows, seconds: float) -> dict[str, Probe]:
    """Train on few rows with Adam under changed conditions, each from the given weights; put the model back.

    Args:
        model: a built model that is compiled with a loss.
        rows: the rows.
        seconds: time for each.

    Returns:
        `adam` (nothing else is changed), `scaled` (standardized inputs, where they are floats), `shuffled` (labels),
        `zeroed` (inputs), `free` (no penalties, where the model adds some to its loss) and `quiet` (no dropout and no
        noise, where a layer draws random numbers).
    """
    few = _balanced(data.values(rows.y), FEW)
    x, y, _ = rows.few(few)
    adam = keras.optimizers.Adam(0.003)
    adam.build(model.trainable_variables)
    started = [np.array(variable.numpy()) for variable in adam.variables]

    step = _step(model, adam)
    turned = np.random.default_rng(3).permutation(len(few))
    cases = {"adam": (x, y), "shuffled": (x, y[turned]), "zeroed": (mapped(np.zeros_like, x), y)}
    if all(np.issubdtype(array.dtype, np.floating) for array in arrays(x)):
        cases["scaled"] = (_standard(rows, x), y)
    steps = dict.fromkeys(cases, step)
    if model.losses and type(model).compute_loss is keras.Model.compute_loss:
        cases["free"], steps["free"] = (x, y), _step(model, adam, left_out=lambda: tf.add_n(model.losses))
    if any(getattr(layer, "_seed_generators", ()) for layer in model._flatten_layers()):
        cases["quiet"], steps["quiet"] = (x, y), _step(model, adam, training=False)
    result = {}
    for name, (inputs, labels) in cases.items():
        with unchanged(model):
            for variable, value in zip(adam.variables, started, strict=True):
                variable.assign(value)
            clock = Clock()
            losses: list[float] = []
            given, truth = tensors(inputs), tf.constant(labels)
            while len(losses) < 2 or (len(losses) < STEPS and clock.seconds() < seconds):
                losses.append(float(steps[name](given, truth)))
                clock = Clock() if len(losses) == 1 else clock
            result[name] = _probe(model, rows, inputs, few, losses, data.values(labels))
    return result


def _step(
    model: Any, adam: Any, *, left_out: Callable[[], Any] = float, training: bool = True
) -> Callable[[Any, Any], Any]:
    """Return a compiled step of Adam on the loss, in training or inference mode, without a part of it."""

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            predictions = model(x, training=training)
            loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=training) - left_out()
        variables = model.trainable_variables
        slopes = tape.gradient(loss, [variable.value for variable in variables])
        adam.apply([tf.zeros_like(v.value) if g is None else g for g, v in zip(slopes, variables, strict=True)])
        return loss

    return step  # type: ignore[no-any-return]


def _standard(rows: Rows, x: Any) -> Any:
    """Return inputs with mean 0 and deviation 1 in each column, measured on all finite training rows."""
    parts = iter(arrays(rows.x))

    def scaled(array: np.ndarray) -> np.ndarray:
        whole = next(parts).astype(np.float64)
        whole = whole[np.isfinite(whole.reshape(len(whole), -1)).all(axis=1)]
        deviation = whole.std(axis=0)
        result = (array - whole.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        return np.asarray(np.nan_to_num(result), array.dtype)

    return mapped(scaled, x)

"""Keras as its users write it: one model a trial, `compile`, `fit`; and the same at its best.

Option `as_is`: Keras' defaults. `best`: `steps_per_execution`, without XLA; `best_jit`: with XLA. A leading `warm_`
times further fits of models that are compiled already: what a step costs, tracing aside.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, losses, ops

from benchmarks import work
from benchmarks.work import Case, Job

STEPS_PER_EXECUTION = 32


def clipped(eps: float) -> Callable[[Any, Any], Any]:
    """Return the cross-entropy of Keras before it fused: probabilities, clipped, logarithm."""

    def loss(truth: Any, p: Any) -> Any:
        p = ops.clip(p / ops.sum(p, -1, keepdims=True), eps, 1.0 - eps)
        return -ops.sum(truth * ops.log(p), -1)

    return loss


def written(loss: Any) -> tuple[list[Any], Any]:
    """Layers after the last dense one, and the loss for `compile`."""
    kind = loss["kind"]
    table: dict[str, Callable[[], tuple[list[Any], Any]]] = {
        "fused": lambda: ([], losses.CategoricalCrossentropy(from_logits=True)),
        "clipped": lambda: ([layers.Softmax()], clipped(loss["eps"])),
        "naive": lambda: ([layers.Softmax()], lambda truth, p: -ops.sum(truth * ops.log(p), -1)),
        "keras": lambda: ([layers.Softmax()], "categorical_crossentropy"),
        "keras_logits_lost": lambda: ([layers.Softmax(), layers.Reshape((-1,))], "categorical_crossentropy"),
        "post": lambda: ([], lambda truth, z: tf.nn.softmax_cross_entropy_with_logits(tf.stop_gradient(truth), z)),
        "double_softmax": lambda: (
            [layers.Softmax(), layers.Reshape((-1,))],
            losses.CategoricalCrossentropy(from_logits=True),
        ),
        "label_smoothing": lambda: (
            [],
            losses.CategoricalCrossentropy(from_logits=True, label_smoothing=loss["alpha"]),
        ),
        "mse": lambda: ([layers.Softmax()], "mse"),
    }
    return table[kind]()


def activation(params: Any) -> Any:
    """Return the layer between the dense ones."""
    if params["kind"] == "leaky_relu":
        return layers.LeakyReLU(negative_slope=params["slope"])
    if params["kind"] == "relu_clamped":
        return layers.ReLU(max_value=params["maximum"])
    return layers.Activation(params["kind"])


def model(job: Job, **options: Any) -> Any:
    """Return the job's network, compiled, with its initial weights; `options` go to `compile`."""
    after, loss = written(job.loss)
    hidden = [layer for _ in range(work.DEPTH) for layer in (layers.Dense(job.width), activation(job.activation))]
    rows = work.rows()
    net = keras.Sequential([keras.Input((rows.inputs.shape[1],)), *hidden, layers.Dense(rows.labels.shape[1]), *after])
    net.compile(optimizer=keras.optimizers.Adam(job.learning_rate), loss=loss, metrics=["accuracy"], **options)
    net.set_weights(work.weights(job))
    return net


def fit(net: Any, job: Job, *, looks: bool, callbacks: tuple[Any, ...] = ()) -> dict[str, list[float]]:
    """Trains the job; loss and accuracy on the probe at look 0 and every `steps / looks` steps, or at the end only."""
    rows, batches = work.rows(), work.order(job)
    x, y = rows.inputs[batches.ravel()], rows.labels[batches.ravel()]
    options = {"batch_size": work.BATCH, "shuffle": False, "verbose": 0, "callbacks": list(callbacks)}
    probe = {"batch_size": len(rows.probe), "verbose": 0}
    if not looks:
        net.fit(x, y, **options)
        loss, accuracy = net.evaluate(rows.probe, rows.truth, **probe)
        return {"val_loss": [loss], "val_accuracy": [accuracy]}
    loss, accuracy = net.evaluate(rows.probe, rows.truth, **probe)
    seen = net.fit(
        x,
        y,
        epochs=job.looks,
        steps_per_epoch=job.steps // job.looks,
        validation_data=(rows.probe, rows.truth),
        validation_batch_size=len(rows.probe),
        **options,
    ).history
    return {"val_loss": [loss, *seen["val_loss"]], "val_accuracy": [accuracy, *seen["val_accuracy"]]}


def options(name: str, job: Job, looks: bool) -> dict[str, Any]:
    """Return what a variant hands to `compile`; steps of one execution end at an evaluation."""
    if name == "as_is":
        return {}
    steps = min(STEPS_PER_EXECUTION, job.steps // job.looks if looks else job.steps)
    return {"steps_per_execution": steps, "jit_compile": name == "best_jit"}


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that fits one model for each job, one after the other."""
    name = case.option.removeprefix("warm_")
    work.rows()
    made = {}
    if case.option.startswith("warm_"):
        made = {job.id: model(job, **options(name, job, case.looks)) for job in case.jobs}
        for job in case.jobs:
            fit(made[job.id], job, looks=case.looks)

    def run() -> Any:
        began, accuracies, ends = time.time(), dict[str, float](), list[float]()
        for job in case.jobs:
            if made:
                net = made[job.id]
                restart(net, job)
            else:
                keras.backend.clear_session()
                net = model(job, **options(name, job, case.looks))
            seen = fit(net, job, looks=case.looks)
            accuracies[job.id] = float(seen["val_accuracy"][-1])
            ends.append(time.time())
        if made:
            return work.answer(accuracies, trial_steps=sum(job.steps for job in case.jobs))
        return work.answer(accuracies, **work.scaled(began, ends))

    return run


def restart(net: Any, job: Job) -> None:
    """Reset a trained model to its initial weights without tracing it again."""
    net.set_weights(work.weights(job))
    for variable in net.optimizer.variables:
        if variable is not net.optimizer._learning_rate:
            variable.assign(np.zeros(variable.shape))

"""A network of `benchmarks.models` under Keras `fit`, compiled once, fitted again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from benchmarks import models, work
from benchmarks.peers import keras_fit
from benchmarks.work import Case


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that fits the network once more."""
    plain, steps = {"kind": "fused"}, models.STEPS
    looks = models.LOOKS
    job = work.Job(id="", seed=0, width=64, loss=plain, activation=plain, learning_rate=1e-3, steps=steps, looks=looks)
    (builder,) = case.words
    net = getattr(models, builder)()
    net.compile(
        optimizer=keras.optimizers.Adam(job.learning_rate),
        loss=net.loss,
        metrics=["accuracy"],
        **keras_fit.options(case.option, job, True),
    )

    keras_fit.fit(net, job, looks=True)

    def run() -> Any:
        keras_fit.fit(net, job, looks=True)
        return work.answer({}, trial_steps=job.steps)

    return run

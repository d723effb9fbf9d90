"""The small convolutional network of `benchmarks.cnn` under Keras `fit`, compiled once, fitted again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from benchmarks import cnn, work
from benchmarks.peers import keras_fit
from benchmarks.work import Case

LOOKS = 5


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that fits the network once more."""
    plain = {"kind": "fused"}
    job = work.Job(
        id="", seed=0, width=64, loss=plain, activation=plain, learning_rate=1e-3, steps=cnn.STEPS, looks=LOOKS
    )
    net = cnn.make()
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

"""KerasTuner's GridSearch over a sample of a grid: its own builds, fits, oracle and files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

import keras_tuner

from benchmarks import work
from benchmarks.peers import keras_fit
from benchmarks.work import Case, Job


class Network(keras_tuner.HyperModel):  # type: ignore[misc]
    """The networks of the jobs, chosen by one hyperparameter; what each reached, and when."""

    def __init__(self, jobs: tuple[Job, ...], looks: bool) -> None:
        super().__init__()
        self.jobs, self.looks = jobs, looks
        self.accuracies: dict[str, float] = {}
        self.ends: list[float] = []

    def build(self, hp: Any) -> Any:
        """Return a compiled model."""
        return keras_fit.model(self.jobs[hp.Choice("job", list(range(len(self.jobs))))])

    def fit(self, hp: Any, model: Any, *args: Any, callbacks: Any = (), **options: Any) -> Any:  # noqa: ARG002
        """Trains it; what the tuner compares."""
        job = self.jobs[hp.get("job")]
        seen = keras_fit.fit(model, job, looks=self.looks, callbacks=tuple(callbacks) if self.looks else ())
        self.accuracies[job.id] = float(seen["val_accuracy"][-1])
        self.ends.append(time.time())
        return self.accuracies[job.id]


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that searches the grid of the case's jobs."""
    work.rows()

    def run() -> Any:
        began, network = time.time(), Network(case.jobs, case.looks)
        with tempfile.TemporaryDirectory() as folder:
            tuner = keras_tuner.GridSearch(
                network,
                objective=keras_tuner.Objective("default_objective", "max"),
                max_trials=len(case.jobs),
                directory=folder,
                project_name="grid",
            )
            tuner.search(verbose=0)
        return work.answer(network.accuracies, **work.scaled(began, network.ends))

    return run

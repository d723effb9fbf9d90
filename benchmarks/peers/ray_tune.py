"""Ray Tune over a sample of a grid: one trial per core, actors kept warm from trial to trial."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

import ray
from ray import tune

from benchmarks import work
from benchmarks.serve import ONE_THREAD, QUIET
from benchmarks.turns import environment
from benchmarks.work import Case, Job


class Trainable(tune.Trainable):  # type: ignore[misc]
    """One network; Tune gives the same actor the next one when it is done."""

    def setup(self, config: dict[str, Any]) -> None:
        """Remembers which network."""
        self.own = config

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Let the same actor go on with another network."""
        self.own = new_config
        return True

    def step(self) -> dict[str, Any]:
        """Trains the whole network at once."""
        from benchmarks.peers import keras_fit

        job = Job(**self.own["job"])
        seen = keras_fit.fit(keras_fit.model(job), job, looks=self.own["looks"])
        return {
            "id": job.id,
            "accuracy": float(seen["val_accuracy"][-1]),
            "ended": time.time(),
            "done": True,
        }


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that starts Ray, tunes over the case's jobs, and ends Ray."""
    import dataclasses

    def run() -> Any:
        began = time.time()
        os.environ.update({"RAY_DEDUP_LOGS": "0", "RAY_AIR_NEW_OUTPUT": "0", "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"})
        surroundings = {**ONE_THREAD, **QUIET, "PYTHONPATH": environment()["PYTHONPATH"]}
        cores = len(os.sched_getaffinity(0))
        ray.init(
            num_cpus=cores,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": surroundings},
        )
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = tune.Tuner(
                    tune.with_resources(Trainable, {"cpu": 1}),
                    param_space={
                        "job": tune.grid_search([dataclasses.asdict(job) for job in case.jobs]),
                        "looks": case.looks,
                    },
                    tune_config=tune.TuneConfig(reuse_actors=True),
                    run_config=tune.RunConfig(
                        storage_path=folder,
                        verbose=0,
                        checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                    ),
                ).fit()
        finally:
            ray.shutdown()
        if found.errors:
            raise RuntimeError(f"Every job must be trained. Received: {found.errors[0]}")
        ends = [row.metrics["ended"] for row in found]
        return work.answer(
            {row.metrics["id"]: row.metrics["accuracy"] for row in found}, **work.scaled(began, ends, lanes=cores)
        )

    return run

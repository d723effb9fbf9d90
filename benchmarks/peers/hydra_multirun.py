"""The Hydra application of `hydra_app.py` on a sample of a grid: one multirun, basic launcher, a job a trial."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import work
from benchmarks.peers.hydra_app import RESULTS
from benchmarks.work import Case, Job


def experiment(job: Job) -> str:
    """Return the experiment file of a job."""
    scalars = ("id", "seed", "width", "learning_rate", "steps", "looks")
    return json.dumps(
        {"job": {name: getattr(job, name) for name in scalars}, "loss": job.loss, "activation": job.activation}
    )


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that starts the application once, for all jobs of the case."""

    def run() -> Any:
        began = time.time()
        with tempfile.TemporaryDirectory() as folder:
            trials = Path(folder) / "trial"
            trials.mkdir()
            for number, job in enumerate(case.jobs):
                (trials / f"t{number:05d}.yaml").write_text(f"# @package _global_\n{experiment(job)}\n")
            words = [f"--config-dir={folder}", "--multirun", "trial=glob(*)", f"looks={str(case.looks).lower()}"]
            results = Path(folder) / "results.jsonl"
            subprocess.run(
                [sys.executable, "-m", "benchmarks.peers.hydra_app", *words, f"hydra.sweep.dir={folder}/multirun"],
                check=True,
                env={**os.environ, RESULTS: str(results)},
            )
            lines = [json.loads(line) for line in results.read_text().splitlines()]
        if len(lines) < len(case.jobs):
            raise RuntimeError(f"Every job must leave a result. {len(lines)} of {len(case.jobs)} did.")
        ends = [line["ended"] for line in lines]
        return work.answer({line["id"]: line["accuracy"] for line in lines}, **work.scaled(began, ends))

    return run

"""What is to be trained, said so that every peer understands it: plain records, and arrays from NumPy alone.

A peer gets a `Case`: jobs (one network each), and the words with which `ablate` makes the same trials. Initial weights
and order of rows are ablate's, so a peer's loss curve can be laid over ours.
"""

from __future__ import annotations

import dataclasses
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ablate import configure, tasks
from ablate.core.study import Budget, Json, Trial, canonical
from ablate.design import designs
from ablate.remedies import initializer, input_scale

DEPTH, BATCH = 2, 32


@dataclass(frozen=True, kw_only=True)
class Job:
    """One network to train: a trial of a study that varies nothing but what is here.

    `loss` and `activation` are the parameters of those levels; the optimizer is Adam, as Keras has it.
    """

    id: str
    seed: int
    width: int
    loss: Json
    activation: Json
    learning_rate: float
    steps: int
    looks: int

    @property
    def stops(self) -> tuple[int, ...]:
        """Steps done at each look, look 0 first."""
        return Budget(steps=self.steps, looks=self.looks).schedule


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one side of a comparison is asked to do.

    Attributes:
        words: overrides of the study whose trials the jobs are.
        jobs: the networks, all of them or a sample.
        looks: whether to look 1 + `looks` times as a trial does, or at the end only.
        option: which variant of the peer.
    """

    words: tuple[str, ...]
    jobs: tuple[Job, ...] = ()
    looks: bool = True
    option: str = ""

    def text(self) -> str:
        """As JSON."""
        return json.dumps(dataclasses.asdict(self))


def read(text: str) -> Case:
    """Return the case that `Case.text` wrote."""
    found = json.loads(text)
    return Case(**{**found, "words": tuple(found["words"]), "jobs": tuple(Job(**job) for job in found["jobs"])})


def trials(words: Sequence[str]) -> list[Trial]:
    """Return the trials of the study that these overrides make."""
    return designs.trials(configure.compose(list(words)), lambda params: tasks.load(params).hash)


def job(trial: Trial) -> Job:
    """Return the job that this trial is.

    Raises:
        ValueError: the trial differs from the configs' baseline in something that a job does not say.
    """
    params = trial.setting.params()
    said = ("loss", "activation", "width", "learning_rate")
    plain = {**_plain(), **{name: params[name] for name in said}}
    if canonical(params) != canonical(plain):
        other = [name for name in params if name not in said and canonical(params[name]) != canonical(plain[name])]
        raise ValueError(f"Jobs differ in {', '.join(said)} only. Received a trial that changes {', '.join(other)}.")
    return Job(
        id=trial.id,
        seed=trial.seed,
        steps=trial.budget.steps,
        looks=trial.budget.looks,
        **{name: params[name] for name in said},
    )


@cache
def _plain() -> dict[str, Json]:
    return configure.compose(["task=digits", "optimizer=adam"]).baseline.params()


def sample(jobs: Sequence[Job], per_width: int, seed: int) -> tuple[Job, ...]:
    """So many random jobs of each width, in random order: cost goes with width, so no width may be missing."""
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    widths = sorted({job.width for job in jobs})
    drawn = [job for width in widths for job in rng.sample([job for job in jobs if job.width == width], per_width)]
    rng.shuffle(drawn)
    return tuple(drawn)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The digits: float32 rows and one-hot labels to train on, and the probe's."""

    inputs: np.ndarray
    labels: np.ndarray
    probe: np.ndarray
    truth: np.ndarray


@cache
def rows() -> Rows:
    """Return the digits as ablate scales and splits them."""
    task = tasks.load(_plain()["task"])
    scaled = input_scale.scale(_plain()["input_scale"], task.inputs, task.train_rows)
    one_hot = np.eye(task.classes, dtype=np.float32)[task.labels]
    return Rows(
        inputs=scaled[task.train_rows],
        labels=one_hot[task.train_rows],
        probe=scaled[task.probe_rows],
        truth=one_hot[task.probe_rows],
    )


def order(own: Job) -> np.ndarray:
    """Which rows each step sees, int32 [steps, batch]."""
    return tasks.order(own.seed, len(rows().inputs), BATCH, own.steps)


def weights(own: Job) -> list[np.ndarray]:
    """Return initial kernels and biases, float32, layer by layer; the output layer last."""
    features, classes = rows().inputs.shape[1], rows().labels.shape[1]
    sizes = [(0, features, own.width), *((layer, own.width, own.width) for layer in range(1, DEPTH))]
    found: list[np.ndarray] = []
    for layer, fan_in, fan_out in [*sizes, (-1, own.width, classes)]:
        drawn = initializer.draw(_plain()["initializer"], seed=own.seed, layer=layer, fan_in=fan_in, fan_out=fan_out)
        found += [drawn.astype(np.float32), np.zeros(fan_out, np.float32)]
    return found


def flops(width: int) -> float:
    """Multiplications and additions in the matrix products of one step: forward, by weights, by inputs."""
    features, classes = (int(part.shape[1]) for part in (rows().inputs, rows().labels))
    first, rest = features * width, (DEPTH - 1) * width * width + width * classes
    return BATCH * (4.0 * first + 6.0 * rest)  # nobody needs the derivative by the rows themselves


def answer(accuracies: Mapping[str, float], **more: float) -> dict[str, Any]:
    """Return what a peer reports: the last accuracy on the validation rows by job, and more."""
    return {"accuracies": dict(accuracies), **more}


def scaled(began: float, ends: Sequence[float], lanes: int = 1) -> dict[str, float]:
    """Extrapolate from some jobs to many: `each`, seconds a further job takes, and `fixed`, the rest.

    Args:
        began: when the peer began (`time.time`).
        ends: when each job ended.
        lanes: jobs done at once; the first of each lane may still be warming.
    """
    ends = sorted(ends)
    each = (ends[-1] - ends[lanes - 1]) / (len(ends) - lanes)
    return {"each": each, "fixed": max(0.0, time.time() - began - each * len(ends))}

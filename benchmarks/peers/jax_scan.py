"""JAX as a competent hand writes it: many networks at once by `vmap`, steps by `scan`, one `jit` around the whole.

Losses and activations that vary within a grid are selected per network inside one program of each width, by the
derivative at the logits, so that nobody's infinity reaches another. Adam is Keras': the same bias correction, and
epsilon outside the root.

Option `warm N`: all jobs at once, N times over, again and again, compiled once; `grid`: everything from the first
import, half of the jobs of each width at once, so that what a further stack takes can be told from compiling.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import work
from benchmarks.work import Case, Job

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


def mean_log(truth: Any, p: Any) -> Any:
    """Cross-entropy of probabilities."""
    return -(truth * jnp.log(p)).sum(-1).mean()


def fused(truth: Any, z: Any, eps: Any) -> Any:  # noqa: ARG001
    """Cross-entropy of logits."""
    return -(truth * jax.nn.log_softmax(z)).sum(-1).mean()


LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "fused": fused,
    "clipped": lambda truth, z, eps: mean_log(truth, jnp.clip(jax.nn.softmax(z), eps, 1.0 - eps)),
    "naive": lambda truth, z, _: mean_log(truth, jax.nn.softmax(z)),
    "double_softmax": lambda truth, z, _: fused(truth, jax.nn.softmax(z), 0.0),
    "label_smoothing": lambda truth, z, eps: fused(truth * (1.0 - eps) + eps / truth.shape[-1], z, eps),
    "mse": lambda truth, z, _: jnp.square(jax.nn.softmax(z) - truth).mean(),
}
SAME = {"keras": "fused", "post": "fused", "keras_logits_lost": "clipped"}
"""Formulations of Keras that compute what another does."""

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": jax.nn.relu,
    "leaky_relu": partial(jax.nn.leaky_relu, negative_slope=0.2),
    "relu_clamped": jax.nn.relu6,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "softplus": jax.nn.softplus,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
}


def loss_of(job: Job) -> tuple[str, float]:
    """Return the formulation of a job's loss, and its number."""
    kind = job.loss["kind"]
    return SAME.get(kind, kind), float(job.loss.get("alpha", job.loss.get("eps", 1e-7)))


def chosen(index: Any, branches: Sequence[Any]) -> Any:
    """Return the branch of that index; all of them are computed, as `lax.switch` under `vmap` would."""
    result = branches[0]
    for place, branch in enumerate(branches[1:], start=1):
        result = jax.tree.map(lambda new, old, here=place: jnp.where(index == here, new, old), branch, result)
    return result


def program(losses: Sequence[str], activations: Sequence[str], job: Job, looks: bool) -> Any:
    """(weights, rates, choices, order, inputs, labels, probe, truth) -> loss and accuracy, [networks, looks] each."""
    every = job.steps // job.looks if looks else job.steps

    def forward(weights: Any, choice: Any, x: Any) -> Any:
        for layer in range(work.DEPTH):
            x = x @ weights[2 * layer] + weights[2 * layer + 1]
            x = chosen(choice["activation"], [ACTIVATIONS[name](x) for name in activations])
        return x @ weights[-2] + weights[-1]

    def value_and_slope(truth: Any, z: Any, choice: Any) -> Any:
        both = [jax.value_and_grad(LOSSES[name], argnums=1)(truth, z, choice["number"]) for name in losses]
        return chosen(choice["loss"], both)

    def one(weights: Any, choice: Any, order: Any, inputs: Any, labels: Any, probe: Any, truth: Any) -> Any:
        def step(state: Any, batch: Any) -> Any:
            weights, m, v, done = state
            z, back = jax.vjp(lambda w: forward(w, choice, inputs[batch]), weights)
            (slopes,) = back(value_and_slope(labels[batch], z, choice)[1])
            done = done + 1.0
            m = jax.tree.map(lambda old, g: old + (1 - BETA_1) * (g - old), m, slopes)
            v = jax.tree.map(lambda old, g: old + (1 - BETA_2) * (g * g - old), v, slopes)
            rate = choice["rate"] * jnp.sqrt(1 - BETA_2**done) / (1 - BETA_1**done)
            weights = jax.tree.map(lambda w, a, b: w - rate * a / (jnp.sqrt(b) + EPSILON), weights, m, v)
            return (weights, m, v, done), None

        def look(weights: Any) -> Any:
            z = forward(weights, choice, probe)
            return value_and_slope(truth, z, choice)[0], (z.argmax(-1) == truth.argmax(-1)).mean()

        def interval(state: Any, batches: Any) -> Any:
            state, _ = jax.lax.scan(step, state, batches)
            return state, look(state[0])

        zeros = jax.tree.map(jnp.zeros_like, weights)
        first = look(weights)
        batches = order.reshape(-1, every, order.shape[-1])
        _, seen = jax.lax.scan(interval, (weights, zeros, zeros, 0.0), batches)
        return jax.tree.map(lambda head, rest: jnp.concatenate([head[None], rest]), first, seen)

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, None, None, None, None)))


def packed(jobs: Sequence[Job], losses: Sequence[str], activations: Sequence[str]) -> tuple[Any, Any, Any]:
    """Weights, choices and orders of the jobs, side by side."""
    weights = [np.stack(part) for part in zip(*map(work.weights, jobs), strict=True)]
    choices = {
        "loss": np.array([losses.index(loss_of(job)[0]) for job in jobs]),
        "number": np.array([loss_of(job)[1] for job in jobs], np.float32),
        "activation": np.array([activations.index(job.activation["kind"]) for job in jobs]),
        "rate": np.array([job.learning_rate for job in jobs], np.float32),
    }
    return weights, choices, np.stack([work.order(job) for job in jobs])


def trained(run: Callable[..., Any], jobs: Sequence[Job], losses: Sequence[str], activations: Sequence[str]) -> Any:
    """Loss and accuracy of the jobs, [jobs, looks + 1] each, as NumPy."""
    rows = work.rows()
    weights, choices, orders = packed(jobs, losses, activations)
    return jax.tree.map(np.asarray, run(weights, choices, orders, rows.inputs, rows.labels, rows.probe, rows.truth))


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that trains the case's jobs, stacked by width."""
    losses = sorted({loss_of(job)[0] for job in case.jobs})
    activations = sorted({job.activation["kind"] for job in case.jobs})
    programs: dict[int, Callable[..., Any]] = {}
    kind, _, times = case.option.partition(" ")
    warm_only = kind == "warm"
    case = dataclasses.replace(case, jobs=case.jobs * int(times or 1))

    def run() -> Any:
        began, accuracies, warm, count = time.time(), dict[str, float](), 0.0, 0
        for width in sorted({job.width for job in case.jobs}):
            jobs = [job for job in case.jobs if job.width == width]
            if width not in programs:
                programs[width] = program(losses, activations, jobs[0], case.looks)
            slots = len(jobs) if warm_only else len(jobs) // 2
            for first in range(0, len(jobs), slots):
                part, since = jobs[first : first + slots], time.time()
                _, accuracy = trained(programs[width], part, losses, activations)
                accuracies |= {job.id: float(curve[-1]) for job, curve in zip(part, accuracy, strict=True)}
                if first:  # the first stack of a width compiles
                    warm, count = warm + time.time() - since, count + len(part)
        if warm_only:
            return work.answer(accuracies, trial_steps=sum(job.steps for job in case.jobs))
        each = warm / count
        return work.answer(accuracies, each=each, fixed=max(0.0, time.time() - began - each * len(case.jobs)))

    if warm_only:
        run()
    return run

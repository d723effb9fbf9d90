"""JAX doing the same work as our engine: the same choices in a program, the same checks, the same signals.

Every program holds every formulation of the loss and every clipping, selected per network, and every activation,
switched once for all networks. Each step checks weights, loss and gradients for numbers that are not finite, and sums
what training shows. Each look measures every signal that a trial stores. Option: `warm`, as in `jax_scan`; a number
after it trains so many times the jobs at once, for JAX may be at its best with more networks than we stack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import work
from benchmarks.peers import jax_scan
from benchmarks.work import Case, Job

LOSSES = tuple(jax_scan.LOSSES)
ACTIVATIONS = tuple(jax_scan.ACTIVATIONS)
BOUND = 1.0


def clipped(kind: Any, gradients: list[Any], squares: list[Any]) -> list[Any]:
    """Return the gradients with the network's clipping: none, by norm, by the norm of all, by value."""
    norm = jnp.sqrt(sum(squares))
    ways: list[Callable[[Any, Any], Any]] = [
        lambda gradient, _: gradient,
        lambda gradient, square: gradient * (BOUND / jnp.maximum(jnp.sqrt(square), BOUND)),
        lambda gradient, _: gradient * (BOUND * jnp.minimum(1.0 / norm, 1.0 / BOUND)),
        lambda gradient, _: jnp.clip(gradient, -BOUND, BOUND),
    ]
    pairs = list(zip(gradients, squares, strict=True))
    return [jax_scan.chosen(kind, [way(gradient, square) for way in ways]) for gradient, square in pairs]


def forward(weights: list[Any], activation: Any, x: Any) -> tuple[Any, list[Any]]:
    """Return logits and hidden outputs; the activation is switched, not selected: all networks have the same."""
    hidden = []
    for layer in range(work.DEPTH):
        x = x @ weights[2 * layer] + weights[2 * layer + 1]
        x = jax.lax.switch(activation, [jax_scan.ACTIVATIONS[name] for name in ACTIVATIONS], x)
        hidden.append(x)
    return x @ weights[-2] + weights[-1], hidden


def value_and_slope(truth: Any, logits: Any, choice: Any) -> Any:
    """Return the network's loss and its gradient by the logits, selected among all formulations."""
    both = [jax.value_and_grad(jax_scan.LOSSES[name], argnums=1)(truth, logits, choice["number"]) for name in LOSSES]
    return jax_scan.chosen(choice["loss"], both)


def bad(tensors: Sequence[Any]) -> Any:
    """Return, for each tensor, whether a number in it is not finite."""
    return jnp.stack([~jnp.isfinite(jnp.sum(tensor * 0.0)) for tensor in tensors])


def noted(state: dict[str, Any], marks: Any, first: int, when: Any) -> dict[str, Any]:
    """Return the state with the first tensor that is not finite, and its step."""
    new = marks.any() & (state["bad_step"] == 0)
    return {
        **state,
        "bad_step": jnp.where(new, when, state["bad_step"]),
        "bad_tensor": jnp.where(new, first + jnp.argmax(marks), state["bad_tensor"]),
    }


def step(state: dict[str, Any], choice: Any, activation: Any, x: Any, truth: Any) -> dict[str, Any]:
    """Return the state after one more step."""
    weights, done = state["weights"], state["done"] + 1
    state = noted(state, bad(weights), 1 + len(weights), state["done"])
    logits, back = jax.vjp(lambda now: forward(now, activation, x)[0], weights)
    value, slope = value_and_slope(truth, logits, choice)
    (gradients,) = back(slope)
    squares = [jnp.sum(jnp.square(gradient)) for gradient in gradients]
    state = noted(state, ~jnp.isfinite(jnp.stack([value, *squares])), 0, done)
    gradients = clipped(choice["clipping"], gradients, squares)
    first, second = jax_scan.BETA_1, jax_scan.BETA_2
    m = [old + (1 - first) * (new - old) for old, new in zip(state["m"], gradients, strict=True)]
    v = [old + (1 - second) * (new * new - old) for old, new in zip(state["v"], gradients, strict=True)]
    rate = choice["rate"] * jnp.sqrt(1 - second ** done.astype(float)) / (1 - first ** done.astype(float))
    moved = zip(weights, m, v, strict=True)
    return {
        **state,
        "weights": [old - rate * a / (jnp.sqrt(b) + jax_scan.EPSILON) for old, a, b in moved],
        "m": m,
        "v": v,
        "done": done,
        "gradient_norm": jnp.sqrt(sum(squares)),
        "loss": state["loss"] + value * len(truth),
        "correct": state["correct"] + (logits.argmax(-1) == truth.argmax(-1)).sum(),
        "rows": state["rows"] + len(truth),
    }


def look(state: dict[str, Any], before: list[Any], choice: Any, activation: Any, x: Any, truth: Any) -> Any:
    """Return the state with its sums emptied, and every signal of one evaluation."""
    weights = state["weights"]
    state = noted(state, bad(weights), 1 + len(weights), state["done"])
    logits, hidden = forward(weights, activation, x)
    value, slope = value_and_slope(truth, logits, choice)
    size = jnp.sqrt(sum(jnp.sum(jnp.square(weight)) for weight in weights))
    moved = jnp.sqrt(sum(jnp.sum(jnp.square(new - old)) for new, old in zip(weights, before, strict=True)))
    predicted = logits.argmax(-1)
    shares = jax.nn.one_hot(predicted, logits.shape[-1]).mean(0)
    signals = {
        "loss": value,
        "accuracy": (predicted == truth.argmax(-1)).mean(),
        "top_share": shares.max(),
        "prediction_entropy": -jax.scipy.special.xlogy(shares, shares).sum(),
        "logit_mean": logits.mean(),
        "logit_gap": (logits.max(-1) - (logits * truth).sum(-1)).mean(),
        "zero_gradient_share": (slope == 0).all(-1).mean(),
        "train_loss": state["loss"] / state["rows"],
        "train_accuracy": state["correct"] / state["rows"],
        "gradient_norm": state["gradient_norm"],
        "weight_norm": size,
        "update_ratio": moved / jnp.maximum(state["rows"] / work.BATCH, 1) / size,
        "finite": state["bad_step"] == 0,
        "dead_share": [(units == 0).all(0).mean() for units in hidden],
        "unit_spread": [(units.max(-1) - units.min(-1)).max() for units in hidden],
    }
    return {**state, "loss": 0.0, "correct": 0, "rows": 0}, signals


def program(job: Job, looks: bool) -> Any:
    """Return (weights, choices, activation, order, inputs, labels, probe, truth) -> signals, [networks, looks] each."""
    every = job.steps // job.looks if looks else job.steps

    def one(weights: Any, choice: Any, activation: Any, order: Any, *rows: Any) -> Any:
        inputs, labels, probe, truth = rows
        zeros = [jnp.zeros_like(weight) for weight in weights]
        counts = dict.fromkeys(("bad_step", "bad_tensor", "done", "correct", "rows"), 0)
        state = {"weights": weights, "m": zeros, "v": zeros, **counts, "loss": 0.0, "gradient_norm": jnp.nan}
        state = jax.tree.map(jnp.asarray, state)

        def advance(state: Any, batch: Any) -> Any:
            return step(state, choice, activation, inputs[batch], labels[batch]), None

        def interval(state: Any, batches: Any) -> Any:
            before = state["weights"]
            state, _ = jax.lax.scan(advance, state, batches)
            new, signals = look(state, before, choice, activation, probe, truth)
            return jax.tree.map(lambda old, value: jnp.asarray(value, old.dtype), state, new), signals

        _, first = look(state, weights, choice, activation, probe, truth)
        _, rest = jax.lax.scan(interval, state, order.reshape(-1, every, order.shape[-1]))
        return jax.tree.map(lambda head, tail: jnp.concatenate([head[None], tail]), first, rest)

    return jax.jit(jax.vmap(one, in_axes=(0, 0, None, 0, None, None, None, None)))


def trained(run: Callable[..., Any], jobs: Sequence[Job]) -> dict[str, Any]:
    """Return every signal of the jobs, [jobs, looks + 1] each, as NumPy."""
    rows = work.rows()
    weights = [np.stack(part) for part in zip(*map(work.weights, jobs), strict=True)]
    choices = {
        "loss": np.array([LOSSES.index(jax_scan.loss_of(job)[0]) for job in jobs]),
        "number": np.array([jax_scan.loss_of(job)[1] for job in jobs], np.float32),
        "clipping": np.zeros(len(jobs), np.int32),
        "rate": np.array([job.learning_rate for job in jobs], np.float32),
    }
    (activation,) = {ACTIVATIONS.index(job.activation["kind"]) for job in jobs}
    orders = np.stack([work.order(job) for job in jobs])
    signals = run(weights, choices, activation, orders, rows.inputs, rows.labels, rows.probe, rows.truth)
    return dict(jax.tree.map(np.asarray, signals))


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that trains the case's jobs, so many times over as the option says, in one stack."""
    times = int(case.option.partition(" ")[2] or 1)
    run_program = program(case.jobs[0], case.looks)
    jobs = list(case.jobs) * times

    def run() -> Any:
        accuracy = trained(run_program, jobs)["accuracy"]
        last = {job.id: float(curve[-1]) for job, curve in zip(jobs, accuracy, strict=True)}
        return work.answer(last, trial_steps=sum(job.steps for job in jobs))

    run()
    return run

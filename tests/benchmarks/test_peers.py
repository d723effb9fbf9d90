"""A peer's network is ours: from the same weights and rows, the same curve. Otherwise no ratio means anything."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ablate import engine
from ablate.engine import program
from benchmarks import work
from benchmarks.peers import keras_fit
from tests.engine import small

WORDS = (
    "study=peers",
    "experiment=bench",
    "width=16",
    "seed=3",
    "steps=12",
    "looks=4",
    "activation=leaky_relu",
)


@pytest.fixture(scope="module")
def ours() -> dict[str, tuple[work.Job, np.ndarray, np.ndarray]]:
    """By loss: the job, our loss and our accuracy at each look."""
    found = {}
    with small.short_switches(("clipped", "fused"), ("leaky_relu",)):
        for stack in program.stacks(work.trials((*WORDS, "loss=clipped,fused,clipped_1e-3"))):
            for trial, curves in zip(stack.trials, engine.train(stack), strict=True):
                signals = curves.signals
                found[trial.setting["loss"].name] = (work.job(trial), signals["loss"], signals["accuracy"])
    return found


@pytest.mark.parametrize("loss", ["clipped", "fused", "clipped_1e-3"])
@pytest.mark.parametrize("option", ["as_is", "best"])
def test_keras_fit_follows_our_curve(
    ours: dict[str, tuple[work.Job, np.ndarray, np.ndarray]], loss: str, option: str
) -> None:
    job, losses, accuracies = ours[loss]
    net = keras_fit.model(job, **keras_fit.options(option, job, looks=True))
    seen = keras_fit.fit(net, job, looks=True)
    np.testing.assert_allclose(seen["val_loss"], losses, rtol=2e-5)
    np.testing.assert_allclose(seen["val_accuracy"], accuracies, atol=1.5 / 256)


def test_a_fit_without_looks_ends_where_one_with_looks_does(
    ours: dict[str, tuple[work.Job, np.ndarray, np.ndarray]],
) -> None:
    job, losses, _ = ours["fused"]
    seen = keras_fit.fit(keras_fit.model(job), job, looks=False)
    assert len(seen["val_loss"]) == 1
    np.testing.assert_allclose(seen["val_loss"][0], losses[-1], rtol=2e-5)


def test_a_model_that_starts_again_learns_the_same(ours: dict[str, tuple[work.Job, np.ndarray, np.ndarray]]) -> None:
    job, _, _ = ours["fused"]
    net = keras_fit.model(job)
    first = keras_fit.fit(net, job, looks=True)
    keras_fit.restart(net, job)
    np.testing.assert_allclose(keras_fit.fit(net, job, looks=True)["val_loss"], first["val_loss"], rtol=1e-6)


def test_jax_follows_our_curves(ours: dict[str, tuple[work.Job, np.ndarray, np.ndarray]]) -> None:
    pytest.importorskip("jax")
    from benchmarks.peers import jax_scan

    jobs = [job for job, *_ in ours.values()]
    losses, activations = sorted({jax_scan.loss_of(job)[0] for job in jobs}), ["leaky_relu"]
    run = jax_scan.program(losses, activations, jobs[0], looks=True)
    theirs, _ = jax_scan.trained(run, jobs, losses, activations)
    for mine, own in zip(theirs, ours.values(), strict=True):
        np.testing.assert_allclose(mine, own[1], rtol=2e-5)


def test_jax_doing_the_same_measures_our_signals() -> None:
    pytest.importorskip("jax")
    from benchmarks.peers import jax_same

    with small.short_switches(("clipped", "fused"), ("leaky_relu",)):
        (stack,) = program.stacks(work.trials((*WORDS, "loss=clipped,fused")))
        ours = engine.train(stack)
    theirs = jax_same.trained(jax_same.program(work.job(stack.trials[0]), looks=True), [*map(work.job, stack.trials)])
    for number, curves in enumerate(ours):
        for name in sorted({*theirs} - {"dead_share", "unit_spread", "finite"}):
            np.testing.assert_allclose(theirs[name][number], curves.signals[name], rtol=2e-4, atol=1e-6, err_msg=name)


def test_every_level_of_the_grid_is_known_to_the_peers() -> None:
    for trial in work.trials((*(word for word in WORDS if not word.startswith("activation=")), "activation=glob(*)")):
        job = work.job(trial)
        assert keras_fit.written(job.loss)[1] is not None
        assert keras_fit.activation(job.activation) is not None


def test_a_trial_that_changes_more_than_a_job_says_is_refused() -> None:
    (trial,) = work.trials(("optimizer=sgd", "seed=0"))
    with pytest.raises(ValueError, match="changes optimizer"):
        work.job(trial)


def test_a_sample_has_as_many_of_each_width_and_is_the_same_every_time() -> None:
    jobs = [work.job(trial) for trial in work.trials(("width=16,32,64", "loss=fused,mse", "seed=range(5)"))]
    drawn = work.sample(jobs, 4, seed=1)
    assert Counter(job.width for job in drawn) == {16: 4, 32: 4, 64: 4}
    assert len({job.id for job in drawn}) == 12
    assert drawn == work.sample(jobs, 4, seed=1) != work.sample(jobs, 4, seed=2)


def test_the_grids_are_as_large_as_they_say() -> None:
    for experiment, widths in {"bench": {16, 64, 128, 256}, "bench_narrow": {16, 32, 48, 64}}.items():
        jobs = [work.job(trial) for trial in work.trials((f"experiment={experiment}",))]
        assert len({job.id for job in jobs}) == 2_160
        assert {job.width for job in jobs} == widths


def test_scaling_leaves_out_what_does_not_grow() -> None:
    import time

    now = time.time()
    found = work.scaled(now - 20.0, [now - 8.0, now - 6.0, now - 4.0, now - 2.0])
    assert found["each"] == pytest.approx(2.0)
    assert found["fixed"] == pytest.approx(12.0, abs=0.5)
    two = work.scaled(now - 20.0, [now - 8.0, now - 8.0, now - 6.0, now - 6.0], lanes=2)
    assert two["each"] == pytest.approx(1.0)


def test_flops_are_those_of_the_products() -> None:
    # Forward and by weights: every layer; by inputs: all but the first.
    layers = [(64, 32), (32, 32), (32, 10)]
    assert work.flops(32) == 32 * (sum(4 * a * b for a, b in layers) + sum(2 * a * b for a, b in layers[1:]))

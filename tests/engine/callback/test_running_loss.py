"""The loss of the steps between two readings, the first that is not finite, and a jump to that of guessing."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.engine.callback import running_loss
from ablate.engine.callback.records import Look
from ablate.engine.callback.running_loss import RunningLoss


class Number:
    """A variable that can be read."""

    def __init__(self, value: float) -> None:
        self.value = value

    def numpy(self) -> float:
        return self.value


def session(*, classes: int | None = 3, **model: Any) -> Any:
    labels = None if classes is None else SimpleNamespace(classes=classes)
    return SimpleNamespace(
        step=0, losses=[], bad=None, looks=[], labels=labels, model=SimpleNamespace(**{"_loss_tracker": None, **model})
    )


def told(watched: Any, step: int, total: float, count: float) -> None:
    """Let `fit` be at a step, with these sums."""
    watched.step = step
    watched.model._loss_tracker = SimpleNamespace(total=Number(total), count=Number(count))


def test_a_reading_is_the_mean_since_the_one_before() -> None:
    watched = session()
    reads = RunningLoss(watched)
    assert reads.at == 1
    told(watched, 2, 6.0, 2.0)
    assert reads.read(0)
    told(watched, 5, 21.0, 5.0)
    assert reads.read(0)
    assert reads.read(0), "nothing new"
    assert watched.losses == [(2, 3.0), (5, 5.0)]
    reads.begins()
    told(watched, 6, 0.5, 0.25)
    reads.read(5)
    assert watched.losses[2:] == [(6, 2.0)], "Keras begins anew in each epoch"
    assert watched.bad is None


def test_nothing_is_read_before_the_first_step_of_an_epoch_or_without_a_tracker() -> None:
    watched = session()
    assert RunningLoss(watched).read(0)
    told(watched, 4, 8.0, 2.0)
    reads = RunningLoss(watched)
    assert reads.read(4)
    assert watched.losses == []
    reads.read(3)
    assert watched.losses == [(4, 4.0)]


def test_the_first_loss_that_is_not_finite_lies_after_the_last_that_was() -> None:
    watched = session()
    reads = RunningLoss(watched)
    for step, total in ((3, 6.0), (5, 9.0), (8, math.inf), (9, math.nan)):
        told(watched, step, total, float(step))
        reads.read(0)
    assert watched.bad == (5, 8)
    first = session()
    told(first, 4, math.nan, 4.0)
    RunningLoss(first).read(0)
    assert first.bad == (0, 4)
    second = session()
    reads = RunningLoss(second)
    for step, total in ((3, 6.0), (4, math.nan)):
        told(second, step, total, float(step))
        reads.read(0)
    assert second.bad == (3, 4)


@pytest.mark.parametrize(
    ("backend", "synced", "read"),
    [("jax", False, False), ("jax", True, True), ("jax", None, True), ("tensorflow", False, True)],
)
def test_jax_keeps_its_figures_until_they_are_synced(
    monkeypatch: pytest.MonkeyPatch, backend: str, synced: bool | None, *, read: bool
) -> None:
    backends = SimpleNamespace(backend=SimpleNamespace(backend=lambda: backend))
    monkeypatch.setattr(running_loss, "keras", backends)
    watched = session(**({} if synced is None else {"_jax_state_synced": synced}))
    told(watched, 1, 2.0, 1.0)
    assert RunningLoss(watched).read(0) is read
    assert watched.losses == ([(1, 2.0)] if read else [])


GUESS = math.log(3)
HIGH = [0.91 * GUESS] * 3


@pytest.mark.parametrize(
    ("loss", "since", "jumped"),
    [
        (0.49 * GUESS, HIGH, True),
        (0.5 * GUESS, HIGH, False),
        (0.49 * GUESS, [9.0, *HIGH[:2]], True),
        (0.49 * GUESS, [*HIGH[:2], 0.9 * GUESS], False),
        (0.49 * GUESS, HIGH[:2], False),
        (0.9 * GUESS, HIGH, False),
        (None, HIGH, False),
    ],
)
def test_a_loss_jumps_from_low_to_guessing_in_three_readings(
    loss: float | None, since: list[float], *, jumped: bool
) -> None:
    watched = session()
    reads = RunningLoss(watched)
    assert not reads.jumped
    watched.looks = [Look(step=0, epoch=0, loss=9.0), Look(step=10, epoch=0, loss=loss)]
    watched.losses = [(9, 5.0), (10, 5.0), *((11 + at, value) for at, value in enumerate(since))]
    assert reads.jumped is jumped


@pytest.mark.parametrize(("classes", "guessing"), [(None, math.log(2)), (1, math.log(2)), (5, math.log(5))])
def test_guessing_costs_the_logarithm_of_the_classes_two_at_least(classes: int | None, guessing: float) -> None:
    watched = session(classes=classes)
    watched.losses = [(step, 0.95 * guessing) for step in (11, 12, 13)]
    for share, jumped in ((0.45, True), (0.55, False)):
        watched.looks = [Look(step=10, epoch=0, loss=share * guessing)]
        assert RunningLoss(watched).jumped is jumped
    watched.losses = [(step, 0.85 * guessing) for step in (11, 12, 13)]
    watched.looks = [Look(step=10, epoch=0, loss=0.1)]
    assert not RunningLoss(watched).jumped

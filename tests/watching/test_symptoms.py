"""Signs that a training goes wrong, on courses written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.engine.callback.records import Course, Epoch, Look
from ablate.watching import figure_signs, symptoms

NAN = float("nan")


def course(accuracies: list[float], losses: list[float] | None = None, **known: Any) -> Course:
    """A course of 100 steps with a look every 100 / n steps, after one of the untrained network."""
    count = len(accuracies)
    falls = losses or [2.3] * count
    looks = [Look(step=0, epoch=0, train=0.1, loss=2.3)]
    looks += [
        Look(step=round(100 * (i + 1) / count), epoch=0, train=a, validation=a, loss=b)
        for i, (a, b) in enumerate(zip(accuracies, falls, strict=True))
    ]
    plain: dict[str, Any] = {
        "step": 100, "total": 100, "per_epoch": 10, "looks": tuple(looks), "train_rows": 256, "validation_rows": 256,
        "chance": 0.1, "validation_chance": 0.1, "classes": 10, "ended": True,
    }  # fmt: skip
    return Course(**{**plain, **known})


LEARNS = [0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.9, 0.9]
FALLS = [2.3, 2.2, 2.0, 1.7, 1.4, 1.1, 0.8, 0.6, 0.5, 0.4]


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (None, course(LEARNS, FALLS)),
        (None, course([0.1] * 10, FALLS, ended=False, total=500)),
        ("stuck", course([0.1] * 10, FALLS, ended=False, step=60)),
        (None, course([0.1] * 10, total=2000, ended=False)),
        (None, course([0.1, 0.5, 0.8, 0.1, 0.8, 0.8, 0.1, 0.8, 0.8, 0.8], FALLS)),
        ("stuck", course([0.1] * 10)),
        ("collapsed", course([0.3, 0.6, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1], FALLS)),
        ("diverged", course(LEARNS, FALLS, bad=(42, 43))),
        ("poor", course([0.2] * 5 + [0.4] * 5, FALLS)),
    ],
)
def test_each_sign_is_seen_and_no_other(code: str | None, seen: Course) -> None:
    sign = symptoms.symptom(seen)
    assert (sign.code if sign else None) == code


def test_the_step_is_named() -> None:
    fell = symptoms.symptom(course([0.3, 0.6, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1], FALLS))
    broke = symptoms.symptom(course(LEARNS, FALLS, bad=(42, 43)))
    assert fell is not None
    assert broke is not None
    assert (fell.since, broke.since) == (60, 43)
    assert "at step 43" in broke.what


def test_a_network_at_chance_early_counts_only_with_a_certain_cause() -> None:
    early = symptoms.symptom(course([0.1] * 10, total=600, ended=False))
    late = symptoms.symptom(course([0.1] * 10, total=300, ended=False))
    assert early is not None
    assert late is not None
    assert (early.settled, late.settled) == (False, True)


@pytest.mark.parametrize(("per_epoch", "first"), [(1, 20), (5, 25), (50, 30)])
def test_five_epochs_at_chance_suffice_where_an_epoch_has_few_steps(per_epoch: int, first: int) -> None:
    whole = course([0.1] * 20, ended=False, per_epoch=per_epoch)
    told = [step for step in range(5, 101, 5) if symptoms.symptom(_until(whole, step)) is not None]
    assert told[0] == first


def _until(whole: Course, step: int) -> Course:
    return replace(whole, step=step, looks=tuple(look for look in whole.looks if look.step <= step))


def test_a_network_at_chance_whose_loss_falls_counts_only_with_a_certain_cause_and_before_the_end() -> None:
    falls = symptoms.symptom(course([0.1] * 10, FALLS, ended=False))
    assert falls is not None
    assert (falls.code, falls.settled) == ("stuck", False)
    assert "while the loss falls to 0.4" in falls.what
    ended = symptoms.symptom(course([0.1] * 10, FALLS))
    assert ended is not None
    assert ended.code == "poor"


def test_weights_that_never_change_are_seen() -> None:
    still = course([0.1] * 10, total=1000)
    looks = tuple(replace(look, still=look.step > 0) for look in still.looks)
    sign = symptoms.symptom(replace(still, looks=looks, ended=False))
    assert sign is not None
    assert sign.code == "unchanged"


def test_a_network_that_learns_in_training_mode_is_not_stuck() -> None:
    epochs = tuple(Epoch(step=10 * n, epoch=n - 1, logs={"loss": 1.0, "accuracy": 0.8}) for n in range(1, 11))
    sign = symptoms.symptom(course([0.1] * 10, epochs=epochs))
    assert sign is not None
    assert sign.code == "apart"


def test_luck_of_the_untrained_network_is_no_learning() -> None:
    lucky = course([0.2] * 10)
    start = replace(lucky.looks[0], train=0.2, validation=0.2)
    sign = symptoms.symptom(replace(lucky, looks=(start, *lucky.looks[1:])))
    assert sign is not None
    assert sign.code == "stuck"


def test_overfitting_and_slowness_are_notes() -> None:
    epochs = tuple(
        Epoch(step=20 * n, epoch=n - 1, logs={"loss": 1.0 / n, "val_loss": loss})
        for n, loss in enumerate([1.0, 0.8, 0.9, 1.1, 1.4], 1)
    )
    assert [note.code for note in figure_signs.notes(course(LEARNS, FALLS, epochs=epochs))] == ["overfitting"]
    assert [note.code for note in figure_signs.notes(course([0.1] * 10, FALLS))] == ["slow"]


@pytest.mark.parametrize(("rise", "settled"), [(1.0, True), (1.01, True), (1.2, False)])
def test_a_network_at_chance_is_not_stuck_for_sure_while_its_rate_rises(rise: float, settled: bool) -> None:
    flat = course([0.1] * 10, total=300, ended=False)
    looks = tuple(replace(look, rate=1e-3 * rise**number) for number, look in enumerate(flat.looks))
    sign = symptoms.symptom(replace(flat, looks=looks))
    assert sign is not None
    assert sign.settled is settled
    last = symptoms.symptom(replace(flat, looks=looks, ended=True))
    assert last is not None
    assert last.settled, "when `fit` ends, it was stuck"


@pytest.mark.parametrize(("total", "settled", "alone"), [(500, False, False), (390, True, False), (200, True, True)])
def test_without_a_cause_a_network_is_stuck_from_half_of_the_steps_on(total: int, settled: bool, alone: bool) -> None:
    sign = symptoms.symptom(course([0.1] * 10, total=total, ended=False))
    assert sign is not None
    assert (sign.settled, sign.alone) == (settled, alone)

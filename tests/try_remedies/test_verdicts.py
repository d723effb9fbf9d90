"""What an answer says beside its counts: the metric, what is needed first, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.try_remedies import verdicts
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, ending, record


def known(reported: dict[str, float] | None = None, *, training: int = 90, mode: float | None = None) -> Record:
    """Return what is known of a program that learns and whose `fit` reports this."""
    lab = FakeLab(lambda *_: 0.9)
    one = record(lab, [change("rows=shuffled"), change("other")])
    more: dict[str, Any] = {} if mode is None else {"training_mode": mode}
    lab.seen[(), 0] = replace(ending(0.9, reported=reported or {}, **more), training_correct=training)
    return one


@pytest.mark.parametrize(
    ("reported", "mode", "offered"),
    [
        ({"accuracy": 0.1}, 0.9, True),
        ({"accuracy": 0.69}, 0.9, True),
        ({"accuracy": 0.71}, 0.9, False),
        ({"accuracy": 0.1}, 0.1, False),
        ({"accuracy": 0.1}, 0.29, False),
        ({"accuracy": 0.1}, 0.31, True),
        ({"accuracy": 0.9}, 0.1, False),
        ({"binary_accuracy": 0.1}, 0.9, True),
        ({"val_accuracy": 0.1, "loss": 0.1}, 0.9, False),
        ({}, 0.9, False),
    ],
)
def test_another_metric_is_offered_where_the_reported_one_is_far_from_what_is_counted(
    reported: dict[str, float], mode: float, offered: bool
) -> None:
    metric = verdicts._metric(known(reported, mode=mode))
    assert (metric is not None) is offered
    assert metric is None or (metric.causes, metric.weight) == (("wrong_metric",), 0.9)


def test_the_one_training_row_counts_as_one() -> None:
    one = known()
    one.lab.seen[(), 0] = replace(ending(0.9, reported={"accuracy": 1.0}), training_correct=1, training_rows=1)
    assert verdicts._metric(one) is None


def test_rows_are_shuffled_first_where_the_end_of_sorted_rows_is_split_off() -> None:
    one = known()
    rows = replace(one.situation.rows, sorted=True)
    for splits, order, count in ((True, rows, 1), (True, one.situation.rows, 0), (False, rows, 0)):
        one.situation = replace(one.situation, splits=splits, rows=order)
        assert [part.name for part in verdicts.needed(one)] == ["rows=shuffled"] * count


def test_of_a_network_that_learns_only_its_measuring_is_wrong() -> None:
    causes = [("wrong_metric", 0.4, ""), ("mode_gap", 0.39, ""), ("small_steps", 0.9, ""), *[("x", 0.1, "")] * 4]
    assert verdicts._shown(causes, "healthy") == causes[:1]
    assert verdicts._shown(causes, "stuck") == causes[:5]


@pytest.mark.parametrize(
    ("state", "stopped", "option", "said"),
    [
        ("stuck", "time", False, "run it again with more minutes (do it)."),
        ("stuck", "SIGINT", True, "run the same again (do it)."),
        ("unclear", "", True, "give more rows to validate on"),
        ("stuck", "", True, "put these lines into your program"),
        ("healthy", "", True, "put these lines into your program"),
        ("healthy", "", False, "chance is not what limits it"),
        ("stuck", "", False, "look at labels and inputs"),
    ],
)
def test_what_to_do_next(state: str, stopped: str, option: bool, said: str) -> None:
    one = known()
    chosen = verdicts._option(one, (change("other"),)) if option else None
    assert verdicts._next(one, state, chosen, stopped, "do it").startswith(said)
    assert "()" not in verdicts._next(one, state, chosen, stopped, "")


def test_the_measuring_is_repaired_on_three_fresh_seeds() -> None:
    one, told = known({"accuracy": 0.1}, mode=0.9), list[str]()
    verdicts.confirm_measuring(one, told.append)
    assert [part.part for part in one.chosen] == ["metric"]
    assert [seed for _, seed in one.lab.trained] == [100, 101, 102]  # type: ignore[attr-defined]
    assert len(told) == 1
    sound = known({"accuracy": 0.9})
    verdicts.confirm_measuring(sound, told.append)
    assert (sound.chosen, len(told)) == ((), 1)


def test_a_plain_answer_has_no_trial() -> None:
    plain = verdicts.plain("p", "error", "why", seconds=2.0)
    assert (plain.baseline.trials, plain.baseline.accuracy, plain.seconds, plain.causes) == (0, 0.0, 2.0, ())
    assert (plain.baseline.escaped, plain.baseline.learned, plain.baseline.low, plain.baseline.high) == (0, 0, 0.0, 0.0)
    assert np.isclose(verdicts._cause("elsewhere", 0.456, "e").sure, 0.46)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"graph": True, "layers": (None,) * 7, "loss": "hinge", "backend": "tensorflow"}, "7 layers, loss hinge, SGD"),
        ({"schedule": "Decay"}, "a model that is taken as it is, loss its own, SGD at 0.0125 with Decay; 100 rows"),
        ({"backend": "jax"}, "seeds 0, 1, 2. Its loss is computed as Keras does on jax: probabilities are clipped."),
        ({}, "100 rows, inputs (3,), 10 classes, 20 steps. Training it as it is, seeds 0, 1, 2."),
    ],
)
def test_the_first_line_says_what_the_program_is(facts: dict[str, Any], words: str) -> None:
    one = known()
    at = one.situation
    own = replace(at.facts, **{"optimizer": "SGD", "rate": 0.0125, "loss": "", **facts})
    one.situation = replace(at, facts=own, call=replace(at.call, arguments={"epochs": "5", "batch_size": "25"}))
    line = verdicts.preface(one)
    assert words in line
    assert ("probabilities" in line) is (own.backend == "jax")
    one.situation = replace(one.situation, rows=replace(at.rows, several=True))
    assert "several inputs" in verdicts.preface(one)
    one.situation = replace(one.situation, rows=replace(at.rows, shape=()))
    assert "inputs (numbers)" in verdicts.preface(one)

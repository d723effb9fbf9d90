"""Every state from hand-made curves, the rule's edges, and what must hold of any curves."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import STATES, Outcome, outcome_of

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1914, reference=0.98)
LOW, HIGH = 26, 71
"""The count of a constant prediction, and the smallest one above chance."""


Numbers = Sequence[float] | np.ndarray


def curves(
    correct: Sequence[float],
    loss: Numbers | None = None,
    start: Mapping[str, np.ndarray] | None = None,
    **given: Any,
) -> Curves:
    """Return curves with an evaluation every 16 steps; the loss is flat if not given."""
    flat = [2.3] * len(correct)
    signals = {
        "step": np.arange(len(correct), dtype=np.float32) * 16,
        "correct": np.array(correct, np.float32),
        "loss": np.array(flat if loss is None else loss, np.float32),
    }
    return Curves(id="0" * 16, signals=signals | dict(start or {}), **given)


def state(correct: Sequence[float], loss: Numbers | None = None, **given: Any) -> str:
    """Return the state of these curves."""
    return outcome_of(curves(correct, loss, **given), CHANCE).state


def test_failed_has_a_message_or_no_signals() -> None:
    assert state([HIGH] * 5, message="out of memory") == "failed"
    outcome = outcome_of(Curves(id="0", signals={}), CHANCE)
    assert outcome.state == "failed"
    assert outcome.time is None
    assert math.isnan(outcome.best_accuracy)
    assert state([HIGH] * 5, message="broken", bad_step=3) == "failed", "first match wins"


def test_diverged_remembers_whether_it_had_escaped() -> None:
    before = outcome_of(curves([LOW, LOW, HIGH, HIGH, HIGH, LOW], bad_step=65), CHANCE)
    assert (before.state, before.after_escape, before.time) == ("diverged", True, 32)
    edge = outcome_of(curves([LOW, LOW, HIGH, HIGH, HIGH, LOW], bad_step=64), CHANCE)
    assert (edge.state, edge.after_escape, edge.time) == ("diverged", False, None), "the third evaluation is not before"
    assert state([LOW, *[HIGH] * 6], bad_step=0) == "diverged"


def test_escaped_takes_the_first_evaluation_of_the_first_sustained_run() -> None:
    outcome = outcome_of(curves([LOW, HIGH, HIGH, LOW, HIGH, HIGH, HIGH, LOW, 200, 100, HIGH]), CHANCE)
    assert outcome == Outcome(
        state="escaped",
        time=64,
        after_escape=False,
        start_state="",
        best_accuracy=200 / 256,
        final_accuracy=71 / 256,
    )


def test_above_means_more_than_the_count() -> None:
    assert state([0, *[70] * 9]) == "stuck"
    assert state([0, *[71] * 9]) == "escaped"


def test_two_evaluations_are_not_sustained() -> None:
    assert state([LOW, HIGH, HIGH, LOW, HIGH, HIGH, LOW, LOW]) == "stuck"
    assert state([HIGH, HIGH]) == "stuck"


def test_slow_is_on_its_way_at_the_end_of_training() -> None:
    falls, rises = np.linspace(2.40, 2.20, 26), np.arange(26) * 2
    assert state(rises, falls) == "slow"
    assert state(rises, falls[::-1]) == "stuck", "the loss rises"
    assert state([LOW] * 26, falls) == "stuck", "no more rows are right than a constant prediction gets right"
    assert state([*[LOW] * 24, 80, 80], falls) == "slow", "above chance at the end, but not for three evaluations"


def test_unclear_ends_where_luck_and_half_of_all_learning_are_alike() -> None:
    near = Chance(rows=100, classes=2, majority=0.5, luck=0.6, reference=0.9)
    assert near.unclear == (70, 80)
    flat = {count: outcome_of(curves([50, *[count] * 25]), near).state for count in (69, 70, 80, 81)}
    assert flat == {69: "stuck", 70: "unclear", 80: "unclear", 81: "escaped"}
    assert outcome_of(curves([75] * 26), near).state == "stuck", "it started there, so it has learned nothing"
    assert outcome_of(curves([75, *[82] * 25]), near).state == "unclear", "it starts by luck where others have learned"
    assert state([LOW, *[60] * 25]) == "stuck", "this task's luck ends far below half of all learning"


def test_a_lucky_start_must_win_as_large_a_share() -> None:
    start, bar = 100, CHANCE.bar(100)
    assert bar == 129
    assert state([start] * 26) == "stuck", "above the level of chance, by luck from the first evaluation on"
    assert state([start, *[bar] * 25]) == "stuck"
    assert state([start, *[bar + 1] * 25]) == "escaped"
    phase = {"start_step": np.zeros(1), "start_correct": np.array([200.0]), "start_loss": np.array([0.3])}
    assert state([start] * 26, start=phase) == "escaped", "after a first phase the first evaluation is no untrained one"


def test_a_deep_fall_is_a_collapse_although_it_ends_above_chance() -> None:
    """Won up to 226 of 256 rows, 26 of them by a constant prediction: half of the gain is 126 rows."""
    assert state([LOW, *[226] * 10, *[126] * 5]) == "escaped"
    assert state([LOW, *[226] * 10, *[125] * 5]) == "collapsed"
    assert state([LOW, 256, *[226] * 10, *[126] * 5]) == "escaped", "a single evaluation was not held"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ([HIGH, LOW, HIGH], "escaped"),
        ([HIGH, HIGH, LOW], "escaped"),
        ([LOW, LOW, HIGH], "collapsed"),
        ([LOW] * 3, "collapsed"),
    ],
)
def test_the_end_is_the_median_of_the_last_three_evaluations(end: list[int], expected: str) -> None:
    outcome = outcome_of(curves([LOW, HIGH, HIGH, HIGH, LOW, *end], np.linspace(2.4, 1.0, 8)), CHANCE)
    assert (outcome.state, outcome.time, outcome.after_escape) == (expected, 16, False)


def test_stuck_is_the_rest() -> None:
    outcome = outcome_of(curves([LOW] * 26), CHANCE)
    assert (outcome.state, outcome.time, outcome.start_state) == ("stuck", None, "")
    assert outcome.best_accuracy == outcome.final_accuracy == LOW / 256


@pytest.mark.parametrize(
    ("correct", "loss", "expected"),
    [
        ([LOW, HIGH, HIGH, HIGH, LOW, LOW], [2.3] * 6, "collapsed"),
        ([LOW, 230, 230, 230, 60, CHANCE.count, CHANCE.count], [2.3] * 7, "collapsed"),
        ([LOW, 230, 230, 230, 60, 60, CHANCE.count + 1], [2.3] * 7, "above_chance"),
        ([LOW, HIGH, HIGH, HIGH, HIGH], [2.3] * 5, "escaped"),
        ([LOW] * 5, [2.3] * 5, "stuck"),
        ([*range(LOW, LOW + 26)], [*np.linspace(3.0, 2.0, 26)], "slow"),
        ([LOW, HIGH, HIGH, HIGH, LOW], [2.3, 2.3, math.nan, 2.3, 2.3], "diverged"),
        ([], [], "failed"),
    ],
)
def test_first_phase_is_judged_by_the_same_rule(correct: list[int], loss: list[float], expected: str) -> None:
    start = {
        "start_step": np.arange(len(correct), dtype=np.float32),
        "start_correct": np.array(correct, np.float32),
        "start_loss": np.array(loss, np.float32),
    }
    outcome = outcome_of(curves([HIGH] * 9, start=start), CHANCE)
    assert (outcome.start_state, outcome.state) == (expected, "escaped")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 256), min_size=1, max_size=40), st.integers(-1, 700), st.randoms(use_true_random=False))
def test_any_curves_have_one_state_that_fits(correct: list[int], bad_step: int, random: Random) -> None:
    loss = [random.uniform(0.0, 3.0) for _ in correct]
    outcome = outcome_of(curves(correct, loss, bad_step=bad_step), CHANCE)
    assert outcome.state in STATES
    bar = CHANCE.bar(correct[0])
    above = [count > bar for count in correct]
    runs = [index for index in range(len(above) - 2) if all(above[index : index + 3])]
    if bad_step >= 0:
        runs = [index for index in runs if 16 * (index + 2) < bad_step]
    assert (outcome.state == "diverged") == (bad_step >= 0)
    assert outcome.time == (16 * runs[0] if runs else None)
    assert (outcome.state in ("escaped", "collapsed") or outcome.after_escape) == bool(runs)
    if outcome.state == "escaped":
        assert sum(above[-3:]) >= 2
    assert outcome.best_accuracy >= outcome.final_accuracy


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 256), min_size=3, max_size=30), st.integers(1, 29))
def test_one_more_correct_evaluation_never_delays_an_escape(correct: list[int], index: int) -> None:
    better = list(correct)
    better[1 + index % (len(correct) - 1)] = 256
    first, second = outcome_of(curves(correct), CHANCE).time, outcome_of(curves(better), CHANCE).time
    assert first is None or (second is not None and second <= first)


def test_reading_is_fast() -> None:
    many = [curves(range(LOW, LOW + 26), np.linspace(2.4, 2.3, 26))] * 2000
    start = time.process_time()
    assert {outcome_of(one, CHANCE).state for one in many} == {"slow"}
    assert time.process_time() - start < 2.0, "100,000 trials are read in seconds, not minutes"

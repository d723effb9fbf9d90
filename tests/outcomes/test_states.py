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
from scipy.stats import kendalltau

from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import STATES, Outcome, _falls, _mann_kendall, outcome_of, state_of

CHANCE = Chance(
    rows=256, distinct=256, classes=10, majority=0.1, critical=54, band=70, reference=0.98, initial_loss=2.4
)
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
    assert state([HIGH] * 6, bad_step=0) == "diverged"


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
    assert outcome_of(curves([HIGH] * 4), CHANCE).time == 0


def test_above_means_more_than_the_count() -> None:
    assert state([70] * 9) == "stuck"
    assert state([71] * 9) == "escaped"
    assert state_of(np.arange(4), np.full(4, 60), np.ones(4), 59) == ("escaped", 0)


@pytest.mark.parametrize("end", [[LOW, HIGH, HIGH], [HIGH, LOW, HIGH], [HIGH, HIGH, LOW], [LOW] * 3])
def test_collapsed_is_not_above_at_all_of_the_last_three_evaluations(end: list[int]) -> None:
    outcome = outcome_of(curves([LOW, HIGH, HIGH, HIGH, LOW, *end], np.linspace(2.4, 1.0, 8)), CHANCE)
    assert (outcome.state, outcome.time, outcome.after_escape) == ("collapsed", 16, False)


def test_two_evaluations_are_not_sustained() -> None:
    assert state([LOW, HIGH, HIGH, LOW, HIGH, HIGH]) == "stuck"
    assert state([HIGH, HIGH]) == "stuck"


def test_slow_loss_falls_over_the_last_half() -> None:
    falls = [*[2.4] * 13, *np.linspace(2.30, 2.26, 13)]
    assert state([LOW] * 26, falls) == "slow"
    assert state([LOW] * 26, falls[::-1]) == "stuck", "it fell, but in the first half; then it was flat"
    assert state([LOW] * 26, [*[2.4] * 13, *np.linspace(2.30, 2.28, 13)]) == "stuck", "by less than 1 %"
    assert state([LOW] * 26, [*[2.4] * 13, *np.linspace(2.26, 2.30, 13)]) == "stuck", "it rises"
    noise = [2.30, 2.1, 2.4, 2.2, 2.45, 2.0, 2.5, 2.3, 2.2, 2.4, 2.1, 2.5, 2.26]
    assert state([LOW] * 26, [*[2.4] * 13, *noise]) == "stuck", "lower at the end, but without a trend"
    assert state([HIGH] * 26, falls) == "escaped"
    assert state([LOW] * 26, [*falls[:-1], math.inf]) == "stuck"


def test_a_short_fall_is_no_trend() -> None:
    assert not _falls(np.array([3.0, 2.0, 1.0]))
    assert not _falls(np.array([]))
    assert not _falls(np.array([1.0]))
    assert _falls(np.linspace(3.0, 1.0, 7))


def test_stuck_is_the_rest() -> None:
    outcome = outcome_of(curves([LOW] * 26), CHANCE)
    assert (outcome.state, outcome.time, outcome.start_state) == ("stuck", None, "")
    assert outcome.best_accuracy == outcome.final_accuracy == LOW / 256


@pytest.mark.parametrize(
    ("correct", "loss", "expected"),
    [
        ([LOW, HIGH, HIGH, HIGH, LOW], [2.3] * 5, "collapsed"),
        ([LOW, HIGH, HIGH, HIGH, HIGH], [2.3] * 5, "escaped"),
        ([LOW] * 5, [2.3] * 5, "stuck"),
        ([LOW] * 26, [*np.linspace(3.0, 2.0, 26)], "slow"),
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
    above = [count > CHANCE.count for count in correct]
    runs = [index for index in range(len(above) - 2) if all(above[index : index + 3])]
    if bad_step >= 0:
        runs = [index for index in runs if 16 * (index + 2) < bad_step]
    assert (outcome.state == "diverged") == (bad_step >= 0)
    assert outcome.time == (16 * runs[0] if runs else None)
    assert (outcome.state in ("escaped", "collapsed") or outcome.after_escape) == bool(runs)
    assert (outcome.state == "escaped") == (bad_step < 0 and len(above) >= 3 and all(above[-3:]))
    assert outcome.best_accuracy >= outcome.final_accuracy


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 256), min_size=3, max_size=30), st.integers(0, 29))
def test_one_more_correct_evaluation_never_undoes_an_escape(correct: list[int], index: int) -> None:
    better = list(correct)
    better[index % len(correct)] = 256
    assert not (state(correct) == "escaped" and state(better) != "escaped")
    first, second = outcome_of(curves(correct), CHANCE).time, outcome_of(curves(better), CHANCE).time
    assert first is None or (second is not None and second <= first)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=30))
def test_mann_kendall_is_kendalls_tau_against_time(values: list[int]) -> None:
    """SciPy's asymptotic p has no continuity correction, else the two are one test."""
    score, variance, p = _mann_kendall(np.array(values, float))
    if len(set(values)) == 1:
        assert (score, p) == (0, 1.0)
        return
    theirs = kendalltau(np.arange(len(values)), values, method="asymptotic")
    assert math.erfc(abs(score) / math.sqrt(2 * variance)) == pytest.approx(theirs.pvalue, rel=1e-9)
    assert np.sign(score) == np.sign(round(theirs.statistic, 12))
    assert theirs.pvalue <= p <= 1.0


def test_mann_kendall_is_near_the_exact_test() -> None:
    values = np.array([7, 9, 5, 8, 2, 6, 1, 3, 4, 0.0])
    exact = kendalltau(np.arange(10), values, method="exact").pvalue
    assert _mann_kendall(values)[2] == pytest.approx(exact, rel=0.25)
    assert 0.001 < exact < 0.05


def test_reading_is_fast() -> None:
    many = [curves([LOW] * 26, np.linspace(2.4, 2.3, 26))] * 2000
    start = time.process_time()
    assert {outcome_of(one, CHANCE).state for one in many} == {"slow"}
    assert time.process_time() - start < 2.0, "100,000 trials are read in seconds, not minutes"

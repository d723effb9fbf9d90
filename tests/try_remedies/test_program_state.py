"""In which state a program is, and what is said beside the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.engine.as_is.records import Ending, Facts
from ablate.try_remedies import program_state, rows_seen
from ablate.try_remedies.lab import key_of
from ablate.try_remedies.patch import Call
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, ending, record

ROWS = np.random.default_rng(0).normal(size=(24, 3))
CROSSED = "sparse_categorical_crossentropy"


def known(*endings: Ending, base: bool = False) -> Record:
    """Return what is known of a program whose first seeds ended like this."""
    one = record(FakeLab(lambda *_: 0.1), [])
    one.base = (change("rows=shuffled"),) if base else ()
    one.lab.seen |= {key_of(one.base, seed): ended for seed, ended in enumerate(endings)}
    return one


def in_states(states: Mapping[str, int], learned: int = 0) -> str:
    """Return the state of a program whose trials have these states."""
    one = known(*[ending(0.1)] * sum(states.values()))
    seen = replace(one.tally(()), states=states, learned=learned)
    one.tally = lambda *_: seen  # type: ignore[method-assign]
    return program_state.state_of(one)


@pytest.mark.parametrize(
    ("facts", "labels", "state", "says"),
    [
        ({"error": "ValueError: no"}, np.arange(24) % 2, "error", "cannot be built or called on these rows: ValueErr"),
        ({"several": True}, np.arange(24) % 2, "outside", "several outputs"),
        ({}, np.array([[1, 1, 0]] * 24), "outside", "multi-label"),
        ({"loss": CROSSED}, ROWS[:, 0], "error", f"(24 different values in 24 rows), and {CROSSED} needs classes"),
        ({"loss": "mse"}, ROWS[:, 0], "outside", "amounts (regression): 24 different values in 24 rows"),
        ({}, np.zeros(24, int), "error", "All rows have the same label"),
    ],
)
def test_what_is_no_problem_of_classes_is_said(
    facts: dict[str, Any], labels: np.ndarray, state: str, says: str
) -> None:
    answer = program_state.outside(Facts(**facts), rows_seen.see(ROWS, labels))
    assert answer is not None
    assert answer[0] == state
    assert says in answer[1]


def test_two_classes_are_enough() -> None:
    assert program_state.outside(Facts(loss=CROSSED), rows_seen.see(ROWS, np.arange(24) % 2)) is None


@pytest.mark.parametrize(
    ("states", "learned", "state"),
    [
        ({}, 0, "unknown"),
        ({"failed": 3}, 0, "error"),
        ({"failed": 2, "stuck": 1}, 0, "at times"),
        ({"failed": 1, "stuck": 2}, 0, "stuck"),
        ({"escaped": 3}, 3, "healthy"),
        ({"escaped": 1}, 1, "healthy"),
        ({"escaped": 2, "unclear": 1}, 2, "healthy"),
        ({"escaped": 2, "stuck": 1}, 2, "at times"),
        ({"escaped": 3}, 0, "little"),
        ({"escaped": 2, "stuck": 1}, 0, "little"),
        ({"escaped": 1, "stuck": 1, "collapsed": 1}, 0, "collapsed"),
        ({"unclear": 1, "slow": 1, "stuck": 1}, 0, "stuck"),
        ({"collapsed": 1, "failed": 1, "diverged": 1}, 0, "diverged"),
    ],
)
def test_the_state_is_that_of_most_trials_and_of_equally_many_the_worse(
    states: dict[str, int], learned: int, state: str
) -> None:
    assert in_states(states, learned) == state


def test_an_error_is_said_in_at_most_400_characters() -> None:
    text = program_state.says(known(*[Ending(error="x" * 500)] * 3), "error")
    assert text == f"`fit` raises: {'x' * 400}"


def test_rows_sorted_by_class_are_said_with_the_accuracy_of_the_program_as_it_is() -> None:
    one = known(*[ending(0.9)] * 3, base=True)
    one.lab.seen |= {((), seed): ending(0.27) for seed in (0, 1, 2)} | {((), 3): ending(0.9)}
    assert "(accuracy 0.27)" in program_state.says(one, "healthy")
    assert program_state.says(known(*[ending(0.9)] * 3), "healthy") == ""


@pytest.mark.parametrize(
    ("state", "training", "said"),
    [("stuck", 90, True), ("little", 90, True), ("collapsed", 90, True), ("slow", 90, False), ("stuck", 40, False)],
)
def test_a_network_that_is_right_on_its_training_rows_alone_is_told(state: str, training: int, said: bool) -> None:
    one = known(*[replace(ending(0.12), training_correct=training)] * 2)
    assert (f"right on {training / 100:.2f} of the training rows" in program_state.says(one, state)) is said


def test_the_training_rows_count_by_a_gain_of_more_than_a_fifth_beyond_the_others() -> None:
    for training, said in ((78, False), (84, True)):  # of .1 to .95: a fifth is .17; the others are .62
        one = known(replace(ending(0.62), training_correct=training, training_rows=100))
        assert ("does not carry over" in program_state.says(one, "little")) is said
    rows = [replace(ending(0.12), training_correct=right, training_rows=of) for right, of in ((90, 100), (150, 300))]
    assert "right on 0.60 of the training rows" in program_state.says(known(*rows), "stuck")
    assert program_state.says(known(replace(ending(0.12), training_correct=0, training_rows=0)), "stuck") == ""
    once = replace(ending(0.12), training_correct=1, training_rows=1)
    assert "right on 1.00" in program_state.says(known(once), "stuck")


def test_steps_that_are_missing_are_told_as_epochs_rounded_up() -> None:
    one = known(*[ending(0.1)] * 3)
    one.situation = replace(one.situation, call=Call(arguments={"epochs": "3", "batch_size": "25"}))  # 12 steps
    seen = replace(one.tally(()), more=1_234)
    assert "in about 1,234 more steps (309 epochs)." in program_state._why(one, "slow", seen)[0]
    one.situation = replace(one.situation, call=Call(arguments={"epochs": "1", "batch_size": "200"}))  # 1 step
    assert "(1,234 epochs)" in program_state._why(one, "slow", seen)[0]
    one.situation = replace(one.situation, call=Call(arguments={"epochs": "0", "batch_size": "200"}))
    assert "(1,234 epochs)" in program_state._why(one, "slow", seen)[0]


def test_little_is_told_with_half_of_what_an_ordinary_classifier_learns() -> None:
    one = known(*[ending(0.3)] * 3)
    assert one.bar.judged.reference == 0.95
    assert program_state.says(one, "little") == "Half of what an ordinary classifier learns is an accuracy of 0.53."


def test_trials_that_luck_explains_are_told_with_what_would_tell_them() -> None:
    one = known(*[ending(0.3)] * 3)
    level = replace(one.bar.chance, luck=0.6, reference=0.8)
    one.bar = replace(one.bar, chance=level, found=0.8)
    seen = replace(one.tally(()), states={"unclear": 2, "stuck": 1})
    (said,) = program_state._why(one, "unclear", seen)
    assert "cannot tell an accuracy" in said
    assert "validation rows" in said
    assert program_state._why(one, "stuck", replace(seen, states={"stuck": 3})) == []
    one.bar = replace(one.bar, chance=replace(level, p=0.5))
    assert program_state._why(one, "unclear", seen) == [], "labels that look unrelated are told elsewhere"


@pytest.mark.parametrize(
    ("accuracy", "training", "losses", "said"),
    [
        (0.55, 80, (1.0,) * 8, "right on 0.80 of the training rows and 0.55 of others"),
        (0.55, 66, (1.0,) * 8, "right on 0.66"),
        (0.55, 64, (1.0,) * 8, "an ordinary classifier is right on 0.95"),
        (0.89, 89, (1.0,) * 8, "an ordinary classifier is right on 0.95"),
        (0.91, 91, (1.0,) * 8, "chance is not what limits it"),
        (0.91, 91, (2.0, *[1.0] * 6, 0.94), "the validation loss still falls"),
        (0.91, 91, (2.0, *[1.0] * 6, 0.95), "chance is not what limits it"),
        (0.91, 91, (2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.9, 0.9), "chance is not what limits it"),
        (0.91, 91, (2.0, 1.0, 1.0, 1.0, 0.5), "the validation loss still falls"),
        (0.91, 91, (2.0, 1.0, 1.0, 0.5), "chance is not what limits it"),
    ],
)
def test_what_limits_a_network_that_learns(
    accuracy: float, training: int, losses: tuple[float, ...], said: str
) -> None:
    one = replace(ending(accuracy), training_correct=training, losses=losses)
    assert said in program_state.beyond_chance(known(one, one))


def test_the_loss_falls_only_if_it_does_on_every_seed() -> None:
    falls = replace(ending(0.91), losses=(2.0, *[1.0] * 6, 0.9))
    assert "still falls" in program_state.beyond_chance(known(falls, falls))
    assert "still falls" not in program_state.beyond_chance(known(falls, ending(0.91)))
    assert "still falls" not in program_state.beyond_chance(known())


def test_training_rows_of_several_seeds_are_counted_together() -> None:
    rows = [replace(ending(0.55), training_correct=right, training_rows=of) for right, of in ((90, 100), (150, 300))]
    assert "an ordinary classifier" in program_state.beyond_chance(known(*rows)), "240 of 400, not far from .55"
    once = replace(ending(0.55), training_correct=1, training_rows=1)
    assert "right on 1.00 of the training rows" in program_state.beyond_chance(known(once))

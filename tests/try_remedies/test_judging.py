"""States and gains of trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from ablate.engine.as_is.records import Ending
from ablate.try_remedies import judging
from tests.try_remedies.fake_lab import ending

BAR = replace(judging.guessed(np.arange(100) % 10), found=0.9)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (ending(0.9), "escaped"),
        (ending(0.1), "stuck"),
        (Ending(error="ValueError: no"), "failed"),
        (Ending(steps=tuple(range(6)), correct=(10, 90, 90, 90, 10, 10), losses=(1.0,) * 6, rows=100), "collapsed"),
        (
            Ending(steps=(0, 1, 2, 3), correct=(10,) * 4, losses=(1.0, 1.0, 1.0, float("nan")), rows=100, bad_step=2),
            "diverged",
        ),
        (Ending(steps=(0, 1), correct=(10,) * 2, losses=(1.0, float("nan")), rows=100, bad_step=0), "diverged"),
        (Ending(steps=(0, 1), correct=(10,) * 2, losses=(1.0, 1.0), rows=100, bad_step=1), "stuck"),
    ],
)
def test_states(one: Ending, state: str) -> None:
    assert judging.state_of(one, BAR) == state


def test_a_little_above_chance_is_escaped_and_not_learned() -> None:
    seen = judging.tally([ending(0.3), ending(0.9)], BAR)
    assert (seen.escaped, seen.learned) == (2, 1)
    assert not seen.works
    assert seen.words == "2 of 2 above chance, accuracy 0.30 to 0.90"
    assert judging.tally([], BAR).words == "not trained"
    ends = [replace(seen, low=0.9, high=high).words.partition("accuracy ")[2] for high in (0.904, 0.907)]
    assert ends == ["0.90", "0.90 to 0.91"]


def test_the_bar_is_above_the_most_frequent_class() -> None:
    few = judging.guessed(np.array([0] * 14 + [1] * 10))
    assert few.majority == pytest.approx(14 / 24)
    assert 19 <= few.chance.count < 24
    assert "ordinary classifier" not in few.text(), "none was asked"


def test_learned_is_more_than_half_of_what_an_ordinary_classifier_learns() -> None:
    assert [BAR.learned(accuracy) for accuracy in (0.1, 0.5, 0.52)] == [False, False, True]
    assert replace(BAR, found=0.5).learned(0.4)
    unrelated = replace(BAR, found=0.0, chance=replace(BAR.chance, p=0.4, reference=0.2))
    assert (unrelated.related, unrelated.reachable) == (False, 0.0)
    assert not unrelated.learned(0.4), "half of all, where nothing is known"


def test_a_network_on_its_way_is_told_its_steps() -> None:
    steps = tuple(range(0, 250, 10))
    rising = Ending(steps=steps, correct=tuple(range(2, 27)), losses=tuple(np.linspace(2.3, 2.0, 25)), rows=100)
    bar = replace(BAR, chance=replace(BAR.chance, luck=0.3))
    seen = judging.tally([rising], bar)
    assert seen.states == {"slow": 1}
    assert 100 <= seen.more <= 140
    assert seen.words == "0 of 1 above chance, accuracy 0.26, 1 slow"
    assert judging.tally([ending(0.9)], bar).more == 0


def test_weights_that_are_trained_already_are_no_lucky_start() -> None:
    trained = Ending(steps=tuple(range(6)), correct=(92,) * 6, losses=(0.3,) * 6, rows=100)
    assert judging.state_of(trained, BAR) == "escaped"


FEW = judging.Bar(chance=replace(judging.guessed(np.arange(24) % 2).chance, luck=1.0, reference=1.0))
"""24 rows of which luck may get all right."""


def right(training: int, start: int = 12, loss: float = 0.3) -> Ending:
    """Return a trial that gets all of its 24 judged rows right."""
    return Ending(
        steps=tuple(range(6)),
        correct=(start, start, *[24] * 4),
        losses=(0.7, *[loss] * 5),
        rows=24,
        training_correct=training,
        training_rows=120,
    )


def test_luck_on_few_rows_is_no_luck_where_the_training_rows_are_right_too() -> None:
    assert judging.state_of(right(60), FEW) == "unclear"
    assert judging.state_of(right(118), FEW) == "escaped"


def test_what_is_learned_by_heart_counts_only_where_there_is_something_to_learn() -> None:
    unrelated = replace(FEW, chance=replace(FEW.chance, p=0.4))
    unknown = replace(FEW, chance=replace(FEW.chance, reference=0.0))
    assert [judging.state_of(right(118), bar) for bar in (unrelated, unknown)] == ["unclear"] * 2


def test_a_start_that_is_right_by_luck_counts_once_the_loss_has_halved() -> None:
    assert judging.state_of(right(118, start=24, loss=0.36), FEW) == "unclear", "as right as its start"
    assert judging.state_of(right(118, start=24, loss=0.35), FEW) == "escaped"
    assert judging.state_of(right(60, start=24, loss=0.7), FEW) == "stuck"


def test_a_start_as_good_as_that_of_untrained_networks_is_not_trained_already() -> None:
    still = Ending(steps=tuple(range(6)), correct=(26,) * 6, losses=(0.7,) * 6, rows=100)
    assert judging.state_of(still, BAR) == "escaped"
    assert judging.state_of(still, replace(BAR, untrained=26)) == "stuck"


def test_a_seed_that_cannot_be_told_from_luck_does_not_make_a_program_ill() -> None:
    level = replace(judging.guessed(np.arange(30) % 2).chance, luck=0.6, reference=0.9)
    bar = judging.Bar(chance=level)

    def flat(right: int) -> Ending:
        return Ending(steps=tuple(range(6)), correct=(14, 14, *[right] * 4), losses=(0.6,) * 6, rows=30)

    seen = judging.tally([flat(27), flat(26), flat(22)], bar)
    assert seen.states == {"escaped": 2, "unclear": 1}
    assert judging.mostly_learned(seen)
    assert not judging.mostly_learned(judging.tally([flat(27), flat(22), flat(22)], bar))


def test_the_bar_of_guesses_is_the_first_count_that_one_in_two_hundred_exceeds() -> None:
    for labels in (np.arange(100) % 10, np.arange(60) % 3, np.array([0] * 30 + [1] * 10)):
        bar, rows = judging.guessed(labels), len(labels)
        beyond = [binom.sf(count, rows, bar.majority) for count in (bar.chance.count - 1, bar.chance.count)]
        assert beyond[1] <= 0.005 < beyond[0]
    assert "of all" not in judging.guessed(np.arange(100) % 10).text()
    alone = judging.guessed(np.array([0, 1]))
    assert alone.chance.count == 1, "a bar that no count exceeds would call nothing above chance"


def test_a_bar_at_all_rows_says_that_luck_may_be_right_about_them() -> None:
    few = judging.guessed(np.array([0] * 14 + [1] * 10))
    every = replace(few, chance=replace(few.chance, luck=1.0))
    assert every.text().startswith("luck may be right about all 24 rows")
    assert not few.text().startswith("luck may be")


def test_a_tally_holds_the_mean_the_ends_and_the_steps_in_the_middle() -> None:
    seen = judging.tally([ending(accuracy) for accuracy in (0.3, 0.6, 0.9)], BAR, (4, 5, 6))
    assert (seen.accuracy, seen.low, seen.high, seen.seeds) == (pytest.approx(0.6), 0.3, 0.9, (4, 5, 6))
    none = judging.tally([], BAR)
    assert (none.trials, none.accuracy, none.low, none.high, none.more) == (0, 0.0, 0.0, 0.0, 0)
    assert not none.works


@pytest.mark.parametrize(
    ("learned", "unclear", "trials", "mostly"),
    [(3, 0, 3, True), (2, 1, 3, True), (1, 2, 3, False), (2, 0, 2, False), (2, 0, 3, False), (4, 2, 6, True)],
)
def test_a_third_may_end_where_luck_and_learning_look_alike(
    learned: int, unclear: int, trials: int, mostly: bool
) -> None:
    seen = replace(judging.tally([ending(0.9)], BAR), trials=trials, learned=learned, states={"unclear": unclear})
    assert judging.mostly_learned(seen) == mostly


@pytest.mark.parametrize(("untrained", "most"), [(0, BAR.chance.count), (50, 50)])
def test_a_network_that_starts_above_chance_was_trained_before(untrained: int, most: int) -> None:
    steps, losses = tuple(range(0, 60, 10)), (1.0,) * 6
    still = {first: Ending(steps=steps, correct=(first,) * 6, losses=losses, rows=100) for first in (most, most + 1)}
    bar = replace(BAR, untrained=untrained)
    assert [judging.state_of(one, bar) for one in still.values()] == ["stuck", "escaped"]

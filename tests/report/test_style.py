from __future__ import annotations

from ablate.outcomes.states import STATES
from ablate.report.style import (
    OKABE_ITO,
    STATE_COLOURS,
    STATE_HATCHES,
    colour,
    count_rate,
    decimal,
    level_label,
    line,
    percent,
    power,
    short,
)


def test_every_state_has_a_colour_and_a_second_cue_of_its_own() -> None:
    assert set(STATE_COLOURS) == set(STATE_HATCHES) == set(STATES)
    assert len(set(STATE_COLOURS.values())) == len(set(STATE_HATCHES.values())) == len(STATES)


def test_a_levels_colour_and_line_depend_on_its_position_alone() -> None:
    assert [colour(position) for position in range(3)] == list(OKABE_ITO[:3])
    assert len({(colour(position), line(position)) for position in range(4 * len(OKABE_ITO))}) == 4 * len(OKABE_ITO)


def test_a_rate_of_no_trial_and_of_one() -> None:
    assert count_rate(0, 0, 0.0, 1.0) == "0/0"
    assert count_rate(1, 1, 0.2, 1.0) == "1/1 = 100\xa0% [20, 100]"


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert (short("a" * 28), short("a" * 29)) == ("a" * 28, "a" * 27 + "…")
    assert [level_label("b" * 29, 3), level_label("b", 1)] == ["b" * 27 + "… (n=3)", "b (n=1)"]


def test_a_tick_is_written_with_a_power_outside_of_a_thousandth_to_ten_thousand() -> None:
    ticks = (0.001, 0.0009, -0.001, 9999, 10_000, -20_000, 0)
    assert [power(tick) for tick in ticks] == ["0.001", "9e-4", "-0.001", "9999", "1e4", "-2e4", "0"]


def test_shares_and_accuracies_are_rounded_alike() -> None:
    assert (percent(0.5), decimal(0.5), decimal(0.5, sign=True)) == ("50\xa0%", ".50", "+.50")
    assert count_rate(1, 4, 0.05, 0.7) == "1/4 = 25\xa0% [5, 70]"

from __future__ import annotations

from ablate.outcomes.states import STATES
from ablate.report.style import OKABE_ITO, STATE_COLOURS, STATE_HATCHES, colour, count_rate, line


def test_every_state_has_a_colour_and_a_second_cue_of_its_own() -> None:
    assert set(STATE_COLOURS) == set(STATE_HATCHES) == set(STATES)
    assert len(set(STATE_COLOURS.values())) == len(set(STATE_HATCHES.values())) == len(STATES)


def test_a_levels_colour_and_line_depend_on_its_position_alone() -> None:
    assert [colour(position) for position in range(3)] == list(OKABE_ITO[:3])
    assert len({(colour(position), line(position)) for position in range(4 * len(OKABE_ITO))}) == 4 * len(OKABE_ITO)


def test_a_rate_of_no_trial_and_of_one() -> None:
    assert count_rate(0, 0, 0.0, 1.0) == "0/0"
    assert count_rate(1, 1, 0.2, 1.0) == "1/1 = 100\xa0% [20, 100]"

"""Power by enumeration of every pair of outcomes, and what follows from it."""

from __future__ import annotations

import itertools
import math

import pytest

from ablate.stats import contrasts, power
from ablate.stats.power import Family

ONE = Family(comparisons=1, strata=1, declared=True)


def enumerated(high: float, low: float, seeds: int, level: float) -> float:
    """The chance that McNemar's test of the report rejects in the right direction, over all numbers of pairs."""
    gained, lost = high * (1 - low), low * (1 - high)
    total = 0.0
    for up, down in itertools.product(range(seeds + 1), repeat=2):
        if up + down <= seeds and up > down:
            p = min(1.0, 2 * sum(math.comb(up + down, k) for k in range(up, up + down + 1)) / 2 ** (up + down))
            ways = math.comb(seeds, up) * math.comb(seeds - up, down)
            total += (p <= level) * ways * gained**up * lost**down * (1 - gained - lost) ** (seeds - up - down)
    return total


@pytest.mark.parametrize(("rate", "gap", "seeds"), [(0.0, 0.3, 20), (0.5, 0.3, 20), (0.2, 0.5, 13), (0.9, 0.3, 16)])
@pytest.mark.parametrize("comparisons", [1, 8])
def test_power_is_that_of_every_outcome(rate: float, gap: float, seeds: int, comparisons: int) -> None:
    family = Family(comparisons=comparisons, strata=1, declared=True)
    other = rate + gap if rate + gap <= 1 else rate - gap
    expected = enumerated(max(rate, other), min(rate, other), seeds, family.level)
    assert power.power(family, rate, gap, seeds) == pytest.approx(expected, abs=1e-9)


def test_the_fewest_seeds_reach_the_power_and_one_less_does_not() -> None:
    seeds = power.seeds_needed(ONE, 0.3, 0.2)
    assert seeds is not None
    assert power.power(ONE, 0.3, 0.2, seeds) >= power.ENOUGH > power.power(ONE, 0.3, 0.2, seeds - 1)


def test_more_comparisons_and_smaller_differences_need_more_seeds() -> None:
    many = Family(comparisons=24, strata=1, declared=False)
    counts = [power.seeds_needed(family, 0.0, gap) or 0 for family in (ONE, many) for gap in (0.3, 0.1)]
    assert counts == [25, 78, 40, 124]


def test_what_cannot_be_shown_is_none() -> None:
    assert power.smallest_difference(ONE, 0.0, 5) is None, "with 5 seeds p is at least .0625"
    assert contrasts.least_p(5) > power.ERROR
    assert power.power(ONE, 0.5, 0.6, 20) == 0.0, "no rate lies .6 away from one half"


def test_independent_pairs_of_a_seed_need_fewer_seeds_than_pairs_that_end_alike() -> None:
    family = Family(comparisons=1, strata=12, declared=True)
    need = power.needs(family, 0.5, 20)
    for fewest, most in need.seeds.values():
        assert fewest is not None
        assert most is None or fewest <= most
    assert need.smallest[0] is not None
    assert need.smallest[1] is not None
    assert need.smallest[0] <= need.smallest[1]


def test_what_is_needed_is_told_for_independent_pairs_and_for_pairs_that_end_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(power, "seeds_needed", lambda _family, rate, gap, *, alike: (rate, gap, alike))
    monkeypatch.setattr(power, "smallest_difference", lambda _family, rate, planned, *, alike: (rate, planned, alike))
    two = power.needs(Family(comparisons=1, strata=2, declared=True), 0.2, 12)
    assert two.seeds == {gap: ((0.2, gap, False), (0.2, gap, True)) for gap in (0.1, 0.2, 0.3)}
    assert two.smallest == ((0.2, 12, False), (0.2, 12, True))
    one = power.needs(ONE, 0.2, 12)
    assert one.seeds == {gap: ((0.2, gap, True),) * 2 for gap in (0.1, 0.2, 0.3)}


def test_either_level_may_be_the_better_one() -> None:
    up, down = (power._simulated(one, other, 12, 0.05, 2) for one, other in ((0.9, 0.1), (0.1, 0.9)))
    assert min(up, down) > 0.9


def test_a_p_value_that_equals_the_level_is_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert power._exact(1.0, 0.0, 5, 1 / 16) == 1.0
    assert power._exact(1.0, 0.0, 4, 1 / 16) == 0.0
    monkeypatch.setattr(power, "equality_p", lambda *_: 0.05)
    assert power._simulated(1.0, 0.0, 3, 0.05, 1) == 1.0
    assert power._simulated(1.0, 0.0, 3, 0.04, 1) == 0.0


def test_a_rate_that_rounding_puts_outside_of_0_to_1_is_the_end() -> None:
    """A sum of shares may lie a little above 1, or their difference a little below 0."""
    assert power.power(ONE, 0.0, 1 + 5e-10, 12) == power.power(ONE, 0.0, 1.0, 12) == pytest.approx(1.0)
    assert power.power(ONE, 0.6, 0.6 + 5e-10, 12) == power.power(ONE, 0.6, 0.6, 12) > 0


def test_a_rate_goes_up_unless_it_cannot_and_one_is_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "_simulated", lambda one, other, *more: (round(one, 9), other, *more))
    two = Family(comparisons=1, strata=2, declared=True)
    for rate, gap, other in ((0.7, 0.3, 1.0), (0.8, 0.3, 0.5), (0.2, 0.3, 0.5), (0.3, 0.7, 1.0), (0.75, 0.75, 0.0)):
        for alike, strata in ((True, 1), (False, 2)):
            expected: object = (other, rate, 9, two.level, strata)
            assert power.power(two, rate, gap, 9, alike=alike) == expected

"""Which settings are claimed: never more than were allowed for, because each may err."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ablate.core.study import Setting
from ablate.remedy_search import claim_choice, space
from ablate.remedy_search.cells import Cell, Claim
from ablate.remedy_search.claim_choice import Tried
from ablate.remedy_search.objectives import Evidence
from tests.remedy_search import planted

STUDY = planted.study()
SPACE = space.of(STUDY, None)


def setting(**levels: str) -> Setting:
    """Return the baseline with these levels."""
    named = {
        name: next(one for one in STUDY.factor(name).levels if one.name == level) for name, level in levels.items()
    }
    return STUDY.baseline.replace(**named)


ALONE = tuple(setting(**{name: f"{name}1"}) for name in "abcd")
"""Four settings of one change each, none of which contains another."""


def tried(claims: Sequence[Claim] = (), *, most: int, promising: Sequence[Setting] = ALONE) -> Tried:
    cells = {STUDY.baseline: 0} | dict.fromkeys(promising, 20)
    made = {
        one: Cell(
            setting=one,
            origin="sampled",
            evidence=Evidence(
                states={"escaped": escaped, "stuck": 20 - escaped}, limit=100, changes=len(SPACE.changed(one))
            ),
        )
        for one, escaped in cells.items()
    }
    given = {claim.setting: claim for claim in claims}
    return Tried(cells=made, claims=given, space=SPACE, seeds=20, target=0.8, most_claims=most)


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("choose", [claim_choice.first, claim_choice.last])
def test_there_are_never_more_claims_than_were_allowed_for(choose, most: int) -> None:
    for made in range(most + 1):
        # One is confirmed, so that `first` claims every other setting that cannot be made smaller.
        claims = [Claim(setting=one, confirmed=at == 0) for at, one in enumerate(ALONE[:made])]
        chosen = choose(tried(claims, most=most))
        assert len(chosen) + made <= most
        assert not set(chosen) & set(ALONE[:made])
    assert len(claim_choice.last(tried(most=most))) == most, "and as many as were allowed for, if there are as many"


def test_nothing_is_claimed_while_a_claim_waits_for_its_trials() -> None:
    waiting = tried([Claim(setting=ALONE[0])], most=3)
    assert claim_choice.first(waiting) == claim_choice.last(waiting) == []


def test_the_first_claim_is_of_one_setting_and_a_larger_one_is_never_claimed() -> None:
    both = setting(a="a1", b="b1")
    every = tried(most=4, promising=(*ALONE, both))
    assert len(claim_choice.first(every)) == 1
    assert both not in claim_choice.last(every)
    confirmed = [Claim(setting=ALONE[0], confirmed=True)]
    assert both not in claim_choice.first(tried(confirmed, most=4, promising=(both,)))


def test_a_setting_is_promising_with_all_seeds_and_a_rate_above_the_target() -> None:
    """Of 20 seeds 19 must escape: a claim of .8 is confirmed at that rate, and seldom at .8 itself."""
    given = tried(most=1)

    def cell(escaped: int, n: int) -> Cell:
        evidence = Evidence(states={"escaped": escaped, "stuck": n - escaped}, limit=100, changes=1)
        return Cell(setting=ALONE[0], origin="sampled", evidence=evidence)

    assert [claim_choice.promising(given, cell(k, n)) for k, n in ((19, 20), (18, 20), (19, 19))] == [
        True,
        False,
        False,
    ]

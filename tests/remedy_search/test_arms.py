"""How many batches are under way at a time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ablate.remedy_search import arms
from ablate.remedy_search.options import Search
from tests.remedy_search import planted


def test_two_batches_of_settings_are_under_way_until_the_settings_run_out_and_never_more() -> None:
    """A third would be chosen without knowing the results of the first."""
    found = planted.searcher(
        Search(sampler="TPESampler", trials=600, blocks=(4, 8, 20), batch=8, confirm=24, claims=2),
        planted.study((5, 5, 5, 4, 3)),
    )
    arm = found.arms[0]
    sweep = planted.Sweep(planted.rate_outcome(planted.two_needed))
    under_way = []
    ask = found.ask

    def counted(seen):
        wanted = ask(seen)
        under_way.append(sum(not batch.extra for batch in arm._open))
        return wanted

    found = type("Counted", (), {"ask": staticmethod(counted)})()
    sweep.run(found)
    assert max(under_way) == arms.OPEN == 2
    assert under_way[0] == 2
    assert under_way[-1] == 0
    assert len(arm.claims) <= 2


@pytest.mark.parametrize(("repeats", "asked"), [(arms.REPEATS - 1, arms.REPEATS), (arms.REPEATS, arms.REPEATS)])
def test_a_sampler_that_names_known_settings_is_asked_again_until_it_is_hopeless(repeats: int, asked: int) -> None:
    arm = planted.searcher(Search(sampler="TPESampler", trials=600, blocks=(4, 8, 20), confirm=24)).arms[0]
    known, fresh = arm.space.baseline, arm.sampling.suggest(None)
    assert fresh[1] != known
    arm._cell(known, "baseline")
    answers = [fresh, *[(None, known)] * repeats]
    arm.sampling = SimpleNamespace(suggest=lambda _pins: answers.pop())  # type: ignore[assignment]
    arm._suggested(1)
    assert repeats + 1 - len(answers) == asked


@pytest.mark.parametrize(("spent", "claimed"), [(0, 3), (528, 3), (529, 2), (552, 2), (553, 1), (577, 0), (700, 0)])
def test_as_many_claims_are_opened_as_the_trials_that_are_left_can_confirm(
    monkeypatch: pytest.MonkeyPatch, spent: int, claimed: int
) -> None:
    arm = planted.searcher(Search(sampler="TPESampler", trials=600, blocks=(4, 8, 20), confirm=24)).arms[0]
    arm._committed = spent
    monkeypatch.setattr(arms.claim_choice, "first", lambda _tried: ["a", "b", "c"])
    arm._opened = lambda cells, claims: SimpleNamespace(cells=cells, claims=claims)  # type: ignore[assignment, method-assign]
    batch = arm._claim_batch()
    assert (len(batch.claims) if batch else 0) == claimed
    assert batch is None or (batch.extra and not batch.cells)

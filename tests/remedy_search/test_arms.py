"""How many batches are under way at a time."""

from __future__ import annotations

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

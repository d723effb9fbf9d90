from __future__ import annotations

from collections import Counter

import pytest

from ablate.core.study import Trial
from ablate.outcomes.states import Outcome
from ablate.remedy_search import samplers
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from tests.remedy_search import planted
from tests.remedy_search.planted import Sweep, asked, named, rate_outcome, searcher, two_needed

QUICK = Search(sampler="TPESampler", trials=600, blocks=(4, 8, 20), batch=8, confirm=24, claims=2)
LARGE = (4, 4, 4, 3, 3, 3)


def run(search: Search = QUICK, order: int = 0, **options: object) -> tuple[Sweep, object]:
    found = searcher(search)
    sweep = Sweep(rate_outcome(two_needed), order=order, **options)  # type: ignore[arg-type]
    sweep.run(found)
    return sweep, found


def test_the_planted_pair_is_found_reduced_and_confirmed_on_fresh_seeds_and_nothing_else_is() -> None:
    found = searcher(QUICK)
    Sweep(rate_outcome(two_needed)).run(found)
    arm = found.arms[0]
    confirmed = [claim for claim in arm.claims.values() if claim.confirmed]
    smallest = min(confirmed, key=lambda claim: len(arm.space.changed(claim.setting)))
    assert named(smallest.setting) == {"a": "a0", "b": "b1", "c": "c2", "d": "d0"}
    assert all(two_needed(claim.setting) == 1.0 for claim in confirmed)
    for claim in confirmed:
        assert {trial.seed for trial in claim.trials}.isdisjoint(planted.study().seeds)
        assert len({trial.seed for trial in claim.trials}) == QUICK.confirm
        assert claim.evidence is not None
        assert claim.evidence.n == QUICK.confirm


def recorded(found: Searcher) -> list[object]:
    """What the answer says of when."""
    return [(arm.history, [claim.spent for claim in arm.claims.values()]) for arm in found.arms]


def test_what_is_asked_for_and_recorded_does_not_depend_on_the_order_of_results() -> None:
    wanted, said = [], []
    for order in range(3):
        found = searcher(QUICK, planted.study(LARGE))
        Sweep(rate_outcome(two_needed), order=order).run(found)
        wanted.append(asked(found))
        said.append(recorded(found))
    assert wanted[0] == wanted[1] == wanted[2]
    assert len(wanted[0]["search"]) > 300
    assert said[0] == said[1] == said[2]


def test_history_ends_with_all_trials_and_a_claim_has_paid_for_more_than_what_is_settled() -> None:
    found = searcher(QUICK, planted.study(LARGE))
    Sweep(rate_outcome(two_needed)).run(found)
    for arm in found.arms:
        trials = [trials for trials, _, _ in arm.history]
        assert trials == sorted(trials)
        assert trials[-1] == arm.settled == arm.spent == arm.paid
        assert all(QUICK.confirm < claim.spent <= QUICK.trials for claim in arm.claims.values())


@pytest.mark.parametrize("most", [1, 90, 333])
def test_killed_and_started_again_it_goes_on_and_trains_nothing_twice(most: int) -> None:
    whole = searcher(QUICK, planted.study(LARGE))
    uncut = Sweep(rate_outcome(two_needed))
    uncut.run(whole)
    sweep = Sweep(rate_outcome(two_needed), order=7)
    sweep.run(searcher(QUICK, planted.study(LARGE)), most=most)
    assert len(sweep.trained) == most
    again = searcher(QUICK, planted.study(LARGE))
    sweep.run(again)
    assert asked(again) == asked(whole)
    assert recorded(again) == recorded(whole)
    assert sorted(sweep.trained) == sorted(uncut.trained)
    assert max(Counter(sweep.trained).values()) == 1


@pytest.mark.parametrize("trials", [60, 100, 301, 600])
def test_no_arm_asks_for_more_than_its_budget(trials: int) -> None:
    found = searcher(
        Search(sampler="NSGAIISampler", trials=trials, batch=8, confirm=24, claims=2), planted.study(LARGE)
    )
    Sweep(rate_outcome(two_needed)).run(found)
    for arm in found.arms:
        names = asked(found)[arm.name]
        assert arm.spent == len(names) == len(set(names))
        assert arm.spent <= trials
        assert arm.spent >= 0.5 * trials or len(arm.cells) == arm.space.size


def test_seeds_come_in_blocks_and_only_settings_within_reach_of_the_target_get_more() -> None:
    found = searcher(QUICK, planted.study(LARGE))
    sweep = Sweep(rate_outcome(two_needed))
    sweep.run(found)
    sizes = Counter()
    for cell in found.arms[0].cells.values():
        sizes[len(cell.trials)] += 1
        assert [trial.seed for trial in cell.trials] == list(range(len(cell.trials)))
        first = sum(sweep.stored[trial.id].state == "escaped" for trial in cell.trials[:4])
        assert len(cell.trials) == 4 or first >= 2
    assert set(sizes) == {4, 8, 20}
    assert sizes[4] > sizes[8]


@pytest.mark.parametrize("state", ["stuck", "slow", "collapsed", "diverged"])
def test_how_a_trial_failed_to_escape_changes_nothing(state: str) -> None:
    short = Search(sampler="NSGAIISampler", trials=300, blocks=(4, 8, 20), batch=8, confirm=24, claims=2)
    found, other = searcher(short), searcher(short)
    Sweep(rate_outcome(two_needed, state)).run(found)
    Sweep(rate_outcome(two_needed, "stuck")).run(other)
    assert asked(found) == asked(other)
    assert found.arms[0].claims
    assert all(claim.confirmed is not None for claim in found.arms[0].claims.values())


def test_failed_trials_are_asked_for_again_a_bounded_number_of_times_and_then_count() -> None:
    good = rate_outcome(two_needed)

    def outcome(trial: Trial) -> Outcome:
        return Outcome(state="failed") if trial.seed == 1 else good(trial)

    found = searcher(QUICK)
    sweep = Sweep(outcome)
    sweep.run(found)
    often = Counter(sweep.trained)
    cells = found.arms[0].cells.values()
    assert {often[trial.id] for cell in cells for trial in cell.trials if trial.seed == 1} == {1 + QUICK.retries}
    assert {often[trial.id] for cell in cells for trial in cell.trials if trial.seed != 1} == {1}
    assert all(cell.evidence is not None and cell.evidence.n == len(cell.trials) for cell in cells)
    assert all(cell.evidence is not None and cell.evidence.states["failed"] == 1 for cell in cells)


def test_a_trial_that_fails_once_is_no_failure() -> None:
    good, failed = rate_outcome(two_needed), set[str]()

    def outcome(trial: Trial) -> Outcome:
        if trial.seed == 1 and trial.id not in failed:
            failed.add(trial.id)
            return Outcome(state="failed")
        return good(trial)

    found, other = searcher(QUICK), searcher(QUICK)
    Sweep(outcome).run(found)
    Sweep(good).run(other)
    assert asked(found) == asked(other)
    assert len(failed) > 10


def test_a_space_where_nothing_works_ends_without_a_claim() -> None:
    found = searcher(QUICK)
    Sweep(rate_outcome(lambda _: 0.0)).run(found)
    assert [arm.claims for arm in found.arms] == [{}, {}]
    assert len(found.arms[0].cells) == found.arms[0].space.size


def test_a_rate_below_the_target_is_hardly_ever_confirmed() -> None:
    wrong = made = 0
    for seed in range(12):
        search = Search(sampler="RandomSampler", trials=600, batch=8, confirm=24, claims=2, seed=seed)
        found = searcher(search, planted.study(LARGE))
        Sweep(rate_outcome(lambda setting: 0.78 if named(setting)["b"] == "b1" else 0.1)).run(found)
        claims = [claim for arm in found.arms for claim in arm.claims.values()]
        made += len(claims)
        wrong += sum(bool(claim.confirmed) for claim in claims)
    assert made >= 10
    assert wrong <= 1


def test_both_arms_have_the_same_budget_and_the_baseline_arm_is_random() -> None:
    found = searcher(QUICK)
    assert [(arm.name, arm.sampling.kind, arm.search.trials) for arm in found.arms] == [
        ("search", "TPESampler", 600),
        ("random", "RandomSampler", 600),
    ]


@pytest.mark.parametrize("sampler", sorted({*samplers.names()} - {*samplers.PACKAGES}))
def test_every_sampler_finds_the_pair_where_it_is_easy(sampler: str) -> None:
    found = searcher(Search(sampler=sampler, trials=900, batch=8, confirm=24, claims=2))
    Sweep(rate_outcome(two_needed)).run(found)
    assert any(claim.confirmed for claim in found.arms[0].claims.values())


@pytest.mark.parametrize("sampler", sorted(samplers.PACKAGES))
def test_samplers_of_extra_packages_find_it_too(sampler: str) -> None:
    pytest.importorskip(samplers.PACKAGES[sampler], reason=f"{sampler} needs a package of its own")
    easy = Search(sampler=sampler, trials=400, blocks=(4, 8), batch=8, confirm=16, claims=1, objectives=("rate",))
    found = searcher(easy)
    Sweep(rate_outcome(two_needed)).run(found)
    assert any(two_needed(cell.setting) == 1.0 for cell in found.arms[0].cells.values())
    assert len(found.arms[0].cells) >= 20

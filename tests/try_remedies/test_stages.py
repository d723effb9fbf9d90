"""What is asked for, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.study import Trial
from ablate.outcomes.states import Outcome
from ablate.try_remedies.candidates import Candidates
from tests.try_remedies.worlds import FUSED, ended, stages_of


def lucky(trial: Trial, changed: Mapping[str, str]) -> bool:
    """Half of the seeds escape as compiled; the fused loss brings all, Adam all but one, another width none."""
    if "width" in changed:
        return False
    if "loss" in changed:
        return True
    return trial.seed < 7 if "optimizer" in changed else trial.seed < 4


def test_what_does_harm_by_itself_is_not_among_all_at_once(stack: Candidates) -> None:
    stages = stages_of(stack)
    base = stack.study.baseline
    first = stages.ask({})

    def ends(trial: Trial) -> Outcome:
        changed = {name: level.name for name, level in trial.setting if level != base[name]}
        return Outcome(state="escaped" if lucky(trial, changed) else "stuck")

    seen = {trial.id: ends(trial) for trial in first[:-1]}
    assert not stages.second_stage_known(seen), "any level may do harm, so all are waited for"
    seen = {trial.id: ends(trial) for trial in first}
    assert stages.second_stage_known(seen)
    whole = dict(stages.whole(seen))
    assert "width" not in whole
    assert {"loss", "optimizer", "normalization"} <= set(whole)


def test_a_remedy_is_better_by_the_sign_test_on_the_same_seeds(stack: Candidates) -> None:
    stages = stages_of(stack)

    def seen(baseline: set[int], remedy: set[int]) -> dict[str, Outcome]:
        pairs = ((stages.setting(()), baseline), (stages.setting(FUSED), remedy))
        return {
            trial.id: Outcome(state="escaped" if trial.seed in good else "stuck")
            for setting, good in pairs
            for trial in stages.trials_of(setting)
        }

    every = set(range(8))
    assert stages.better(FUSED, seen({0, 1, 2}, every))  # 5 of 5: p = 1/32
    assert not stages.better(FUSED, seen({0, 1, 2, 3}, every))  # 4 of 4: p = 1/16
    assert not stages.better(FUSED, seen(every, every))
    assert stages.better(FUSED, seen({0}, every - {0}))  # 7 of 8: p = 9/256
    assert not stages.better(FUSED, seen({0, 1}, every - {0, 1}))  # 6 of 8: p = 37/256
    assert not stages.better(FUSED, {})


def test_stages_ask_again_for_the_same_after_a_stop(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    half = {trial.id: Outcome(state="stuck") for trial in first[::2]}
    assert stages.ask(half) == first


def test_the_second_stage_begins_when_what_it_depends_on_is_known(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    rivals = {"learning_rate", "schedule", "input_scale"}
    assert {name for name, levels in stages.remedies().items() if len(levels) > 1} == rivals
    base, seen = stack.study.baseline, {}
    for trial in first:
        changed = {name for name, level in trial.setting if level != base[name]}
        if changed <= rivals:
            assert stages.ask(seen) == first
            good = trial.setting["learning_rate"].params == 0.01
            seen[trial.id] = Outcome(state="escaped" if good else "stuck", time=16 if good else None)
    both = stages.ask(seen)
    assert both[: len(first)] == first
    later = {trial.setting for trial in both[len(first) :]}
    assert len(later) == 1 + len(stages.remedies())
    rates = {setting["learning_rate"].params for setting in later}
    assert rates == {0.01, base["learning_rate"].params}
    rest = [trial for trial in both if trial.id not in seen]
    # The third stage waits for all of the first, even where the second is over.
    seen |= {trial.id: Outcome(state="stuck") for trial in rest if trial not in first}
    assert stages.ask(seen) == first


def test_a_baseline_that_escapes_has_no_second_stage(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    seen = {trial.id: Outcome(state="escaped", time=16) for trial in first[:-1]}
    assert stages.ask(seen) == first


def test_the_best_level_of_a_factor_stands_for_it(stack: Candidates) -> None:
    stages = stages_of(stack)
    seen = ended(stages, lambda changed, _: changed.get("learning_rate") == "0.01" and len(changed) == 1)
    assert dict(stages.whole(seen))["learning_rate"] == "0.01"
    assert dict(stages.whole({}))["learning_rate"] == "0.0001"

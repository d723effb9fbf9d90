"""What is asked for, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.study import Trial
from ablate.outcomes.states import Outcome
from ablate.try_remedies.candidates import Candidates
from ablate.try_remedies.stages import FRESH
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

    def ends(trial: Trial) -> Outcome:
        changed = {name: level.name for name, level in trial.setting if level != base[name]}
        return Outcome(state="escaped" if lucky(trial, changed) else "stuck")

    whole = dict(stages.whole({trial.id: ends(trial) for trial in stages.ask({})}))
    assert "width" not in whole
    assert {"loss", "optimizer", "normalization"} <= set(whole)


def test_a_remedy_is_better_by_the_sign_test_on_the_same_fresh_seeds(stack: Candidates) -> None:
    stages = stages_of(stack)

    def seen(baseline: int, remedy: int) -> dict[str, Outcome]:
        pairs = ((stages.fresh_trials(()), baseline), (stages.fresh_trials(FUSED)[::-1], remedy))
        return {
            trial.id: Outcome(state="escaped" if place < count else "stuck")
            for trials, count in pairs
            for place, trial in enumerate(trials)
        }

    assert stages.better(FUSED, seen(4, 10))  # 6 of 6: p = 1/64 <= .05 / 3
    assert not stages.better(FUSED, seen(5, 10))  # 5 of 5: p = 1/32
    assert not stages.better(FUSED, seen(10, 10))
    assert stages.better(FUSED, seen(1, 9) | {stages.fresh_trials(())[0].id: Outcome(state="stuck")})
    assert stages.better(FUSED, seen(0, 6)), "seeds that end alike count for neither"
    assert not stages.better(FUSED, {})
    chosen = {trial.id: Outcome(state="escaped") for trial in stages.trials(FUSED)}
    assert not stages.better(FUSED, chosen), "the seeds of the choice prove nothing"


def test_the_best_three_of_the_smallest_sets_are_proven_on_fresh_seeds(stack: Candidates) -> None:
    stages = stages_of(stack)
    used = set(stack.study.seeds)
    first = stages.ask({})
    assert {trial.seed for trial in first} == used
    accuracy = {"loss": 0.9, "width": 0.3, "optimizer": 0.8, "initializer": 0.99}
    seen = {}
    for trial in first:
        (name,) = {name for name, level in trial.setting if level != stack.study.baseline[name]} or {""}
        good = name in accuracy and (name != "initializer" or trial.seed > 0)
        seen[trial.id] = Outcome(state="escaped" if good else "stuck", final_accuracy=accuracy.get(name, 0.1))
    best = [name for ((name, _),) in stages.smallest(seen)]
    assert best == ["loss", "optimizer", "width", "initializer"], "by escapes, then by accuracy"
    assert [name for ((name, _),) in stages.tested(seen)] == best[:3]
    fresh = stages.ask(seen)
    assert len(fresh) == 4 * FRESH, "the model as compiled is trained on them, too"
    assert not {trial.seed for trial in fresh} & used
    assert stages.confirmation(FUSED, seen) is None
    seen |= {trial.id: Outcome(state="escaped" if trial.seed % 5 else "stuck") for trial in fresh}
    assert stages.ask(seen) == []
    proof = stages.confirmation(FUSED, seen)
    assert proof is not None
    assert (proof.escaped, proof.n, proof.tested, proof.confirmed) == (8, 10, 3, False)


def test_no_sets_are_trained_where_a_remedy_works_alone(stack: Candidates) -> None:
    stages = stages_of(stack)
    seen = ended(stages, lambda changed, _: "loss" in changed)
    assert {len(levels) for stage in stages.stages(seen) for levels in stage} == {0, 1}
    assert len(seen) == len(stages.ask({})) + 2 * FRESH


def test_stages_ask_again_for_the_same_after_a_stop(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    half = {trial.id: Outcome(state="stuck") for trial in first[::2]}
    assert stages.ask(half) == first


def test_a_baseline_that_escapes_has_no_second_stage(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    seen = {trial.id: Outcome(state="escaped", time=16) for trial in first[:-1]}
    assert stages.ask(seen) == first
    seen[first[-1].id] = Outcome(state="escaped", time=16)
    assert stages.ask(seen) == []


def test_the_best_level_of_a_factor_stands_for_it(stack: Candidates) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    seen = {
        trial.id: Outcome(
            state="escaped" if trial.setting["learning_rate"].name == "0.01" and trial.seed < 3 else "stuck"
        )
        for trial in first
    }
    assert dict(stages.whole(seen))["learning_rate"] == "0.01"
    assert dict(stages.whole({}))["learning_rate"] == "0.0001"

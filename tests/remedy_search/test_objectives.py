from __future__ import annotations

import math

import pytest

from ablate.configure import compose
from ablate.outcomes.states import Outcome
from ablate.remedy_search import objectives, options, samplers, space
from ablate.remedy_search.options import Search
from ablate.stats import rates
from tests.remedy_search import planted


def evidence(states: dict[str, int], times: tuple[int, ...] = (), changes: int = 2) -> objectives.Evidence:
    return objectives.Evidence(states=states, times=times, limit=100, changes=changes, cost=3.0)


def test_the_rate_is_the_exact_lower_bound_and_failed_trials_are_in_its_denominator() -> None:
    got = objectives.values(evidence({"escaped": 3, "failed": 1, "diverged": 1}, (10, 20, 30)), ["rate"])
    low, _ = rates.clopper_pearson(3, 5, confidence=0.9)  # type: ignore[arg-type]
    assert got == [pytest.approx(float(low))]


@pytest.mark.parametrize(
    ("states", "times", "expected"),
    [
        ({"escaped": 3, "stuck": 1}, (30, 10, 20), 20.0),
        ({"escaped": 2, "stuck": 2}, (10, 20), 20.0),
        ({"escaped": 1, "stuck": 2}, (10,), 101.0),
        ({"diverged": 4}, (), 101.0),
    ],
)
def test_the_median_time_counts_those_that_never_escape(
    states: dict[str, int], times: tuple[int, ...], expected: float
) -> None:
    assert objectives.values(evidence(states, times), ["time"]) == [expected]


def test_every_objective_is_finite_whatever_happened() -> None:
    for states in ({"failed": 4}, {"diverged": 4}, {"stuck": 4}, {"escaped": 4}):
        own = evidence(states, (5,) * states.get("escaped", 0))
        assert all(math.isfinite(value) for value in objectives.values(own, options.OBJECTIVES))


def test_the_names_in_the_configs_are_those_there_are() -> None:
    assert set(options.OBJECTIVES) == set(objectives.OBJECTIVES)


def test_dominance_follows_each_objectives_direction() -> None:
    names = ("rate", "changes")
    assert objectives.better((0.9, 1.0), (0.8, 1.0), names)
    assert objectives.better((0.9, 1.0), (0.9, 2.0), names)
    assert not objectives.better((0.9, 1.0), (0.9, 1.0), names)
    assert not objectives.better((0.9, 3.0), (0.8, 1.0), names)


def test_a_step_costs_three_multiply_adds_a_weight_and_row() -> None:
    setting = compose(["width=8", "depth=2", "batch_size=10"]).baseline
    assert objectives.step_cost(setting, features=64, classes=10) == pytest.approx(
        3 * (64 * 8 + 8 * 8 + 8 * 10) * 10 / 1e6
    )


def test_only_escaped_trials_times_are_read() -> None:
    found = objectives.gather(
        [Outcome(state="escaped", time=10), Outcome(state="collapsed", time=5), Outcome(state="diverged", time=7)],
        limit=100,
        changes=0,
    )
    assert (found.n, found.escaped, found.times) == (3, 1, (10,))


def test_auto_goes_over_to_nsga2_when_much_is_known_and_keeps_what_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "SWITCH_AT", 60)
    own = space.of(planted.study((4, 4, 4, 4)))
    sampling = samplers.Sampling(kind="auto", space=own, search=Search())
    for number in range(64):
        asked, setting = sampling.suggest()
        assert type(sampling._base).__name__ == ("TPESampler" if number < 60 else "NSGAIISampler")
        sampling.tell([asked], setting, [number / 64, 1.0, float(len(own.changed(setting)))])
    known = sampling.study.get_trials(deepcopy=False)
    assert len(known) == 64
    assert [trial.system_attrs[samplers.GENERATION] for trial in known[:60]] == [0] * 60
    assert [trial.system_attrs[samplers.GENERATION] for trial in known[60:]] == [1] * 4


def test_a_sampler_hears_of_settings_it_did_not_suggest() -> None:
    own = space.of(planted.study())
    sampling = samplers.Sampling(kind="NSGAIISampler", space=own, search=Search())
    sampling.tell([], own.baseline, [0.5, 10.0, 0.0])
    (trial,) = sampling.study.get_trials(deepcopy=False)
    assert (trial.params, trial.values) == (own.params(own.baseline), [0.5, 10.0, 0.0])


def test_shapes_are_kept_when_they_are_given() -> None:
    own = space.of(compose(["loss=clipped,fused", "learning_rate=0.1,0.01,0.001", "width=16,32,64", "depth=1,2"]))
    for kind in samplers.PINNED:
        sampling = samplers.Sampling(kind=kind, space=own, search=Search())
        for _ in range(30):
            asked, setting = sampling.suggest({"width": 2, "depth": 0})
            assert (setting["width"].params, setting["depth"].params) == (64, 1)
            sampling.tell([asked], setting, [0.1, 1.0, 1.0])

"""Hitting sets and ablation paths."""

from __future__ import annotations

import numpy as np

from ablate.stats import remedy_sets, sufficiency
from validation import worlds


def test_hitting_sets_are_minimal_and_hit():
    rng = np.random.default_rng(0)
    for _ in range(50):
        family = worlds.antichain(rng, [f"r{number}=on" for number in range(6)])
        found = remedy_sets.hitting_sets(family)
        expected = [each for each in worlds.subsets(sorted(set().union(*family))) if all(each & one for one in family)]
        minimal = {each for each in expected if not any(other < each for other in expected)}
        assert set(found) == minimal
    assert remedy_sets.hitting_sets([]) == ()
    assert remedy_sets.hitting_sets([frozenset()]) == ()
    pairs = [frozenset({f"a{place}", f"b{place}"}) for place in range(30)]
    assert len(remedy_sets.hitting_sets(pairs[:5])) == 32
    assert remedy_sets.hitting_sets(pairs) is None


def test_a_path_takes_the_best_step_each_time():
    sets = worlds.subsets(["a=on", "b=on", "c=on"])
    escaped = np.array([20 if "a=on" in remedies else 0 for remedies in sets])
    steps = remedy_sets.path(sufficiency.analyse(sets, escaped, np.full(len(sets), 20)).sets)
    assert list(steps["added"])[:2] == ["", "a=on"]
    assert len(steps) == 4
    assert list(steps["rate"]) == [0, 1, 1, 1]

"""Remedy sets: planted lattices, what is unknown, and what follows from the minimal sets."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import ConfigError
from ablate.stats import claims, sufficiency
from validation import worlds

A, B, C = "a=on", "b=on", "c=on"


def exactly(good, *, n=20, names=(A, B, C), leave_out=()):
    sets = [each for each in worlds.subsets(names) if each not in leave_out]
    return sufficiency.analyse(sets, np.array([n if good(each) else 0 for each in sets]), np.full(len(sets), n))


def row(found, *names):
    return found.sets[[each == tuple(sorted(names)) for each in found.sets["remedies"]]].iloc[0]


def test_minimal_sets_and_all_that_follows():
    found = exactly(lambda each: {A, B} <= each or (C in each and A not in each))
    assert set(found.minimal) == {frozenset({A, B}), frozenset({C})}
    assert set(found.blockers) == {frozenset({A, C}), frozenset({B, C})}
    assert found.necessary == ()
    assert [(list(each.remedies), each.added) for each in found.harmful.itertuples()] == [([C], A)]
    assert row(found, A, B)["robust"]
    assert not row(found, C)["robust"]
    assert row(found, C)["certain"]
    assert row(found, A, B)["complete"]


def test_a_remedy_in_every_minimal_set_is_necessary():
    found = exactly(lambda each: A in each and (B in each or C in each))
    assert found.necessary == (A,)
    assert frozenset({A}) in found.blockers


def test_sets_that_were_not_run_are_unknown():
    found = exactly(lambda each: A in each, leave_out=[frozenset({A})])
    assert frozenset({A, B}) in found.minimal
    assert not row(found, A, B)["certain"]
    assert not row(found)["complete"]
    deep = exactly(lambda each: A in each or not each, leave_out=[frozenset({A}), frozenset({B})])
    assert found.minimal != deep.minimal == (frozenset(),)


def test_a_frame_with_levels_of_one_factor_becomes_sets():
    rows = [
        (loss, clip, seed, "escaped" if loss == "fused" or (loss == "eps" and clip == "norm") else "stuck")
        for loss in ("clipped", "fused", "eps")
        for clip in ("none", "norm")
        for seed in range(20)
    ]
    data = pd.DataFrame(rows, columns=["loss", "clipping", "seed", "state"])
    found = sufficiency.lattice(data, ["loss", "clipping"], {"loss": "clipped", "clipping": "none"})
    assert set(found.minimal) == {frozenset({"loss=fused"}), frozenset({"loss=eps", "clipping=norm"})}
    assert row(found, "loss=fused")["complete"]
    assert row(found, "loss=fused")["robust"]
    with pytest.raises(ConfigError, match="between 0 and 1"):
        sufficiency.lattice(data, ["loss"], {"loss": "clipped"}, claims.exact(1.0))


def test_larger_sets_are_counted_as_if_each_were_looked_for() -> None:
    rng = np.random.default_rng(3)
    levels = {"a": 2, "b": 1, "c": 1, "d": 2}
    every = [
        frozenset(f"{name}={level}" for name, level in zip(levels, combination, strict=True) if level)
        for combination in itertools.product(*(range(count + 1) for count in levels.values()))
    ]
    for share in (1.0, 0.6, 0.2):
        run = [each for each in every if rng.random() < share] or every[:1]
        found = sufficiency.analyse(run, rng.choice([0, 17, 20], len(run)), np.full(len(run), 20)).sets
        verdict = dict(zip(map(frozenset, found["remedies"]), found["verdict"], strict=True))
        possible = {remedy for each in run for remedy in each}
        for row in found.itertuples():
            larger = [each for each in every if each > frozenset(row.remedies) and each <= possible]
            assert row.complete == all(each in verdict for each in larger)
            good = row.verdict == "sufficient" and all(
                verdict.get(each, "sufficient") == "sufficient" for each in larger
            )
            assert row.robust == good


def test_a_union_of_designs_over_many_factors_is_read_at_once() -> None:
    alone = [frozenset({f"f{factor}={level}"}) for factor in range(20) for level in range(6)]
    together = [frozenset(f"f{factor}=0" for factor in range(20) if factor != left) for left in range(20)]
    named = [frozenset[str](), *alone, *together]
    started = time.perf_counter()
    found = sufficiency.analyse(named, np.full(len(named), 3), np.full(len(named), 20))
    assert time.perf_counter() - started < 5
    assert not found.sets["complete"].any()

"""Measure how often what was chosen by its results is wrong, and what looking more than once does to a claim."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ablate import configure
from ablate.outcomes.states import Outcome
from ablate.stats import claims, confirmation, removals, sequential, sufficiency
from ablate.stats.rates import lower_bound, upper_bound
from ablate.try_remedies.attempt import with_fresh_seeds
from ablate.try_remedies.candidates import choose
from validation import worlds
from validation.coverage import Check


def best_of(rng: np.random.Generator, studies: int, remedies: int = 15, seeds: int = 8) -> Iterator[Check]:
    """Check the proof of the best of many useless remedies, on its own seeds and on fresh ones."""
    for rate in (0.45, 0.5):
        best = rng.binomial(seeds, rate, (studies, remedies)).max(1)
        for name, k in (("own seeds (stated only)", best), ("fresh seeds", rng.binomial(seeds, rate, studies))):
            right = {int(one): confirmation.confirm(int(one), seeds, 0.5).confirmed for one in np.unique(k)}
            wrong = float(np.mean([right[int(one)] for one in k]))
            most = 0.05 if name == "fresh seeds" else 1
            label = f"best of {remedies} remedies at {rate:g}, proven on {name}: wrong"
            yield Check(check=label, value=wrong, low=0, high=most)


def tried(rng: np.random.Generator, studies: int, rate: float = 0.5) -> Iterator[Check]:
    """Check what `ablate try` says of a model for which every remedy, and every set of remedies, escapes at ENOUGH."""
    candidates = choose(configure.compose(["task=digits", "loss=clipped", "seed=range(8)", "input_scale=as_is"]))
    stages = with_fresh_seeds(candidates)
    baseline = stages.setting(())
    chosen, proven = 0, 0
    for _ in range(studies):
        seen: dict[str, Outcome] = {}
        while wanted := [trial for trial in stages.ask(seen) if trial.id not in seen]:
            escapes = rng.random(len(wanted)) < [0.0 if trial.setting == baseline else rate for trial in wanted]
            states = np.where(escapes, "escaped", "stuck")
            seen |= {trial.id: Outcome(state=str(state)) for trial, state in zip(wanted, states, strict=True)}
        tested = [stages.confirmation(levels, seen) for levels in stages.tested(seen)]
        chosen += bool(tested)
        proven += any(proof is not None and proof.confirmed for proof in tested)
    name = f"`ablate try` on a model whose every remedy escapes at {rate:g}"
    yield Check(check=f"{name}: a set is chosen (stated only)", value=chosen / studies, low=0, high=1)
    yield Check(check=f"{name}: a set is confirmed", value=proven / studies, low=0, high=0.05)


def smallest(rng: np.random.Generator, studies: int, settings: int = 164) -> Iterator[Check]:
    """Check how often a report names a change as sufficient although all rates are .75 and the target .8."""
    for seeds in (20, 64):
        k = rng.binomial(seeds, 0.75, (studies, settings))
        n = np.full(settings, seeds)
        claim = claims.exact()
        alone = float(np.mean([(claims.verdicts(row, n, claim) == claims.SUFFICIENT).any() for row in k]))
        proven = float(np.mean([claims.proven(row, n, claim).any() for row in k]))
        name = f"{settings} settings at .75, target .8, {seeds} seeds"
        yield Check(check=f"{name}: one is sufficient by itself (stated only)", value=alone, low=0, high=1)
        yield Check(check=f"{name}: one is proven for the choice", value=proven, low=0, high=0.05)


def removed(rng: np.random.Generator, studies: int, remedies: int = 5, seeds: int = 20) -> Iterator[Check]:
    """Check what the removal of a useless remedy from a set that was called minimal is said to cost."""
    names = [f"r{number}" for number in range(remedies)]
    every = [tuple(f"{name}=on" in one for name in names) for one in worlds.subsets([f"{name}=on" for name in names])]
    frame = pd.DataFrame(np.repeat(np.where(every, "on", "off"), seeds, 0), columns=names)
    frame["seed"] = np.tile(np.arange(seeds), len(every))
    baseline = dict.fromkeys(names, "off")
    for kind, needed in (("all useless, rate .8", False), ("one needed", True)):
        rate = np.where([one[0] for one in every], 0.88, 0.3) if needed else np.full(len(every), 0.8)
        raw, shown, inside = [], [], []
        for _ in range(studies):
            escaped = rng.random(len(frame)) < np.repeat(rate, seeds)
            data = frame.assign(state=np.where(escaped, "escaped", "stuck"))
            minimal = sufficiency.lattice(data, names, baseline).minimal
            cost = removals.removals(data, names, baseline, minimal)
            cost = cost[cost["removed"] != "r0=on"] if needed else cost
            raw += (cost["escaped"] / cost["n"] - cost["escaped_without"] / cost["n_without"]).tolist()
            shown += cost["cost"].tolist()
            inside += ((cost["low"] <= 0) & (cost["high"] >= 0)).tolist()
        name = f"removal of a useless remedy from a minimal set ({kind}, {seeds} seeds)"
        yield Check(check=f"{name}: raw cost (stated only)", value=float(np.mean(raw)), low=-1, high=1)
        yield Check(check=f"{name}: shrunk cost", value=float(np.mean(shown)), low=-0.1, high=0.1)
        yield Check(check=f"{name}: interval holds 0", value=float(np.mean(inside)), low=0.95, high=1)


def peeking(rng: np.random.Generator, studies: int, target: float = 0.8) -> Iterator[Check]:
    """Check claims that are looked at after every seed: exact ones, and those of the confidence sequence."""
    n = np.arange(1, 65)
    for rate, wrongly in ((target - 1e-9, "sufficient"), (target, "insufficient")):
        k = np.cumsum(rng.random((studies, 64)) < rate, 1)
        exact = lower_bound(k, n) >= target if wrongly == "sufficient" else upper_bound(k, n) < target
        low, high = sequential.bounds(k, np.broadcast_to(n, k.shape))
        valid = low >= target if wrongly == "sufficient" else high < target
        for name, found, most in (("exact (stated only)", exact, 1.0), ("confidence sequence", valid, 0.05)):
            value = float(found[:, 4:].any(1).mean())
            yield Check(check=f"looked at from 5 to 64 seeds, {name}: wrongly {wrongly}", value=value, low=0, high=most)


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield all checks.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies a check.
    """
    yield from best_of(rng, 5 * studies)
    yield from smallest(rng, studies)
    yield from removed(rng, max(studies // 50, 8))
    yield from peeking(rng, studies)
    yield from tried(rng, studies)

"""Every statistic of one planted study, number for number: whatever changes in it is noticed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ablate.results import study_results
from ablate.results.study_results import Results
from ablate.stats import (
    at_baseline,
    betting,
    causes,
    claims,
    clustered,
    confirmation,
    contrasts,
    effects,
    endings,
    equivalence,
    events,
    families,
    firth,
    grid,
    model,
    moderators,
    new_task,
    pairs,
    power,
    rates,
    remedy_sets,
    removals,
    restricted,
    sequential,
    sufficiency,
    survival,
    unpaired,
)
from tests import recorded
from tests.synthetic import LOSS, RATES, build, factor, study

FACTORS = ("loss", "learning_rate", "width")
HITS = np.array([0, 1, 3, 5, 8, 12, 19, 20])
N = np.array([6, 6, 8, 9, 8, 20, 20, 20])
DRAWS = np.random.default_rng(7).random((6, 12))
RISING = np.linspace(0.05, 0.95, 6)[:, None]
EARLY, LATE = (DRAWS[:3] > 0.3).astype(float), (DRAWS[3:] > 0.6).astype(float)
GAPS = np.round(2 * DRAWS - 1) / 2


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    factors = (
        factor("loss", LOSS),
        factor("learning_rate", {name: RATES[name] for name in ("0.1", "0.001")}),
        factor("width", {"64": 64, "256": 256}),
    )
    own = study(factors=factors, seeds=tuple(range(8)))
    return study_results.load(build(tmp_path_factory.mktemp("recorded"), own))


@pytest.fixture(scope="module")
def trials(results: Results) -> pd.DataFrame:
    return results.trials


def test_rates_and_claims_are_as_recorded(trials: pd.DataFrame) -> None:
    hit = (trials["state"] == "escaped").to_numpy()
    seed = trials["seed"].to_numpy()
    cells, sums, counts = rates.cell_counts(trials, ["loss", "width"], hit)
    record = {
        "wilson": rates.wilson(HITS, N),
        "lower": rates.lower_bound(HITS, N),
        "upper": rates.upper_bound(HITS, N),
        "exact": rates.clopper_pearson(HITS, N),
        "pooled": rates.pooled(rates.groups(trials, ["loss"]), rates.groups(trials, FACTORS), seed, hit),
        "cells": (cells, sums, counts),
        **{f"{by}, {state}": rates.table(trials, by, state=state)
           for by in (("loss",), ("loss", "learning_rate"), FACTORS) for state in ("escaped", "collapsed")},
        "verdicts": claims.verdicts(HITS, N),
        "proven": claims.proven(HITS, N, claims.exact(0.5, 0.9)),
        "needed": claims.needed(HITS, N),
        "confirmed": [confirmation.confirm(int(k), int(n), 0.6, tested=3) for k, n in zip(HITS, N, strict=True)],
        "fewest": [confirmation.fewest(target, tested=tested) for target in (0.5, 0.8) for tested in (1, 4)],
        "sequence": sequential.bounds(HITS, N),
        "decided": sequential.decide((RISING > DRAWS).astype(float), sequential.Rule(cap=12)),
    }  # fmt: skip
    recorded.same("stats_rates", "\n".join(recorded.lines(record)))


def test_means_over_seeds_are_as_recorded() -> None:
    record = {
        "bounded": clustered.bounded_mean(DRAWS),
        "between": clustered.bounded_mean(GAPS, -1.0, 1.0, confidence=0.9),
        "equal": clustered.equality_p(GAPS, -1.0, 1.0),
        "signed": clustered.signed_mean(GAPS[0], unit=0.5),
        "seed_means": clustered.seed_means(HITS.astype(float), N.astype(float)),
        "balanced": clustered.balanced(np.where(DRAWS > 0.9, np.nan, DRAWS)),
        "t": clustered.t_quantile(np.array([1.0, 2.5, 11.0, 200.0]), 0.95),
        "capital": betting.log_capital(GAPS[0]),
        "e": [(betting.e_value(row), betting.any_time_p(row)) for row in GAPS],
        "e_bh": betting.e_bh([30.0, 2.0, 90.0, 0.5]),
        "sign_flip": [contrasts.sign_flip(row) for row in GAPS],
        "tango": [contrasts.tango(gained, lost, 12) for gained, lost in ((0, 0), (5, 0), (6, 2), (12, 0))],
        "least": [contrasts.least_p(seeds) for seeds in (1, 5, 12)],
        "difference": [contrasts.difference(EARLY[[one]], LATE[[one]]) for one in range(3)],
        "strata": contrasts.difference(EARLY, LATE),
        "equivalent": [equivalence.p_values(EARLY[[one]], LATE[[one]], 0.3) for one in range(3)],
        "fewest": [equivalence.fewest_seeds(margin) for margin in (0.1, 0.2)],
        "newcombe": unpaired.newcombe((HITS, HITS[::-1]), (N, N[::-1])),
        "fisher": unpaired.fisher((HITS, HITS[::-1]), (N, N[::-1])),
        "new_task": new_task.predict(np.array([0.3, 0.5, 0.1, 0.4]), np.array([0.01, 0.02, 0.01, 0.04])),
        "effect": [new_task.effect(gained, lost, 12) for gained, lost in ((0, 0), (5, 1), (12, 0))],
        "adjusted": {way: families.adjust([0.01, 0.04, 0.03, 0.2], way) for way in ("Holm", "Benjamini-Hochberg")},
    }  # fmt: skip
    recorded.same("stats_means", "\n".join(recorded.lines(record)))


FAMILIES = [power.Family(comparisons=1, strata=1, declared=True), power.Family(comparisons=5, strata=4, declared=False)]


def test_power_is_as_recorded() -> None:
    record = [
        (
            power.power(family, 0.2, 0.5, 12, alike=alike),
            power.seeds_needed(family, 0.2, 0.5, alike=alike),
            power.smallest_difference(family, 0.4, 16, alike=alike),
        )
        for family in FAMILIES
        for alike in (True, False)
    ]
    needs = [power.needs(family, rate, 10) for family in FAMILIES[:1] for rate in (0.0, 0.6)]
    recorded.same("stats_power", "\n".join(recorded.lines([record, needs])))


def test_comparisons_are_as_recorded(results: Results, trials: pd.DataFrame) -> None:
    baseline = {name: level.name for name, level in results.study.baseline}
    hit = (trials["state"] == "escaped").to_numpy()
    lined = pairs.blocks(trials, FACTORS, "loss", hit)
    sets = sufficiency.lattice(trials, FACTORS, baseline, claims.exact(0.5))
    settings = rates.table(trials, FACTORS)
    record = {
        "declared": families.declared(trials, FACTORS, results.study.contrasts),
        "screen": families.screen(trials, FACTORS, baseline),
        "screen collapsed": families.screen(trials, FACTORS, baseline, state="collapsed"),
        "single": at_baseline.single_changes(trials, FACTORS, baseline),
        "narrowed": [at_baseline.narrowed(one, FACTORS, baseline) for one in results.study.contrasts],
        "blocks": lined,
        "both": pairs.both(lined, "fused", "clipped"),
        "moderator": [moderators.moderator(lined, level, "clipped") for level in ("fused", "mse")],
        "parts": moderators.parts(lined, "fused", "clipped"),
        "sets": sets,
        "path": remedy_sets.path(sets.sets),
        "named": remedy_sets.remedy_sets(settings, FACTORS, baseline),
        "removals": removals.removals(trials, FACTORS, baseline, sets.minimal),
        "shrunk": removals.shrunk(np.array([5, 0, 3]), np.array([0, 0, 1]), np.array([8, 8, 8])),
        "missing": grid.missing(trials.iloc[5:], FACTORS),
    }
    recorded.same("stats_comparisons", "\n".join(recorded.lines(record)))


def test_effects_and_models_are_as_recorded(trials: pd.DataFrame) -> None:
    hit = (trials["state"] == "escaped").to_numpy()
    table = grid.grid(trials, FACTORS, hit)
    X = np.stack([np.ones(8), np.arange(8) % 2, np.arange(8) // 4], axis=1)
    record = {
        "anova": [effects.anova(table, order=order) for order in (1, 2)],
        "logit": effects.logit_anova(table),
        "logistic": model.logistic(trials, ["loss", "width"], order=1),
        "fit": model.lack_of_fit(trials, ["loss", "width"], order=1),
        "firth": firth.fit(X, HITS, N),
        "profile": [firth.profile(X, HITS, N, column) for column in range(3)],
        "separated": [firth.separated(X, hits, N) for hits in (HITS, N * (X[:, 1] > 0))],
    }
    recorded.same("stats_effects", "\n".join(recorded.lines(record)), tolerance=1e-4)


def test_times_and_endings_are_as_recorded(results: Results, trials: pd.DataFrame) -> None:
    first = events.first_escape(trials, results.study.budget.steps)
    seed, groups = trials["seed"].to_numpy(), rates.groups(trials, ["loss"])
    curves = list(results.curves(trials["id"].iloc[::3]).values())
    fell = np.where(trials["state"] == "collapsed", 320.0, np.nan)
    ended = endings.table(curves, 10).merge(trials[["id", "state"]], on="id")
    record = {
        "first": first,
        "incidence": survival.incidence(first),
        "above": survival.above_chance(seed, np.resize(DRAWS > 0.5, (len(seed), 12))),
        "restricted": [restricted.restricted_mean(first, horizon) for horizon in (None, 200)],
        "log_rank": restricted.log_rank(first, groups),
        "falls": events.falls(np.arange(0, 120, 10), DRAWS > 0.4, 3),
        "collapse": events.collapse(trials, fell, results.study.budget.steps),
        "endings": ended,
        "causes": [causes.cause_of(one, 10) for one in curves],
        "fingerprints": causes.table(ended[ended["state"] != "escaped"]),
    }
    recorded.same("stats_times", "\n".join(recorded.lines(record)))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_stats", recorded.defaults("ablate.stats"))

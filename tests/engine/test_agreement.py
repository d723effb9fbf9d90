"""In float32 the engines round differently, and trials end the same all the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from ablate.core.study import Json, Trial
from ablate.outcomes.chance_level import Chance
from tests.engine import agreement, small

RESULTS = Path(__file__).parents[2] / "results" / "published" / "validation"
LUCK = Chance(rows=256, classes=10, majority=0.1, luck=0.1218, reference=1.0)

CELLS: tuple[dict[str, Json], ...] = (
    {"loss": "fused", "learning_rate": 0.01},
    {"loss": "clipped", "learning_rate": 1.0},
    {"loss": "fused", "initializer": "zeros"},
    {"loss": "fused", "initializer": "constant"},
    {"fault": "nan_row"},
)


@pytest.fixture(autouse=True)
def usual_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let XLA compile in worker processes as it does for users."""
    monkeypatch.delenv("XLA_FLAGS", raising=False)


def test_a_few_trials_of_every_kind_end_the_same() -> None:
    trials = [small.trial(seed=seed, steps=120, looks=12, width=32, **cell) for cell in CELLS for seed in range(3)]
    with small.short_switches(("fused", "clipped")):
        pairs = list(agreement.pairs(trials, partial(agreement.train, nudged_seeds=(0,)), workers=1))
    fused, nudged = agreement.rows(trials, pairs, {trials[0].task_hash: LUCK})
    groups = agreement.groups(fused)
    assert all(groups[name] >= 3 for name in ("escaped", "stuck or collapsed", "diverged")), groups
    assert len(nudged) == len(CELLS)
    assert agreement.shares(fused) == agreement.shares(nudged) == (1.0, 1.0), fused
    losses = [(p.nudged.signals["loss"][-1], p.reference.signals["loss"][-1]) for p in pairs if p.nudged is not None]
    assert any(nudged != reference for nudged, reference in losses if np.isfinite(reference))


def test_a_disagreement_is_counted() -> None:
    trial = small.trial()
    early, late, never = end("escaped", 2), end("escaped", 4), end("stuck", None)
    assert agreement.shares([row(trial, early, late), row(trial, never, never)]) == (1.0, 1.0)
    assert agreement.shares([row(trial, early, end("escaped", 8)), row(trial, early, never)]) == (0.5, 0.0)


def end(state: str, time: int | None) -> agreement.Outcome:
    return agreement.Outcome(
        state=state, time=time, after_escape=False, start_state="", best_accuracy=0.5, final_accuracy=0.5
    )


def row(trial: Trial, other: agreement.Outcome, reference: agreement.Outcome) -> agreement.Row:
    return agreement.Row(trial=trial, other=other, reference=reference)


@pytest.mark.slow
def test_trials_of_the_blog_study_end_the_same() -> None:
    study, trials = agreement.blog(200, 40)
    fused, nudged = agreement.rows(trials, agreement.pairs(trials), agreement.chances(trials))
    agreement.write(fused, nudged, study, RESULTS / "agreement.csv")
    groups, (same, close) = agreement.groups(fused), agreement.shares(fused)
    assert len(fused) >= 200
    assert all(groups[name] >= 30 for name in ("escaped", "stuck or collapsed", "diverged")), groups
    # 99 %, or as often as plain Keras agrees with itself from weights that differ in their last bit.
    agreeing, of = sum(row.same for row in nudged), len(nudged)
    assert same >= 0.99 or binomtest(round(same * of), of, agreeing / of, alternative="less").pvalue > 0.05, (
        same, agreeing / of
    )  # fmt: skip
    assert close >= 0.95

"""Build studies with planted states, written through the real store."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ablate import store
from ablate.core.study import Budget, Contrast, Factor, Json, Level, Setting, Study, Trial
from ablate.outcomes import states
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import SIGNALS, Curves
from ablate.store import manifest
from ablate.store.manifest import Manifest
from tests.ids import trial_id

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1479, reference=0.95)
TASK = "00112233445566ff"
Plan = Callable[[dict[str, str], np.random.Generator], str]


def factor(name: str, levels: dict[str, Json], baseline: str | None = None) -> Factor:
    """Return a factor from level name -> parameters; the first level is the baseline unless named."""
    made = {key: Level(name=key, params=params) for key, params in levels.items()}
    return Factor(name=name, levels=tuple(made.values()), baseline=made[baseline or next(iter(levels))])


LOSS = {"clipped": {"kind": "clipped", "eps": 1e-7}, "fused": {"kind": "fused"}, "mse": {"kind": "mse"}}
RATES = {"0.1": 0.1, "0.01": 0.01, "0.001": 0.001}


def study(**changes: object) -> Study:
    """Return a study of loss x learning_rate x width x normalization, 12 seeds, with three declared contrasts."""
    values: dict[str, object] = {
        "name": "planted",
        "factors": (
            factor("loss", LOSS),
            factor("learning_rate", RATES),
            factor("width", {"64": 64, "256": 256}),
            factor("normalization", {"off": {"kind": "off"}, "batch": {"kind": "batch"}}),
            factor("task", {"digits": {"kind": "digits"}}),
            factor("start", {"fresh": {"kind": "fresh"}}),
        ),
        "seeds": tuple(range(12)),
        "budget": Budget(steps=400, looks=25),
        "question": "Which remedies get the classifier off 1/N?",
        "contrasts": (
            Contrast(factor="loss", level="fused", against="clipped", question="Does the fused loss help?"),
            Contrast(factor="width", level="256", against="64", question="Is wider worse?"),
            Contrast(factor="loss", level="fused", against="clipped", at={"learning_rate": ["0.001"]}, expect="same"),
        ),
        "command": "ablate sweep experiment=planted",
    }
    return Study(**(values | changes))  # type: ignore[arg-type]


def planted(levels: dict[str, str], rng: np.random.Generator) -> str:
    """Plan: the fused loss escapes; the clipped one collapses at .1, sticks at .01, escapes at .001; MSE is slow."""
    levels = {"learning_rate": "0.1", "width": "64", "normalization": "off"} | levels
    rate = levels["learning_rate"]
    if rate == "0.1" and levels["width"] == "256" and rng.random() < 0.3:
        return "diverged"
    if levels["loss"] == "fused":
        return "escaped" if rng.random() < 0.95 else "stuck"
    if levels["loss"] == "mse":
        return "slow" if rng.random() < 0.5 else "stuck"
    if rate == "0.001":
        return "escaped" if rng.random() < 0.9 else "slow"
    if levels["normalization"] == "batch" and rng.random() < 0.5:
        return "escaped"
    return "collapsed" if rate == "0.1" else "stuck"


def curves_for(state: str, trial: Trial, rng: np.random.Generator) -> Curves:
    """Return curves that `states.outcome_of` reads as that state."""
    if state == "failed":
        return Curves(id=trial.id, signals={}, message="ValueError: <b>bad</b> & \x1b[31mred\x1b[0m\n=1+1")
    looks = trial.budget.looks + 1
    step = np.array(trial.budget.schedule, dtype=np.float32)
    share = np.full(looks, 0.1) + rng.normal(0, 0.004, looks)
    rise = int(rng.integers(2, 8))
    if state in ("escaped", "collapsed", "diverged"):
        share[rise:] = 0.9 - 0.5 * np.exp(-np.arange(looks - rise) / 3)
    if state == "collapsed":
        share[rise + 8 :] = 0.1
    loss = np.where(share > 0.2, 0.4, 2.3)
    if state == "slow":
        loss = np.linspace(2.3, 1.9, looks)
    bad = -1
    if state == "diverged":
        bad = int(step[rise + 6])
        share[rise + 6 :], loss[rise + 6 :] = 0.1, np.nan
    correct = np.round(share * 256)
    values = {
        "step": step,
        "loss": loss,
        "train_loss": loss,
        "correct": correct,
        "accuracy": correct / 256,
        "finite": np.where(np.isnan(loss), 0, 1),
        "zero_gradient_share": np.where(share > 0.2, 0.1, 0.9),
        "logit_mean": np.linspace(0, 4, looks),
        "logit_gap": np.where(share > 0.2, 1.0, 17.0),
        "dead_share_1": np.full(looks, 0.25),
    }
    signals = {name: np.zeros(looks) for name in SIGNALS} | values
    return Curves(
        id=trial.id,
        signals={name: np.asarray(each, dtype=np.float32) for name, each in signals.items()},
        bad_step=bad,
        bad_tensor="weight dense_1/kernel" if bad >= 0 else "",
        wall_seconds=0.01,
        signature={"slots": 16},
    )


def settings(own: Study) -> list[Setting]:
    """Return every combination of levels."""
    axes = [[(each.name, level) for level in each.levels] for each in own.factors]
    return [Setting(tuple(combination)) for combination in itertools.product(*axes)]


def record(own: Study, setting: Setting, seed: int, plan: Plan) -> store.Record:
    """Return one trial of the study that ended as planned."""
    levels = {name: level.name for name, level in setting}
    name = trial_id(setting.params(), neutral={}, seed=seed, task_hash=TASK, budget=own.budget, engine="fused")
    trial = Trial(id=name, setting=setting, seed=seed, task_hash=TASK, budget=own.budget)
    rng = np.random.default_rng(int(name, 16))
    curves = curves_for(plan(levels, rng), trial, rng)
    return store.Record(trial=trial, outcome=states.outcome_of(curves, CHANCE), curves=curves)


def write_manifest(own: Study, folder: Path) -> None:
    """Write the manifest of a finished sweep."""
    manifest.write(
        Manifest(
            study=own,
            chance={TASK: CHANCE},
            canary={"passed": True, "gap": 40.1},
            versions={"ablate-plateau": "0.1.0", "tensorflow": "2.21.0"},
            machine={"system": "Linux", "cores": "2"},
            started="2026-01-02T03:04:05+00:00",
            finished="2026-01-02T03:09:05+00:00",
            level_names=manifest.level_names(own, {}),
        ),
        folder,
    )


def build(
    folder: Path, own: Study | None = None, plan: Plan = planted, keep: Callable[[int], bool] | None = None
) -> Path:
    """Write a study's manifest and every trial (or those whose running number is kept); return its folder."""
    own = own or study()
    place = folder / own.name
    with store.writer(place, own.name, trials=10_000) as writer:
        cells = itertools.product(settings(own), own.seeds)
        for number, (setting, seed) in enumerate(cells):
            if keep is None or keep(number):
                writer.add(record(own, setting, seed, plan))
    write_manifest(own, place)
    return place

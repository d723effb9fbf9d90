"""Measure what tables and pages show if results decide how many seeds a setting gets, from trials to what is read.

Settings near the target get most seeds. Rates that count trials would be drawn towards it: a difference of .47 would be
shown as .12.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ablate.core.study import SEQUENTIAL, TOPPED_UP, Contrast, Factor, Json, Level, Study
from ablate.report import comparisons, heat
from ablate.report.sections import rates as by_level
from ablate.report.trial_groups import trial_groups
from ablate.results import settings_table, trial_frame
from ablate.results.study_results import Results
from ablate.stats import claims, rates, sequential
from ablate.store.manifest import Manifest
from validation import worlds
from validation.coverage import Check, covered

TRUTH = {"a": {"x": 0.97, "y": 0.97, "z": 0.78}, "b": {"x": 0.02, "y": 0.02, "z": 0.78}}
"""Escape rate by loss and width; the settings of width z lie next to the target and get all seeds."""

SPENT: tuple[Json, ...] = (
    {"kind": SEQUENTIAL, "target": 0.8, "block": 4, "cap": 32, "confidence": 0.95},
    {"kind": TOPPED_UP, "target": 0.8, "cap": 64},
)


def factor(name: str, names: str) -> Factor:
    """Return a factor whose levels are letters; the first is the baseline."""
    made = tuple(Level(name=one, params=one) for one in names)
    return Factor(name=name, levels=made, baseline=made[0])


def results(rng: np.random.Generator, spending: Json, folder: Path, copies: str = "pqrs") -> Results:
    """Return a study of loss, width and another factor without effect, whose seeds were spent by its own rule."""
    study = Study(
        name="adaptive",
        factors=(factor("loss", "ba"), factor("width", "xyz"), factor("other", copies)),
        seeds=tuple(range(20 if spending["kind"] == TOPPED_UP else 32)),
        contrasts=(Contrast(factor="loss", level="a", against="b"),),
        spending=spending,
    )
    cells = list(itertools.product("ab", "xyz", copies))
    rate = np.array([TRUTH[loss][width] for loss, width, _ in cells])
    drawn = (rng.random((len(cells), spending["cap"])) < rate[:, None]).astype(float)
    if spending["kind"] == SEQUENTIAL:
        rule = sequential.Rule(**{name: spending[name] for name in ("target", "block", "cap", "confidence")})
        counts = sequential.decide(drawn, rule).n.astype(int)
    else:
        verdicts = claims.verdicts(drawn[:, :20].sum(1), np.full(len(cells), 20), claims.exact(0.8, 0.975))
        counts = np.where(verdicts == claims.UNDECIDED, spending["cap"], 20)
    rows = [
        (f"{at:08x}{seed:08x}", seed, *cell, "escaped" if drawn[at, seed] else "stuck")
        for at, (cell, count) in enumerate(zip(cells, counts, strict=True))
        for seed in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["id", "seed", "loss", "width", "other", "state"])
    own = Results(folder=folder, manifest=Manifest(study=study), trials=trial_frame.published(frame, study))
    return dataclasses.replace(own, trials=own.trials.assign(task_hash="0" * 16))


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield the coverage of the table by level, of the page's rates, heat maps and declared difference.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies a check.
    """
    true = {loss: float(np.mean(list(of.values()))) for loss, of in TRUTH.items()}
    gap = true["a"] - true["b"]
    for spending in SPENT:
        hits: dict[str, list[bool]] = {}
        shown: list[float] = []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(studies):
                own = results(rng, spending, Path(folder))
                (group,) = trial_groups(own)
                table = settings_table.table(own, ["loss"])
                of_page = by_level.level_table(group)
                of_page = of_page[of_page["factor"] == "loss"].rename(columns={"level": "loss"})
                for name, frame in (("table", table), ("page", of_page)):
                    for row in frame.to_dict("records"):
                        hits.setdefault(f"rate by level, {name}", []).append(
                            row["low"] <= true[str(row["loss"])] <= row["high"]
                        )
                cells = heat.heat_info(group, "loss", "width", "escaped", 0.8)
                for i, loss in enumerate(cells.down_levels):
                    for j, width in enumerate(cells.across_levels):
                        hit = cells.low[i, j] <= TRUTH[loss][width] <= cells.high[i, j]
                        hits.setdefault("heat map", []).append(bool(hit))
                declared, _ = comparisons.declared(group, own.study, "escaped")
                shown.append(float(declared["estimate"].iloc[0]))
                hits.setdefault("difference", []).append(
                    bool(declared["low"].iloc[0] <= gap <= declared["high"].iloc[0])
                )
        label = str(spending["kind"]).replace("_", " ")
        for name, found in hits.items():
            yield covered(f"adaptive seeds ({label}): {name}", np.array(found).reshape(studies, -1))
        yield Check(
            check=f"adaptive seeds ({label}): difference shown, true {gap:.2f}",
            value=float(np.mean(shown)),
            low=gap,
            high=gap,
            error=float(np.std(shown)) / math.sqrt(studies),
        )
    yield from uneven(rng, 4 * studies)


def uneven(rng: np.random.Generator, studies: int, settings: int = 12) -> Iterator[Check]:
    """Check a rate over settings if the easy half of them lacks the later seeds, for a reason other than results."""
    log_odds = np.where(np.arange(settings) < settings // 2, 3.0, -1.0)
    truth = float(worlds.rate(log_odds).mean())
    for seeds in (8, 20):
        hits, by_trials = [], []
        for drawn in worlds.draw(rng, log_odds, seeds, studies):
            drawn[: settings // 2, seeds // 2 :] = np.nan
            setting, seed = np.nonzero(~np.isnan(drawn))
            over = rates.pooled(np.zeros_like(setting), setting, seed, drawn[setting, seed])
            hits.append(bool(over.low[0] <= truth <= over.high[0]))
            by_trials.append(float(np.nanmean(drawn)))
        yield covered(f"easy settings lack later seeds, {seeds} seeds: rate over settings", np.array(hits))
        name = f"easy settings lack later seeds, {seeds} seeds: rate by trials, true {truth:.2f} (stated only)"
        yield Check(check=name, value=float(np.mean(by_trials)), low=0, high=1)

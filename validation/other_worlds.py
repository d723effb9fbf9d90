"""Measure coverage in worlds that no interval was made for: heavy tails, and studies that stop when they look good."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats

from ablate.core.study import Contrast, Study
from ablate.report import comparisons
from ablate.report.trial_groups import trial_groups
from ablate.results import settings_table, trial_frame
from ablate.results.study_results import Results
from ablate.stats.clustered import bounded_mean
from ablate.store.manifest import Manifest
from validation.adaptive import factor
from validation.coverage import SETTINGS, Check, covered, differences, judged

RATES = {"a": 0.55, "b": 0.45}
"""Escape rates of two levels, whose study is stopped once the first looks better by `GAIN`."""

GAIN, LEAST_SEEDS, SEEDS = 0.3, 5, 20


def heavy(rng: np.random.Generator, middle: np.ndarray, freedom: float, seeds: int, studies: int) -> np.ndarray:
    """Draw outcomes 0 or 1 where the difficulty of seeds has Student's distribution: a few are hopeless, or certain.

    Args:
        rng: the source of randomness.
        middle: [cells...] log odds at the average seed.
        freedom: degrees of freedom; 1 is Cauchy's distribution.
        seeds: number of seeds.
        studies: number of studies.

    Returns:
        [studies, cells..., seeds].
    """
    effect = rng.standard_t(freedom, (studies, *(1,) * middle.ndim, seeds))
    return np.asarray(rng.random((studies, *middle.shape, seeds)) < special.expit(middle[..., None] + effect), float)


def heavy_rate(middle: np.ndarray, freedom: float) -> np.ndarray:
    """Return the rate over all seeds, by the quantiles of the difficulty."""
    effects = stats.t.ppf((np.arange(20_000) + 0.5) / 20_000, freedom)
    return np.asarray(special.expit(np.asarray(middle)[..., None] + effects).mean(-1))


def tails(rng: np.random.Generator, seeds: int, studies: int) -> Iterator[Check]:
    """Check a rate over settings and a paired difference where the difficulty of seeds has heavy tails."""
    for freedom in (1.0, 2.0):
        for center in (3.0, 0.0):
            middle = center + np.linspace(-1, 1, SETTINGS)
            drawn = heavy(rng, middle, freedom, seeds, studies)
            name = f"heavy tails ({freedom:g} degrees of freedom, log odds {center:g}), {seeds} seeds"
            yield from judged(f"{name}: rate", bounded_mean(drawn.mean(1)), float(heavy_rate(middle, freedom).mean()))
            pair = heavy(rng, np.array([[center + 1.0] * 4, [center - 1.0] * 4]), freedom, seeds, studies)
            one, other = heavy_rate(np.array([center + 1.0, center - 1.0]), freedom)
            yield from judged(f"{name}: difference", differences(pair[:, 0], pair[:, 1]), float(one - other))


def stopped(rng: np.random.Generator, folder: Path) -> Results:
    """Return a study of 20 planned seeds that its user stops at the first seed at which level a looks good."""
    study = Study(
        name="stopped",
        factors=(factor("loss", "ba"), factor("other", "pqrs")),
        seeds=tuple(range(SEEDS)),
        contrasts=(Contrast(factor="loss", level="a", against="b"),),
    )
    cells = list(itertools.product("ab", "pqrs"))
    drawn = rng.random((len(cells), SEEDS)) < np.array([RATES[loss] for loss, _ in cells])[:, None]
    counts = np.arange(1, SEEDS + 1)
    gap = (drawn[:4].mean(0) - drawn[4:].mean(0)).cumsum() / counts
    good = np.flatnonzero((gap >= GAIN) & (counts >= LEAST_SEEDS))
    seeds = int(counts[good[0]]) if len(good) else SEEDS
    rows = [
        (f"{at:08x}{seed:08x}", seed, *cell, "escaped" if drawn[at, seed] else "stuck")
        for at, cell in enumerate(cells)
        for seed in range(seeds)
    ]
    frame = pd.DataFrame(rows, columns=["id", "seed", "loss", "other", "state"])
    own = Results(folder=folder, manifest=Manifest(study=study), trials=trial_frame.published(frame, study))
    return dataclasses.replace(own, trials=own.trials.assign(task_hash="0" * 16))


def early(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Check the table by level and the declared difference of studies that were stopped because they looked good."""
    hits: dict[str, list[list[bool]]] = {"rate by level, table": [], "difference": []}
    true = RATES["a"] - RATES["b"]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(studies):
            own = stopped(rng, Path(folder))
            table = settings_table.table(own, ["loss"]).to_dict("records")
            hits["rate by level, table"].append([row["low"] <= RATES[str(row["loss"])] <= row["high"] for row in table])
            (group,) = trial_groups(own)
            declared, _ = comparisons.declared(group, own.study, "escaped")
            hits["difference"].append([bool(declared["low"].iloc[0] <= true <= declared["high"].iloc[0])])
    for name, found in hits.items():
        yield covered(f"stopped once it looks good: {name}", np.array(found))


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield all checks.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies a check.
    """
    for seeds in (8, 20):
        yield from tails(rng, seeds, studies)
    yield from early(rng, studies // 10)

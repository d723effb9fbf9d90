"""`python benchmarks/analysis.py`: every statistic of a report on 100,000 and 1,000,000 made-up trials, on one core.

Writes results/published/bench/analysis.csv: trials, settings, step, seconds of the processor, peak_megabytes (of the
process so far), limit, ok. The limits are 20 s and 1 GB for 100,000 trials, 240 s for 1,000,000.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ablate.outcomes.states import STATES
from ablate.stats import effects, events, families, grid, rates, restricted, sequential, sufficiency, survival

SEEDS, BUDGET = 20, 400
SHAPES = {100_000: (10, 10, 10, 5), 1_000_000: (10, 10, 10, 10, 5)}
LIMITS = {100_000: (20.0, 1024.0), 1_000_000: (240.0, float("inf"))}


def made_up(shape: tuple[int, ...], rng: np.random.Generator) -> pd.DataFrame:
    """Return a full grid of that shape with SEEDS seeds; escapes follow two factors and their product."""
    codes = np.stack(np.meshgrid(*map(np.arange, (*shape, SEEDS)), indexing="ij"), axis=-1).reshape(-1, len(shape) + 1)
    first, second = (codes[:, place] / (shape[place] - 1) - 0.5 for place in (0, 1))
    luck = rng.normal(0, 1.5, SEEDS)[codes[:, -1]]
    escaped = rng.random(len(codes)) < 1 / (1 + np.exp(-(4 * first + 8 * first * second + luck)))
    broken = rng.random(len(codes)) < 0.05
    time_ = np.where(escaped, 16.0 * rng.integers(1, 25, len(codes)), np.nan)
    states = np.where(escaped, np.where(rng.random(len(codes)) < 0.2, "collapsed", "escaped"), "stuck")
    states = np.where(~escaped & broken, "diverged", states)
    frame: dict[str, Any] = {
        f"factor_{place}": pd.Categorical.from_codes(codes[:, place], categories=pd.Index(map(str, range(size))))
        for place, size in enumerate(shape)
    }
    frame |= {"seed": codes[:, -1], "state": pd.Categorical(states, categories=list(STATES)), "time": time_}
    frame |= {"bad_step": np.where(states == "diverged", 160, -1)}
    return pd.DataFrame(frame)


def steps(trials: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every analysis of a report, by name."""
    baseline = dict.fromkeys(names, "0")
    escaped = (trials["state"] == "escaped").to_numpy(float)
    above = np.repeat(escaped[:, None], 26, axis=1)

    def by_level(call: Callable[[pd.DataFrame], object]) -> list[object]:
        return [call(own) for name in names for _, own in trials.groupby(name, observed=True)]

    yield "rates by setting", lambda: rates.table(trials, names)
    yield "rates by level", lambda: [rates.table(trials, [name]) for name in names]
    yield "screen of contrasts", lambda: families.screen(trials, names, baseline)
    table = grid.grid(trials, names, escaped)
    yield "exact ANOVA", lambda: effects.anova(table)
    yield "ANOVA of logits", lambda: effects.logit_anova(table)
    yield "incidence by level", lambda: by_level(lambda own: survival.incidence(events.first_escape(own, BUDGET)))
    yield (
        "restricted means",
        lambda: by_level(lambda own: restricted.restricted_mean(events.first_escape(own, BUDGET))),
    )
    whole = events.first_escape(trials, BUDGET)
    yield "log-rank", lambda: [restricted.log_rank(whole, trials[name].astype(str).to_numpy()) for name in names]
    yield "above chance", lambda: survival.above_chance(trials["seed"].to_numpy(), above)
    yield "remedy sets", lambda: sufficiency.lattice(trials, names, baseline)
    yield "sequences", lambda: sequential.decide(escaped.reshape(-1, SEEDS), sequential.Rule())


def measure(count: int) -> list[tuple[str, float, float]]:
    """Seconds and peak megabytes of every step, in this process and on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    shape = SHAPES[count]
    trials = made_up(shape, np.random.default_rng(0))
    found = []
    for name, call in steps(trials, [f"factor_{place}" for place in range(len(shape))]):
        began = time.process_time()
        call()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found.append((name, time.process_time() - began, peak))
    return found


def main(folder: Path) -> int:
    """Measures each size in a process of its own and writes the table; the exit status."""
    rows, sound = [], True
    for count, (seconds, megabytes) in LIMITS.items():
        done = subprocess.run([sys.executable, __file__, str(count)], check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        settings = int(np.prod(SHAPES[count]))
        rows += [(count, settings, name, f"{spent:.2f}", f"{peak:.0f}", "", "") for name, spent, peak in found]
        whole, peak = sum(spent for _, spent, _ in found), max(peak for *_, peak in found)
        limit = f"{seconds:g} s" + (f", {megabytes:g} MB" if np.isfinite(megabytes) else "")
        within = whole <= seconds and peak <= megabytes
        sound &= within
        rows.append((count, settings, "all", f"{whole:.2f}", f"{peak:.0f}", limit, str(within)))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "analysis.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["trials", "settings", "step", "seconds", "peak_megabytes", "limit", "ok"])
        out.writerows(rows)
    for row in rows:
        print(*row, sep="  ")
    return int(not sound)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench")))

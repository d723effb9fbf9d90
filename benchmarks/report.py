"""Measure how long a report of 100,000 synthetic trials takes: `python benchmarks/report.py [FOLDER]`.

The trials go through the real store, curves included. Each case is loaded and reported in a process of its own, by the
functions that `ablate report` calls. FOLDER/report.csv (in results/published/bench by default) gets a row a case:
trials, settings, seeds, factors, seconds, cpu_seconds, peak_megabytes, page_megabytes, pictures, load (of the machine,
by others, when the case began), cores, limit, ok. The limits are 60 s, 2 GB and a page of 5 MB.
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ablate import report, store
from ablate.core.study import Factor, Json, Study
from ablate.results import settings_table, study_results
from tests.synthetic import LOSS, factor, record, write_manifest
from tests.synthetic import settings as every_setting
from tests.synthetic import study as planted_study

SECONDS, MEGABYTES, PAGE = 60.0, 2048.0, 5.0
FLUSH = 20_000
EXACT = ("step", "correct", "accuracy", "finite")
"""Signals that are counts or made of counts."""

AXES: dict[str, dict[str, Json]] = {
    "loss": {**LOSS, "smooth": {"kind": "smooth"}, "double": {"kind": "double"}},
    "learning_rate": {str(rate): rate for rate in (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)},
    "width": {str(width): width for width in (256, 16, 32, 64, 128)},
    "activation": {name: {"kind": name} for name in ("leaky_relu", "relu", "tanh", "elu", "gelu")},
    "normalization": {name: {"kind": name} for name in ("off", "batch")},
    "depth": {str(depth): depth for depth in (2, 1)},
    "optimizer": {name: {"kind": name} for name in ("adam", "sgd", "rmsprop", "adagrad", "nadam")},
    "batch_size": {str(rows): rows for rows in (32, 128)},
}
"""Factors, in the order in which larger studies vary them: 5,000 settings with the first six, 50,000 with all."""

CASES = {"seeds": (6, 20), "settings": (8, 2)}
"""Per case the number of factors that vary and the seeds of a setting; each has 100,000 trials."""


def synthetic(varying: int, seeds: int) -> Study:
    """Return a full grid of the first factors."""
    names: list[Factor] = [factor(name, levels) for name, levels in list(AXES.items())[:varying]]
    fixed = factor("task", {"digits": {"kind": "digits"}}), factor("start", {"fresh": {"kind": "fresh"}})
    return planted_study(
        name="large", factors=(*names, *fixed), seeds=tuple(range(seeds)), contrasts=planted_study().contrasts[:1]
    )


def plan(levels: dict[str, str], rng: np.random.Generator) -> str:
    """Draw how a trial ends: the loss, the rate and their product decide it, the other factors change it a little."""
    rate, clipped = float(levels["learning_rate"]), levels["loss"] == "clipped"
    score = 1.5 - 2.5 * clipped * (rate > 0.004) - 1.5 * (rate > 0.04) - 0.6 * (levels["width"] == "256")
    score += 1.2 * (levels["normalization"] == "batch") + 0.4 * (levels["activation"] == "tanh")
    if rng.random() < 1 / (1 + np.exp(-score)):
        return "escaped"
    ends = (("collapsed", 0.5), ("stuck", 0.3), ("slow", 0.1), ("diverged", 0.08), ("failed", 0.02))
    return str(rng.choice([name for name, _ in ends], p=[share for _, share in ends]))


def build(study: Study, folder: Path) -> None:
    """Write every trial into the store, and the manifest."""
    noise = np.random.default_rng(0)
    with store.writer(folder, study.name, trials=FLUSH, seconds=3600) as writer:
        for setting, seed in itertools.product(every_setting(study), study.seeds):
            trial = record(study, setting, seed, plan)
            for name, values in trial.curves.signals.items():
                # Real signals do not compress. The state was read from the counts, which stay as they are.
                if name not in EXACT:
                    values += noise.normal(0, 0.01, values.shape).astype(values.dtype)
            writer.add(trial)
    write_manifest(study, folder)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """What one case needed."""

    trials: int
    settings: int
    seeds: int
    factors: int
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    page_megabytes: float
    pictures: int
    load: float
    cores: int


def measure(folder: Path, load: float) -> Row:
    """Load and report a study in this process."""
    began = time.monotonic()
    results = study_results.load(folder)
    page = Path(str(report.write(results))) / "report.html"
    seconds = time.monotonic() - began
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Row(
        trials=len(results.trials),
        settings=len(settings_table.table(results)),
        seeds=len(results.study.seeds),
        factors=len(results.varying),
        seconds=round(seconds, 1),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 1),
        peak_megabytes=round(usage.ru_maxrss / 1024, 0),
        page_megabytes=round(page.stat().st_size / 2**20, 2),
        pictures=page.read_text(encoding="utf-8").count('<figure id="fig-'),
        load=round(load, 1),
        cores=len(os.sched_getaffinity(0)),
    )


def main(folder: Path) -> int:
    """Measure each case in a process of its own and write the table; return 1 if a limit was exceeded, else 0."""
    rows = []
    for varying, seeds in CASES.values():
        with tempfile.TemporaryDirectory() as scratch:
            study = synthetic(varying, seeds)
            build(study, Path(scratch) / study.name)
            time.sleep(60)  # the load average then counts other processes only
            words = [sys.executable, __file__, "--measure", str(Path(scratch) / study.name), str(os.getloadavg()[0])]
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        row = json.loads(done.stdout.splitlines()[-1])
        holds = row["seconds"] <= SECONDS and row["peak_megabytes"] <= MEGABYTES and row["page_megabytes"] <= PAGE
        rows.append(row | {"limit": f"{SECONDS:g} s, {MEGABYTES:g} MB, page {PAGE:g} MB", "ok": holds})
        print(rows[-1], flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "report.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    return int(not all(row["ok"] for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(dataclasses.asdict(measure(Path(sys.argv[2]), float(sys.argv[3])))))
    else:
        sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench")))

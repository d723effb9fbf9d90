"""`python -m validation.scale [FOLDER] [TRIALS ...]`: measure how everything around training grows.

Made-up training (curves from a small bank, without TensorFlow) sends 10^3 to 10^6 trials (or the given numbers) through
planner, executor, store and report, on two workers. Each size runs in its own process. Writes FOLDER/scale.csv
(results/published/validation if not given), a row a size: seconds by part, memory of the parent, files and bytes of the
store. Ends with status 1 if a million trials take more than 600 s or 2 GB, or their store has more than 500 files.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from ablate import configure, report, store
from ablate.core.study import Study, Trial
from ablate.design import designs
from ablate.engine.program import Stack
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import SIGNALS, Curves
from ablate.results import study_results
from ablate.runner import training_order
from ablate.runner.sweep import sweep
from ablate.runner.training_backend import Backend

SIZES = (10**3, 10**4, 10**5, 10**6)
SEEDS = 20
BANK = 256
"""Number of different curves; a trial's id selects one."""

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1479, reference=0.97)
AXES = {
    "loss": ("clipped", "fused", "keras", "mse", "label_smoothing"),
    "learning_rate": ("0.001", "0.003", "0.01", "0.03", "0.1"),
    "activation": ("relu", "leaky_relu", "tanh", "elu", "gelu"),
    "clipping": ("none", "norm"),
    "optimizer": ("adam", "sgd", "rmsprop", "adagrad", "nadam"),
    "width": ("16", "32", "64", "128"),
    "batch_size": ("16", "32", "64", "128", "256"),
    "depth": ("1", "2"),
}
"""Factors in the order in which larger studies vary them: 50 settings, 500, 5,000 and 50,000."""

PARTS = (
    (designs, "trials", "plan"),
    (training_order, "order", "plan"),
    (store, "compact", "compact"),
    (study_results, "load", "load"),
    (report, "write", "report"),
)
"""(module, function that `sweep` calls, part that its time belongs to)."""

MOST_SECONDS, MOST_MEGABYTES, MOST_FILES = 600.0, 2048.0, 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """The figures of one size: seconds by part (wall clock, and `_cpu` of the parent), megabytes, and the store."""

    trials: int
    settings: int
    plan: float
    plan_cpu: float
    train: float
    train_cpu: float
    compact: float
    compact_cpu: float
    list_done: float
    list_done_cpu: float
    load: float
    load_cpu: float
    report: float
    report_cpu: float
    total: float
    total_cpu: float
    megabytes: float
    files: int
    store_megabytes: float


@cache
def bank() -> list[dict[str, np.ndarray]]:
    """Return curves of trials that stay at 1/N, escape, or fall back, with all signals of a real trial."""
    rng = np.random.default_rng(0)
    steps = np.round(np.linspace(0, 400, 26)).astype(np.float32)
    curves = []
    for number in range(BANK):
        level = np.full(26, 26.0)
        if number % 3:
            level[rng.integers(3, 20) :] = 240.0
        if number % 3 == 2:
            level[22:] = 26.0
        names = [*SIGNALS, "dead_share_1", "dead_share_2"]
        signals = {name: rng.uniform(0.1, 0.9, 26).astype(np.float32) for name in names}
        signals |= {"step": steps, "correct": level.astype(np.float32), "finite": np.ones(26, np.float32)}
        curves.append(signals | {"accuracy": signals["correct"] / np.float32(256)})
    return curves


def train(stack: Stack) -> list[Curves]:
    """Return curves for the trials of a stack without training."""
    signature = {"slots": stack.slots, "engine": "fake"}
    return [
        Curves(id=trial.id, signals=bank()[int(trial.id[:8], 16) % BANK], wall_seconds=0.01, signature=signature)
        for trial in stack.trials
    ]


def check_loss(trials: Sequence[Trial]) -> dict[str, int]:
    """Return the record of a loss check: the number of trials."""
    return {"trials": len(trials)}


def study(trials: int, folder: str) -> Study:
    """Compose a full factorial study of about so many trials, with 20 seeds a setting.

    Args:
        trials: number of trials.
        folder: results_dir.
    """
    words, settings = [], 1
    for name, levels in AXES.items():
        room = max(1, round(trials / SEEDS / settings))
        used = levels[: min(len(levels), room)]
        settings *= len(used)
        words.append(f"{name}={','.join(used)}")
    return configure.compose(
        ["task=words", "study=scale", f"seed=range({SEEDS})", "workers=2", f"results_dir={folder}", *words]
    )


def measure(trials: int, folder: str) -> Row:
    """Plan, sweep, list, load and report one size, by the functions that `ablate sweep` calls.

    Args:
        trials: number of trials.
        folder: results_dir.
    """
    planned = study(trials, folder)
    study_folder = Path(folder) / planned.name
    began, spent = time.monotonic(), dict[str, float]()
    with ExitStack() as stack:
        stack.enter_context(mock.patch("ablate.outcomes.chance_level.measure", return_value=CHANCE))
        for module, name, part in PARTS:
            stack.enter_context(mock.patch.object(module, name, watched(spent, part, getattr(module, name))))
        all_of_it: dict[str, float] = {}
        backend = Backend(train=train, check=check_loss, warm="validation.scale")
        summary = timed(all_of_it, "sweep", lambda: sweep(planned, on_event=lambda _: None, engine=backend))
    if summary.kept < summary.planned:
        raise SystemExit(f"{summary.kept} of {summary.planned} trials were kept: {summary.stopped or 'not stopped'}")
    timed(spent, "list_done", lambda: store.done(study_folder))
    shards = [path for path in (study_folder / "shards").iterdir() if path.is_file()]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    for kind in ("", "_cpu"):
        # The sweep also plans, compacts, loads and reports; the rest is training, recording and supervision.
        rest = sum(spent[part + kind] for part in ("plan", "compact", "load", "report"))
        spent["train" + kind] = all_of_it["sweep" + kind] - rest
    return Row(
        trials=summary.planned,
        settings=summary.planned // SEEDS,
        **{part: round(seconds, 2) for part, seconds in spent.items()},
        total=round(time.monotonic() - began, 2),
        total_cpu=round(usage.ru_utime + usage.ru_stime, 2),
        megabytes=round(usage.ru_maxrss / 1024, 1),
        files=len(shards),
        store_megabytes=round(sum(path.stat().st_size for path in shards) / 1e6, 1),
    )


def timed(spent: dict[str, float], part: str, function: Callable[[], Any]) -> Any:
    """Return the function's result, and add its seconds (wall clock and processor) to those of a part.

    Args:
        spent: part -> seconds.
        part: the part.
        function: is called without arguments.
    """
    began, used = time.monotonic(), time.process_time()
    try:
        return function()
    finally:
        spent[part] = spent.get(part, 0.0) + time.monotonic() - began
        spent[f"{part}_cpu"] = spent.get(f"{part}_cpu", 0.0) + time.process_time() - used


def watched(spent: dict[str, float], part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function wrapped so that its seconds are added to those of a part.

    Args:
        spent: part -> seconds.
        part: the part.
        function: the function to wrap.
    """
    return lambda *args, **options: timed(spent, part, lambda: function(*args, **options))


def main(folder: Path, sizes: Sequence[int]) -> int:
    """Run every size in its own process, write the table, and return the exit status.

    Args:
        folder: for scale.csv.
        sizes: numbers of trials.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            words = [sys.executable, "-m", "validation.scale", "one", str(size), scratch]
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)  # noqa: S603
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
        with (folder / "scale.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    largest = rows[-1]
    slow = largest["total"] > MOST_SECONDS or largest["megabytes"] > MOST_MEGABYTES
    return int(slow or largest["files"] > MOST_FILES)


if __name__ == "__main__":
    from validation.scale import main, measure  # workers import functions from modules, not from the running script

    if sys.argv[1:2] == ["one"]:
        print(json.dumps(dataclasses.asdict(measure(int(sys.argv[2]), sys.argv[3]))))
    else:
        given = [int(word) for word in sys.argv[2:]]
        sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/validation"), given or SIZES))

"""`python -m validation.kills [FOLDER] [KILLS] [SEED]`: kill a sweep at random moments and check that nothing is lost.

A sweep of quick made-up trials is killed 100 times (its parent, one worker, or all processes) and started again each
time. Whenever it reaches its end, it gets more seeds, so that kills also hit compaction. A small study of real trials
is killed 5 times in the same way. Then each runs to its end and must equal an undisturbed one. Writes FOLDER/kills.csv
(results/published/validation if not given). Columns: check, value, limit, ok. Ends with status 1 if a check fails.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ablate import store
from ablate.report import tables
from ablate.results import settings_table, study_results
from ablate.store import shards
from tests import fake_engine

ROOT = Path(__file__).parents[1]
KILLS, REAL_KILLS, SEED = 100, 5, 20_241
KINDS = ("parent", "worker", "all")
GROWTH = 40
"""Number of seeds added to a study that has reached its end."""

WORKING = 0.7
"""Share of starts that are killed after their first trained trial at the earliest, and not while starting."""

ERRORS = "errors.txt"
"""File in the results_dir with the standard error of the latest start."""

REPEATED = 20.0
"""Most seconds of finished work that a kill may cost."""

Start = Callable[[Path, int, bool], "subprocess.Popen[str]"]
"""(results_dir, seeds, slowly) -> a running sweep of that many seeds."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A measured figure and the largest allowed value."""

    check: str
    value: float
    limit: float

    @property
    def ok(self) -> bool:
        """Return whether the figure is at most the limit."""
        return self.value <= self.limit


@dataclass(kw_only=True)
class Siege:
    """The effects of the kills so far.

    Attributes:
        kills: kind -> number of kills.
        missing: number of trials that were on the disk before a kill and not after it.
        repeated: the most seconds between the end of a trial's training and the kill that lost it; None if no kill has
            lost a trial.
        seeds: number of seeds that the study has now.
    """

    kills: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    repeated: float | None = None
    seeds: int


def fake(traces: Path) -> Start:
    """Return a function that starts sweeps of made-up trials: 4 a stack, in 20 ms, or slowly in 2 s.

    Each trial leaves a file in `traces`.
    """

    def start(folder: Path, seeds: int, slowly: bool) -> subprocess.Popen[str]:
        words = ["width=1024", "learning_rate=1e-4,1e-3,1e-2,1e-1", f"seed=range({seeds})"]
        environment = {fake_engine.SECONDS: "2" if slowly else "0.02", fake_engine.TRACES: str(traces)}
        return _started(folder, ["tests.fake_sweep", str(folder), *words], environment)

    traces.mkdir(parents=True, exist_ok=True)
    return start


def real(folder: Path, seeds: int, slowly: bool) -> subprocess.Popen[str]:
    """Start a sweep of small real trials: two programs, 64 trials a stack.

    Args:
        folder: the results_dir.
        seeds: number of seeds.
        slowly: has no effect on real trials.
    """
    del slowly
    words = ["task=spirals", "study=fake", "width=16", "depth=1,2", "loss=fused,clipped", "steps=20", "looks=4"]
    words += ["input_scale=standardized", "workers=1", f"seed=range({seeds})", f"results_dir={folder}"]
    return _started(folder, ["ablate.commands.main", "sweep", *words], {})


def _started(folder: Path, words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ERRORS).open("w", encoding="utf-8") as errors:
        return subprocess.Popen(  # noqa: S603 - this very package
            [sys.executable, "-X", "faulthandler", "-m", *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def besiege(
    folder: Path,
    start: Start,
    kills: int,
    rng: np.random.Generator,
    siege: Siege,
    *,
    slow: float,
    pause: float = 2.5,
) -> None:
    """Kill a sweep repeatedly; whenever it reaches its end, start it with more seeds.

    Args:
        folder: the results_dir.
        start: starts the sweep.
        kills: number of kills.
        rng: decides when to kill which process.
        siege: collects the effects.
        slow: share of starts that train slowly and live long, so that shards are flushed because of their age.
        pause: mean seconds between the kills of all other starts.
    """
    while siege.kills.total() < kills:
        slowly = rng.random() < slow
        began = time.time()
        process = start(folder, siege.seeds, slowly)
        try:
            if rng.random() < WORKING:
                _wait(process, folder / "traces", began)
            while siege.kills.total() < kills and process.poll() is None:
                if _ended(folder, process, rng.uniform(10, 45) if slowly else rng.exponential(pause)):
                    siege.seeds += GROWTH
                    break
                _kill(folder, process, began, KINDS[rng.integers(3)], rng, siege)
        finally:
            _end(process)


def _wait(process: subprocess.Popen[str], traces: Path, began: float) -> None:
    """Wait until a sweep has trained its first trial; return at once without traces."""
    while traces.is_dir() and process.poll() is None:
        with os.scandir(traces) as entries:
            if any(entry.stat().st_mtime > began for entry in entries):
                return
        time.sleep(0.1)


def _ended(folder: Path, process: subprocess.Popen[str], seconds: float) -> bool:
    """Return whether the sweep ends by itself within so many seconds.

    Raises:
        RuntimeError: it ended with an error.
    """
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    if status:
        errors = (folder / ERRORS).read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"A sweep that was not killed must succeed. It ended with status {status}: {errors or '-'}")
    return True


def _kill(
    folder: Path, process: subprocess.Popen[str], began: float, kind: str, rng: np.random.Generator, siege: Siege
) -> None:
    """Kill a sweep once, and record what is lost."""
    workers = _workers(process.pid)
    if kind == "worker" and not workers:
        kind = "parent"
    siege.kills[kind] += 1
    print(f"kill {siege.kills.total()}: {kind}", file=sys.stderr, flush=True)
    if kind == "worker":
        os.kill(workers[rng.integers(len(workers))], signal.SIGKILL)
        return
    before = set(store.done(folder / "fake"))
    if kind == "all":
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    moment = time.time()
    process.wait()
    time.sleep(0.2)
    kept = set(store.done(folder / "fake"))
    siege.missing += len(before - kept)
    traces = [trace for trace in (folder / "traces").glob("*") if trace.name not in kept]
    # Trials that an earlier kill lost, and that have not been trained again since, do not count here.
    lost = [moment - end for end in (trace.stat().st_mtime for trace in traces) if end > began]
    if lost:
        siege.repeated = max([siege.repeated or 0.0, *lost])


def _workers(pid: int) -> list[int]:
    """Return the process ids of a sweep's workers."""
    command = ["/usr/bin/env", "ps", "-o", "pid=,args=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def finish(folder: Path, start: Start, seeds: int) -> Path:
    """Sweep to the end without a kill, and return the study's folder.

    Args:
        folder: the results_dir.
        start: starts the sweep.
        seeds: number of seeds.
    """
    if not _ended(folder, start(folder, seeds, False), 900.0):
        raise RuntimeError("A sweep that was not killed must end within 900 s. It is still running.")
    return folder / "fake"


def texts(folder: Path) -> dict[str, str]:
    """Return the tables of a study as texts: stored states, trials, settings, and digests of all curves."""
    results = study_results.load(folder)
    machine = ["wall_seconds"]
    return {
        "states": tables.csv(store.read_states(folder).drop(columns=machine)),
        "trials": tables.csv(results.trials.drop(columns=machine)),
        "settings": tables.csv(settings_table.table(results)),
        "curves": "\n".join(f"{name} {store.digest(curves)}" for name, curves in sorted(results.curves().items())),
    }


def twice(folder: Path) -> int:
    """Return the number of rows in all states files that repeat a trial."""
    ids = [name for shard in shards.listing(folder) for name in shards.read(shard.states, ["id"])["id"].to_pylist()]
    return len(ids) - len(set(ids))


def judged(name: str, siege: Siege, killed: Path, calm: Path) -> Iterator[Check]:
    """Yield the checks of a killed sweep that has reached its end, against an undisturbed one.

    Args:
        name: the name of the study.
        siege: the effects of the kills.
        killed: the folder of the killed study.
        calm: the folder of the undisturbed study.
    """
    ours, theirs = texts(killed), texts(calm)
    yield Check(check=f"{name}: kills ({_counts(siege)})", value=siege.kills.total(), limit=siege.kills.total())
    yield Check(check=f"{name}: flushed trials missing after a kill", value=siege.missing, limit=0)
    if siege.repeated is not None:
        yield Check(check=f"{name}: seconds of finished work that one kill cost", value=siege.repeated, limit=REPEATED)
    yield Check(check=f"{name}: rows that repeat a trial", value=twice(killed), limit=0)
    yield Check(check=f"{name}: trials too many or too few", value=_unlike(ours["states"], theirs["states"]), limit=0)
    differ = sum(ours[table] != theirs[table] for table in theirs)
    yield Check(check=f"{name}: tables whose bytes differ, of {len(theirs)}", value=differ, limit=0)


def _unlike(one: str, other: str) -> int:
    return abs(one.count("\n") - other.count("\n"))


def besieged(name: str, start: Start, folder: Path, siege: Siege, kills: int, seed: int, slow: float) -> list[Check]:
    """Kill a sweep, finish it, and compare it with an undisturbed one.

    Args:
        name: the name of the study.
        start: starts the sweep.
        folder: the results_dir.
        siege: collects the effects.
        kills: number of kills.
        seed: seed of the random kills.
        slow: share of starts that train slowly.
    """
    besiege(folder, start, kills, np.random.default_rng(seed), siege, slow=slow)
    killed = finish(folder, start, siege.seeds)
    return list(judged(name, siege, killed, finish(folder / "calm", start, siege.seeds)))


def _counts(siege: Siege) -> str:
    return ", ".join(f"{siege.kills[kind]} {kind}" for kind in KINDS)


def main(folder: Path, kills: int, seed: int) -> int:
    """Run, print and write all checks; return the exit status.

    Args:
        folder: for kills.csv.
        kills: number of kills of the made-up study.
        seed: seed of the random kills.
    """
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        start = fake(scratch / "fake" / "traces")
        checks = besieged("made-up trials", start, scratch / "fake", Siege(seeds=100), kills, seed, 0.08)
        checks += besieged(
            "real trials", real, scratch / "real", Siege(seeds=160), REAL_KILLS * kills // KILLS, seed, 1.0
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "kills.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["check", "value", "limit", "ok"])
        for check in checks:
            writer.writerow([check.check, f"{check.value:.4g}", f"{check.limit:g}", check.ok])
            print(f"{'ok ' if check.ok else 'NOT'} {check.value:8.4g} of {check.limit:g}  {check.check}", flush=True)
    return int(not all(check.ok for check in checks))


if __name__ == "__main__":
    given = [*sys.argv[1:], *("results/published/validation", str(KILLS), str(SEED))[len(sys.argv) - 1 :]]
    sys.exit(main(Path(given[0]), int(given[1]), int(given[2])))

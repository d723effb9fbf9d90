"""`python -m validation.kills [FOLDER] [KILLS] [SEED]`: a sweep killed at random moments; is anything lost?

A study of quick made-up trials is swept, killed 100 times (its parent, one worker, or all processes), and started
again each time; whenever it gets to its end it is given more seeds, so that kills fall on compaction, too. A small
study of real trials is killed 5 times in the same way. Then each runs to its end and must equal one that nobody
disturbed. Writes FOLDER/kills.csv (results/published/validation if not given). Columns: check, value, limit, ok. Ends
with status 1 if a check fails.
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
"""Seeds that a study gets when it has come to its end."""

WORKING = 0.7
"""Share of starts whose first kill waits until trials are trained; the others are killed while they start."""

ERRORS = "errors.txt"
"""What the latest start of the sweep has written to standard error, in the results_dir."""

REPEATED = 20.0
"""Seconds of finished work that a kill may cost."""

Start = Callable[[Path, int, bool], "subprocess.Popen[str]"]
"""(results_dir, seeds, slowly) -> a running sweep of that many seeds."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A measured figure, the largest it may be, and whether it is."""

    check: str
    value: float
    limit: float

    @property
    def ok(self) -> bool:
        """Whether it is."""
        return self.value <= self.limit


@dataclass(kw_only=True)
class Siege:
    """What the kills did.

    Attributes:
        kills: how many, by kind.
        missing: trials that were on the disk before a kill and not after it.
        repeated: the most seconds that lay between the end of a trial's training and the kill that lost it; None as
            long as no trace told.
        seeds: how many the study has by now.
    """

    kills: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    repeated: float | None = None
    seeds: int


def fake(traces: Path) -> Start:
    """Starts sweeps of trials that are made up: 4 a stack, in 20 ms, or slowly in 2 s; each leaves a trace."""

    def start(folder: Path, seeds: int, slowly: bool) -> subprocess.Popen[str]:
        words = ["width=1024", "learning_rate=1e-4,1e-3,1e-2,1e-1", f"seed=range({seeds})"]
        own = {fake_engine.SECONDS: "2" if slowly else "0.02", fake_engine.TRACES: str(traces)}
        return _started(folder, ["tests.fake_sweep", str(folder), *words], own)

    traces.mkdir(parents=True, exist_ok=True)
    return start


def real(folder: Path, seeds: int, slowly: bool) -> subprocess.Popen[str]:
    """Starts a sweep of small real trials: two programs, 64 trials a stack."""
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
    """Kills the sweep that often; one that gets to its end is started with more seeds.

    Args:
        folder: the results_dir.
        start: starts the sweep.
        kills: how many.
        rng: says when, and whom.
        siege: is told.
        slow: the share of starts that train slowly and live long, so that shards are flushed for their age.
        pause: mean seconds between the other kills.
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
    """Waits for a sweep to train its first trial, as far as traces tell."""
    while traces.is_dir() and process.poll() is None:
        with os.scandir(traces) as entries:
            if any(each.stat().st_mtime > began for each in entries):
                return
        time.sleep(0.1)


def _ended(folder: Path, process: subprocess.Popen[str], seconds: float) -> bool:
    """Whether the sweep has ended by itself within so many seconds.

    Raises:
        RuntimeError: it has ended with an error.
    """
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    if status:
        said = (folder / ERRORS).read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"A sweep that nobody killed has ended with status {status}. It said: {said or 'nothing'}")
    return True


def _kill(
    folder: Path, process: subprocess.Popen[str], began: float, kind: str, rng: np.random.Generator, siege: Siege
) -> None:
    """One kill, and what it cost."""
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
    traces = [each for each in (folder / "traces").glob("*") if each.name not in kept]
    # What an earlier kill has lost and nobody has trained again since is not this one's.
    lost = [moment - end for end in (each.stat().st_mtime for each in traces) if end > began]
    if lost:
        siege.repeated = max([siege.repeated or 0.0, *lost])


def _workers(pid: int) -> list[int]:
    """The worker processes of a sweep."""
    command = ["/usr/bin/env", "ps", "-o", "pid=,args=", "--ppid", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "spawn_main" in line]


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def finish(folder: Path, start: Start, seeds: int) -> Path:
    """Sweeps to the end, undisturbed; the study's folder."""
    if not _ended(folder, start(folder, seeds, False), 900.0):
        raise RuntimeError("A sweep that nobody killed must come to its end.")
    return folder / "fake"


def texts(folder: Path) -> dict[str, str]:
    """Every table of a study, as text: trials with all they ended with, settings, and the bits of all curves."""
    found = study_results.load(folder)
    machine = ["wall_seconds"]
    return {
        "states": tables.csv(store.read_states(folder).drop(columns=machine)),
        "trials": tables.csv(found.trials.drop(columns=machine)),
        "settings": tables.csv(settings_table.table(found)),
        "curves": "\n".join(f"{name} {store.digest(own)}" for name, own in sorted(found.curves().items())),
    }


def twice(folder: Path) -> int:
    """Rows of all states files that repeat a trial, however often one is read."""
    ids = [name for each in shards.listing(folder) for name in shards.read(each.states, ["id"])["id"].to_pylist()]
    return len(ids) - len(set(ids))


def judged(name: str, siege: Siege, killed: Path, calm: Path) -> Iterator[Check]:
    """The checks of a siege whose sweep has come to its end, against one that nobody disturbed."""
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


def besieged(name: str, start: Start, place: Path, siege: Siege, kills: int, seed: int, slow: float) -> list[Check]:
    """Kills, finishes, compares."""
    besiege(place, start, kills, np.random.default_rng(seed), siege, slow=slow)
    killed = finish(place, start, siege.seeds)
    return list(judged(name, siege, killed, finish(place / "calm", start, siege.seeds)))


def _counts(siege: Siege) -> str:
    return ", ".join(f"{siege.kills[kind]} {kind}" for kind in KINDS)


def main(folder: Path, kills: int, seed: int) -> int:
    """Runs, prints and writes everything; the exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        start = fake(place / "fake" / "traces")
        checks = besieged("made-up trials", start, place / "fake", Siege(seeds=100), kills, seed, 0.08)
        checks += besieged(
            "real trials", real, place / "real", Siege(seeds=160), REAL_KILLS * kills // KILLS, seed, 1.0
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "kills.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["check", "value", "limit", "ok"])
        for each in checks:
            writer.writerow([each.check, f"{each.value:.4g}", f"{each.limit:g}", each.ok])
            print(f"{'ok ' if each.ok else 'NOT'} {each.value:8.4g} of {each.limit:g}  {each.check}", flush=True)
    return int(not all(each.ok for each in checks))


if __name__ == "__main__":
    given = [*sys.argv[1:], *("results/published/validation", str(KILLS), str(SEED))[len(sys.argv) - 1 :]]
    sys.exit(main(Path(given[0]), int(given[1]), int(given[2])))

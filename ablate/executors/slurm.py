"""Run stacks as arrays of Slurm jobs, with submitit: the parent submits, waits and records.

Each element of an array trains a few stacks on one core, of one program if possible. An element that ends without a
result is reported as lost, and its stacks are submitted again. After a parent was killed, the same command cancels what
that parent had submitted and submits what is missing. Partition, account and time are set by Slurm's own variables in
the environment: `SBATCH_PARTITION`, `SBATCH_ACCOUNT`, `SBATCH_TIMELIMIT`, ...
"""

from __future__ import annotations

import getpass
import math
import shlex
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablate.core.errors import LONGEST, ConfigError, PatienceError, one_line
from ablate.executors import Done, worker
from ablate.executors.pool import Pool, Wanted, answer, call_twice, done_of, needed_package
from ablate.executors.worker_processes import POLL

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves

ELEMENTS = 500
"""About how many elements a study gets; with more stacks, each element trains several."""

LARGEST = 1000
"""An array has at most this many elements: Slurm's own `MaxArraySize` is 1001."""

MINUTES = 24 * 60
"""Time limit of an element, unless `SBATCH_TIMELIMIT` sets another."""

EVERY = 5.0
"""Seconds between two calls of `squeue`."""

GRACE = 15.0
"""After a job has ended, its result may take so many seconds to appear on a network's file system."""

JOBS = "jobs"
"""The file that holds the ids of all submitted jobs."""


@dataclass(kw_only=True)
class Array:
    """The jobs that were submitted.

    Attributes:
        executor: submitit's executor.
        folder: where submitit keeps its files.
        warm: a module that each element imports first.
        flight: the stacks of each job that has not answered.
        absent: since when Slurm has not listed a job, by job id.
        asked: when `squeue` was last called, in seconds.
    """

    executor: Any
    folder: Path
    warm: str
    flight: dict[Any, tuple[Stack, ...]] = field(default_factory=dict)
    absent: dict[str, float] = field(default_factory=dict)
    asked: float = 0.0


@contextmanager
def pool(wanted: Wanted) -> Iterator[Pool]:
    """Yield Slurm's workers; cancel what is still queued or running when the block is left.

    Raises:
        ConfigError: submitit is not installed, or this machine is not part of a Slurm cluster.
    """
    submitit = needed_package("submitit", "slurm")
    # Every node must see this folder; on a cluster every node sees the results.
    folder = (wanted.folder if isinstance(wanted.folder, Path) else Path.cwd() / wanted.folder.name) / ".slurm"
    _clear(folder)
    array = Array(executor=_executor(submitit, folder), folder=folder, warm=wanted.warm)
    most = wanted.execution.workers or ELEMENTS
    try:
        yield Pool(
            width=lambda: most,
            call=lambda function, *args, on_wait=lambda: None: _call(array, function, args, on_wait),
            drain=lambda stacks, train, *, on_wait=lambda: None: _drain(array, stacks, train, on_wait),
        )
    finally:
        for job in array.flight:
            with suppress(OSError, subprocess.SubprocessError):
                job.cancel(check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _executor(submitit: Any, folder: Path) -> Any:
    """Return submitit's executor: one core and one thread an element, and no retries of its own."""
    if shutil.which("sbatch") is None:
        raise ConfigError(
            "`executor=slurm` needs Slurm's `sbatch`, which is not on the path. Run it on a machine of the cluster."
        )
    executor = submitit.SlurmExecutor(folder=folder.resolve(), max_num_timeout=0)
    executor.update_parameters(
        job_name="ablate",
        time=MINUTES,
        cpus_per_task=1,
        array_parallelism=LARGEST,
        use_srun=False,
        wckey=None,
        setup=[f"export {name}={shlex.quote(value)}" for name, value in worker.environment().items()],
    )
    return executor


def _clear(folder: Path) -> None:
    """Cancel and remove what an earlier parent left when it was killed."""
    with suppress(OSError):
        ids = (folder / JOBS).read_text(encoding="ascii").split()
        if ids and shutil.which("scancel"):
            subprocess.run(["scancel", *ids], check=False, capture_output=True)  # noqa: S603, S607
    shutil.rmtree(folder, ignore_errors=True)


def _call(array: Array, function: Callable[..., Any], args: tuple[Any, ...], on_wait: Callable[[], None]) -> Any:
    """Call a function in a job; return its value or raise its exception."""

    def attempt() -> Any:
        job = array.executor.submit(answer, function, args, array.warm)
        array.flight[job] = ()
        _note(array, [job])
        try:
            while not _ended(array):
                on_wait()
                time.sleep(POLL)
        except PatienceError:
            job.cancel()
            del array.flight[job]
            raise
        del array.flight[job]
        return _result(job)

    return call_twice(function, attempt)


def _drain(
    array: Array, stacks: deque[Stack], train: Callable[[Stack], list[Curves]], on_wait: Callable[[], None]
) -> Generator[Done]:
    """Train a queue of stacks; see `ablate.executors.pool.Drain`."""
    while stacks or array.flight:
        if stacks:
            waiting = list(stacks)
            stacks.clear()
            _submit(array, train, waiting)
        ended = _ended(array)
        if not ended:
            on_wait()
            time.sleep(POLL)
        for job in ended:
            given, result = array.flight.pop(job), _result(job)
            if isinstance(result, str):
                yield from (Done(stack=stack, lost=True, error=result) for stack in given)
            else:
                yield from (done_of(stack, *reply) for stack, reply in zip(given, result, strict=True))


def train_all(train: Callable[[Stack], list[Curves]], stacks: Sequence[Stack], warm: str) -> list[tuple[str, Any]]:
    """Train an element's stacks, one after the other; return an answer for each.

    Args:
        train: trains one stack.
        stacks: the element's stacks.
        warm: a module to import first; none if empty.
    """
    return [answer(train, (stack,), warm) for stack in stacks]


def parts(stacks: Sequence[Stack], elements: int = ELEMENTS) -> list[tuple[Stack, ...]]:
    """Divide stacks into elements, each of one program, in the order given.

    Args:
        stacks: the stacks.
        elements: about how many elements to make.
    """
    size = math.ceil(len(stacks) / elements)
    programs: dict[str, list[Stack]] = {}
    for stack in stacks:
        programs.setdefault(stack.program, []).append(stack)
    return [
        tuple(members[first : first + size]) for members in programs.values() for first in range(0, len(members), size)
    ]


def _submit(array: Array, train: Callable[[Stack], list[Curves]], stacks: Sequence[Stack]) -> None:
    elements = parts(stacks)
    for first in range(0, len(elements), LARGEST):
        chunk = elements[first : first + LARGEST]
        count = len(chunk)
        jobs = array.executor.map_array(train_all, [train] * count, chunk, [array.warm] * count)
        array.flight.update(zip(jobs, chunk, strict=True))
        _note(array, jobs)


def _note(array: Array, jobs: Iterable[Any]) -> None:
    """Write down what was submitted, so that the next parent can cancel it if this one is killed."""
    with (array.folder / JOBS).open("a", encoding="ascii") as file:
        file.writelines(f"{name}\n" for name in sorted({job.job_id.partition("_")[0] for job in jobs}))


def _ended(array: Array) -> list[Any]:
    """Return the jobs that have a result, and the jobs that ended without one."""
    ready = [job for job in array.flight if job.paths.result_pickle.exists()]
    now = time.monotonic()
    if ready or now - array.asked < EVERY:
        return ready
    array.asked = now
    listed = _listed_jobs()
    if listed is None:
        return []
    for job in array.flight:
        if job.job_id in listed:
            array.absent.pop(job.job_id, None)
        else:
            array.absent.setdefault(job.job_id, now)
    return [job for job in array.flight if now - array.absent.get(job.job_id, now) > GRACE]


def _listed_jobs() -> set[str] | None:
    """Return the ids of this user's jobs that are queued or running; None if Slurm does not answer now.

    Accounting (`sacct`) is not used, since many small clusters have none.
    """
    words = ["squeue", "--noheader", "--array", "--user", getpass.getuser(), "--format", "%i"]
    try:
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return set(done.stdout.split())


def _result(job: Any) -> Any:
    """Return what a job answered; if it ended without a result, one line that says how."""
    try:
        if job.paths.result_pickle.exists():
            return job.result()
    except Exception as error:  # noqa: BLE001 - submitit raises whatever the job has raised
        return one_line(error)
    lines = (job.stderr() or "").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it wrote no error")
    return f"job {job.job_id} ended without a result ({last[:LONGEST]})"

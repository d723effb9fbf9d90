"""Stacks as an array of Slurm jobs, by submitit: the parent submits, waits and records.

Each element of the array trains a few stacks, of one program where it can, on one core. An element that ends without a
result is reported as lost, and its stacks are submitted again. A parent that was killed leaves nothing behind: the same
command cancels what it had submitted and submits what is missing. Partition, account and time are Slurm's own words:
`SBATCH_PARTITION`, `SBATCH_ACCOUNT`, `SBATCH_TIMELIMIT`, ... in the environment.
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

from ablate.core.errors import LONGEST, AblateError, ConfigError, PatienceError, one_line
from ablate.executors import Done, worker
from ablate.executors.pool import Pool, Wanted, answer, done, needs, opened
from ablate.executors.worker_processes import POLL

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves

ELEMENTS = 500
"""Elements of an array, about: a study of more stacks gives each element several."""

LARGEST = 1000
"""Elements of one array at most: Slurm's own `MaxArraySize` is 1001."""

MINUTES = 24 * 60
"""An element's time, unless `SBATCH_TIMELIMIT` says otherwise."""

EVERY = 5.0
"""Seconds between two questions to Slurm."""

GRACE = 15.0
"""Seconds that a result may take to be seen, over a network's file system, after its job has ended."""

JOBS = "jobs"
"""File with the ids of all that was submitted."""


@dataclass(kw_only=True)
class Array:
    """What was submitted and has not answered, and since when Slurm has not known it."""

    executor: Any
    folder: Path
    warm: str
    flight: dict[Any, tuple[Stack, ...]] = field(default_factory=dict)
    absent: dict[str, float] = field(default_factory=dict)
    asked: float = 0.0


@contextmanager
def pool(wanted: Wanted) -> Iterator[Pool]:
    """Slurm's workers; what is still queued or running is cancelled when the block is left.

    Raises:
        ConfigError: submitit is not installed, or this is no machine of a Slurm cluster.
    """
    submitit = needs("submitit", "slurm")
    # Seen by every node, as a cluster's results folder is.
    folder = (wanted.folder if isinstance(wanted.folder, Path) else Path.cwd() / wanted.folder.name) / ".slurm"
    _clear(folder)
    own = Array(executor=_executor(submitit, folder), folder=folder, warm=wanted.warm)
    most = wanted.execution.workers or ELEMENTS
    try:
        yield Pool(
            width=lambda: most,
            call=lambda function, *args, on_wait=lambda: None: _call(own, function, args, on_wait),
            drain=lambda stacks, train, *, on_wait=lambda: None: _drain(own, stacks, train, on_wait),
        )
    finally:
        for job in own.flight:
            with suppress(OSError, subprocess.SubprocessError):
                job.cancel(check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _executor(submitit: Any, folder: Path) -> Any:
    """Submitit's way to Slurm: one core an element, one thread, nothing tried again behind our back."""
    if shutil.which("sbatch") is None:
        raise ConfigError("`executor=slurm` needs Slurm's `sbatch` on the path. Received a machine without it.")
    found = submitit.SlurmExecutor(folder=folder.resolve(), max_num_timeout=0)
    found.update_parameters(
        job_name="ablate",
        time=MINUTES,
        cpus_per_task=1,
        array_parallelism=LARGEST,
        use_srun=False,
        wckey=None,
        setup=[f"export {name}={shlex.quote(value)}" for name, value in worker.environment().items()],
    )
    return found


def _clear(folder: Path) -> None:
    """Cancels and removes what an earlier parent left when it was killed."""
    with suppress(OSError):
        ids = (folder / JOBS).read_text(encoding="ascii").split()
        if ids and shutil.which("scancel"):
            subprocess.run(["scancel", *ids], check=False, capture_output=True)  # noqa: S603, S607
    shutil.rmtree(folder, ignore_errors=True)


def _call(own: Array, function: Callable[..., Any], args: tuple[Any, ...], on_wait: Callable[[], None]) -> Any:
    """Calls a function in a job; its value, or its exception."""
    error = ""
    for _ in range(2):
        job = own.executor.submit(answer, function, args, own.warm)
        own.flight[job] = ()
        _note(own, [job])
        try:
            while not _ended(own):
                on_wait()
                time.sleep(POLL)
        except PatienceError:
            job.cancel()
            del own.flight[job]
            raise
        del own.flight[job]
        found = _heard(job)
        if not isinstance(found, str):
            return opened(*found)
        error = found
    name = getattr(function, "__name__", "the call")
    raise AblateError(f"A job must survive `{name}`. It ended without a result twice: {error}")


def _drain(
    own: Array, stacks: deque[Stack], train: Callable[[Stack], list[Curves]], on_wait: Callable[[], None]
) -> Generator[Done]:
    """Trains a queue of stacks; see `ablate.executors.pool.Drain`."""
    while stacks or own.flight:
        if stacks:
            waiting = list(stacks)
            stacks.clear()
            _submit(own, train, waiting)
        ended = _ended(own)
        if not ended:
            on_wait()
            time.sleep(POLL)
        for job in ended:
            given, found = own.flight.pop(job), _heard(job)
            if isinstance(found, str):
                yield from (Done(stack=stack, lost=True, error=found) for stack in given)
            else:
                yield from (done(stack, *each) for stack, each in zip(given, found, strict=True))


def train_all(train: Callable[[Stack], list[Curves]], stacks: Sequence[Stack], warm: str) -> list[tuple[str, Any]]:
    """What an element of the array does: trains its stacks, one after the other."""
    return [answer(train, (stack,), warm) for stack in stacks]


def parts(stacks: Sequence[Stack], elements: int = ELEMENTS) -> list[tuple[Stack, ...]]:
    """The stacks of each element: of one program, in the order given; about so many elements."""
    size = math.ceil(len(stacks) / elements)
    programs: dict[str, list[Stack]] = {}
    for stack in stacks:
        programs.setdefault(stack.program, []).append(stack)
    return [
        tuple(members[first : first + size]) for members in programs.values() for first in range(0, len(members), size)
    ]


def _submit(own: Array, train: Callable[[Stack], list[Curves]], stacks: Sequence[Stack]) -> None:
    found = parts(stacks)
    for first in range(0, len(found), LARGEST):
        some = found[first : first + LARGEST]
        count = len(some)
        jobs = own.executor.map_array(train_all, [train] * count, some, [own.warm] * count)
        own.flight.update(zip(jobs, some, strict=True))
        _note(own, jobs)


def _note(own: Array, jobs: Iterable[Any]) -> None:
    """Writes down what was submitted, for whoever comes after a killed parent."""
    with (own.folder / JOBS).open("a", encoding="ascii") as file:
        file.writelines(f"{name}\n" for name in sorted({job.job_id.partition("_")[0] for job in jobs}))


def _ended(own: Array) -> list[Any]:
    """The jobs that have a result, and those that will have none."""
    ready = [job for job in own.flight if job.paths.result_pickle.exists()]
    now = time.monotonic()
    if ready or now - own.asked < EVERY:
        return ready
    own.asked = now
    known = _known()
    if known is None:
        return []
    for job in own.flight:
        if job.job_id in known:
            own.absent.pop(job.job_id, None)
        else:
            own.absent.setdefault(job.job_id, now)
    return [job for job in own.flight if now - own.absent.get(job.job_id, now) > GRACE]


def _known() -> set[str] | None:
    """Ids of this user's jobs that are queued or running; None if Slurm does not answer now.

    Not by accounting, which many small clusters do without.
    """
    words = ["squeue", "--noheader", "--array", "--user", getpass.getuser(), "--format", "%i"]
    try:
        found = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return set(found.stdout.split())


def _heard(job: Any) -> Any:
    """What a job answered, or in one line how it ended without."""
    try:
        if job.paths.result_pickle.exists():
            return job.result()
    except Exception as error:  # noqa: BLE001 - submitit raises whatever the job has raised
        return one_line(error)
    lines = (job.stderr() or "").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "no word of why")
    return f"job {job.job_id} ended without a result ({last[:LONGEST]})"

"""Try a user's program as it is: audit it, judge it, find a way out, confirm it, and answer at any moment."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablate.core.errors import AblateError, ConfigError
from ablate.engine.as_is import program, remote
from ablate.engine.as_is.program import Program
from ablate.engine.as_is.records import Facts
from ablate.executors import calls, local, worker_processes
from ablate.executors.worker_processes import Crew
from ablate.runner.progress import Event, Note
from ablate.runner.signals import signals
from ablate.try_remedies import course, program_audit, program_record, program_state, rows_seen, verdicts
from ablate.try_remedies.changes import Situation
from ablate.try_remedies.given import Given
from ablate.try_remedies.record import Record
from ablate.try_remedies.verdict import Verdict

MOST_WORKERS = 8


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a program is tried.

    Attributes:
        minutes: time for all of it.
        workers: worker processes; 0 for one per core.
        seeds: fresh seeds on which the recommended change is confirmed.
        backend: the back end of Keras that the program is written for.
        arguments: arguments of the builder.
        command: what repeats this call.
    """

    minutes: float = 10.0
    workers: int = 0
    seeds: int = 5
    backend: str = "tensorflow"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""


def attempt(
    builder: str | Callable[..., Any], given: Given, options: Options, on_event: Callable[[Event], None] | None = None
) -> Verdict:
    """Try a program.

    Args:
        builder: what makes its compiled model: a function, or `my_file.py:make_model`.
        given: its rows and how it calls `fit`.
        options: how it is tried.
        on_event: called with each note; None prints them.

    Raises:
        ConfigError: the builder cannot be found or sent to other processes.
    """
    if isinstance(builder, str):
        program.check(builder)
    began = time.monotonic()
    tell = (lambda text: on_event(Note(text))) if on_event else (lambda text: print(text, flush=True))
    with signals() as stop, workers(options.workers) as crew:
        verdict, _ = attempt_in(crew, builder, given, options, tell, began=began)
        if not verdict.stopped or verdict.stopped == "time":
            return verdict
        return dataclasses.replace(verdict, stopped=stop.name or verdict.stopped)


@contextmanager
def workers(count: int = 0) -> Iterator[Crew]:
    """Start the workers in which programs are tried, with Keras on TensorFlow.

    Args:
        count: how many; 0 for one per core.
    """
    with (
        _on_tensorflow(),
        worker_processes.start_crew(
            count or min(local.cores(), MOST_WORKERS), warm="ablate.engine.as_is.trial"
        ) as crew,
    ):
        yield crew


def attempt_in(
    crew: Crew,
    builder: str | Callable[..., Any],
    given: Given,
    options: Options,
    tell: Callable[[str], None],
    *,
    began: float = 0.0,
    after: Callable[[Record], None] = lambda _: None,
) -> tuple[Verdict, Record | None]:
    """Try a program in workers that are there already; return the answer, and what it rests on.

    Args:
        crew: the workers.
        builder: as for `attempt`.
        given: as for `attempt`.
        options: as for `attempt`.
        tell: told what is done.
        began: when it began, by the monotonic clock; 0 for now.
        after: called with what is known at the end, while the program can still be trained.

    Raises:
        ConfigError: the builder cannot be sent to other processes.
    """
    folder = Path(tempfile.mkdtemp(prefix="ablate-try-"))
    name = builder if isinstance(builder, str) else getattr(builder, "__name__", "make_model")
    try:
        path = folder / "program.pkl"
        program.save(_program(builder, given, options), path)
        verdict, record = _tried(name, given, options, crew, str(path), began or time.monotonic(), tell)
        if record is not None and not verdict.stopped:
            after(record)
        return verdict, record
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _on_tensorflow() -> Iterator[None]:
    """Let workers load Keras on TensorFlow, whatever back end the user's own process has."""
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        yield
    finally:
        if before is None:
            del os.environ["KERAS_BACKEND"]
        else:
            os.environ["KERAS_BACKEND"] = before


def _program(builder: str | Callable[..., Any], given: Given, options: Options) -> Program:
    import cloudpickle

    callbacks = b"" if given.callbacks is None else cloudpickle.dumps(given.callbacks)
    return Program(
        builder=builder, arguments=options.arguments, rows=given.rows, callbacks=callbacks, backend=options.backend
    )


def _tried(
    name: str,
    given: Given,
    options: Options,
    crew: Crew,
    path: str,
    began: float,
    tell: Callable[[str], None],
) -> tuple[Verdict, Record | None]:
    record: Record | None = None
    stopped = ""
    try:
        read = _facts(crew, path)
        seen = rows_seen.see(given.rows.x, given.rows.y)
        outside = program_state.outside(read, seen)
        if outside:
            return verdicts.plain(name, *outside, seconds=time.monotonic() - began), None
        situation = Situation(
            facts=read,
            rows=seen,
            call=given.call,
            callbacks=given.callbacks is not None,
            shuffles=given.shuffles,
            splits=given.splits,
        )
        until = began + 60 * options.minutes
        record = program_record.made(given, situation, crew, path, until, options.seeds, tell)
        _run(record, given, tell)
    except KeyboardInterrupt:
        stopped = "SIGINT"
    seconds = time.monotonic() - began
    if record is None:
        says = "It was stopped before anything was known."
        return verdicts.plain(name, "unknown", says, stopped=stopped, seconds=seconds), None
    answer = verdicts.verdict(
        name,
        record,
        stopped=stopped or ("time" if record.lab.over and not record.done else ""),
        seconds=seconds,
        command=options.command,
    )
    return answer, record


def _facts(crew: Crew, path: str) -> Facts:
    """Read in a worker what the program's model says about itself.

    Raises:
        AblateError: the worker died.
        ConfigError: the builder returns no compiled model.
    """
    queue = deque([calls.Call(key="facts", arguments=(path, "facts"), seconds=120.0)])
    for result in calls.run(crew, remote.asked, queue):
        if isinstance(result.value, Facts):
            if result.value.misuse:
                raise ConfigError(result.value.misuse)
            return result.value
        raise AblateError(result.error)
    raise AblateError("The workers returned nothing.")


def _run(record: Record, given: Given, tell: Callable[[str], None]) -> None:
    """Go through all stages."""
    tell(verdicts.preface(record))
    program_audit.look(record, given, tell)
    if record.base:
        record.lab.train([((), 0)])
    course.judge(record)
    slowest = max((ending.seconds for ending in record.lab.seen.values()), default=10.0)
    record.lab.seconds = max(60.0, 8 * slowest)
    tell(verdicts.first(record))
    if not record.healthy():
        course.choose(record, tell)
        course.confirm(record, tell)
    else:
        verdicts.confirm_measuring(record, tell)
    record.done = not record.lab.over

"""Try a user's program as it is: audit it, judge it, find a way out, confirm it, and answer at any moment."""

from __future__ import annotations

import ast
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

import numpy as np

from ablate import audit
from ablate.core.errors import AblateError
from ablate.engine.as_is import answers, program, remote
from ablate.engine.as_is.program import Program
from ablate.engine.as_is.records import Facts
from ablate.executors import calls, local, worker_processes
from ablate.executors.worker_processes import Crew
from ablate.runner.progress import Event, Note
from ablate.runner.signals import signals
from ablate.try_remedies import course, judging, rows_seen, verdicts
from ablate.try_remedies.changes import Situation
from ablate.try_remedies.changes.offers import offers
from ablate.try_remedies.given import Given
from ablate.try_remedies.judging import state_of
from ablate.try_remedies.lab import Key, Lab
from ablate.try_remedies.patch import patch
from ablate.try_remedies.record import FRESH, Record
from ablate.try_remedies.verdict import Verdict

AUDIT_SECONDS = 3.0
"""Time for the audit's rehearsal."""

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
    began = time.monotonic()
    tell = (lambda text: on_event(Note(text))) if on_event else (lambda text: print(text, flush=True))
    folder = Path(tempfile.mkdtemp(prefix="ablate-try-"))
    name = builder if isinstance(builder, str) else getattr(builder, "__name__", "make_model")
    try:
        path = folder / "program.pkl"
        program.save(_program(builder, given, options), path)
        count = options.workers or min(local.cores(), MOST_WORKERS)
        with (
            _on_tensorflow(),
            signals() as stop,
            worker_processes.start_crew(count, warm="ablate.engine.as_is.trial") as crew,
        ):
            return _tried(name, given, options, crew, str(path), began, tell, stop)
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
    stop: Any,
) -> Verdict:
    record: Record | None = None
    stopped = ""
    try:
        read: Facts = _one(crew, remote.facts, path)
        seen = rows_seen.see(given.rows.x, given.rows.y)
        outside = verdicts.outside(read, seen)
        if outside:
            return verdicts.plain(name, *outside, seconds=time.monotonic() - began)
        situation = Situation(
            facts=read,
            rows=seen,
            call=given.call,
            callbacks=given.callbacks is not None,
            shuffles=given.shuffles,
            splits=given.splits,
        )
        record = _record(given, options, situation, crew, path, began, tell)
        _run(record, given, path, crew, tell)
    except KeyboardInterrupt:
        stopped = stop.name or "SIGINT"
    if record is None:
        return verdicts.plain(
            name,
            "unknown",
            "It was stopped before anything was known.",
            stopped=stopped,
            seconds=time.monotonic() - began,
        )
    return verdicts.verdict(
        name,
        record,
        stopped=stopped or ("time" if record.lab.over and not record.done else ""),
        seconds=time.monotonic() - began,
        command=options.command,
    )


def _one(crew: Crew, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a worker and return its value.

    Raises:
        AblateError: the function raised an error, or the worker died.
    """
    queue = deque([calls.Call(key="one", arguments=arguments, seconds=120.0)])
    for result in calls.run(crew, function, queue):
        if result.key == "one":
            if result.error:
                raise AblateError(result.error)
            return result.value
    raise AblateError("The workers returned nothing.")


def _record(
    given: Given,
    options: Options,
    situation: Situation,
    crew: Crew,
    path: str,
    began: float,
    tell: Callable[[str], None],
) -> Record:
    rows = given.rows
    labels = situation.rows.labels
    judged = answers.truth(np.asarray(rows.y_val), labels)[answers.judged(len(rows.y_val))]
    if situation.splits and situation.rows.sorted:  # a trial is then judged on shuffled rows of all classes
        whole = answers.truth(np.asarray(rows.y), labels)
        judged = whole[np.linspace(0, len(whole) - 1, len(judged)).astype(int)]
    bar = judging.bar(judged)
    record: Record

    def told(key: Key, ending: Any) -> None:
        state = state_of(ending, record.bar)
        how = f"error: {ending.error[:90]}" if ending.error else f"{state}, accuracy {ending.accuracy:.2f}"
        tell(f"  {' and '.join(key[0]) or 'as it is'}, seed {key[1]}: {how} ({ending.seconds:.0f} s)")

    lab = Lab(
        crew=crew,
        path=path,
        write=lambda changes: patch(changes, situation.facts, given.call),
        until=began + 60 * options.minutes,
        told=told,
    )
    record = Record(lab=lab, situation=situation, bar=bar, notes=list(given.notes))
    record.fresh = tuple(range(FRESH, FRESH + options.seeds))
    record.offers = list(offers(situation))
    record.base = verdicts.needed(record)
    return record


def _run(record: Record, given: Given, path: str, crew: Crew, tell: Callable[[str], None]) -> None:
    """Go through all stages."""
    tell(verdicts.preface(record))
    _audit(record, given, path, crew, tell)
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


def _audit(record: Record, given: Given, path: str, crew: Crew, tell: Callable[[str], None]) -> None:
    """Audit the program; what the audit cannot do is said and stops nothing."""
    fit = {name: ast.literal_eval(text) for name, text in given.call.arguments.items() if name != "callbacks"}
    try:
        inspection = _one(crew, remote.inspection, path, fit, AUDIT_SECONDS)
        record.findings = audit.findings(inspection)
    except AblateError as error:
        record.notes.append(f"The audit could not be done: {str(error)[:120]}")
        return
    reference = inspection.reference
    if reference is not None:
        best = max(reference.accuracy, reference.tokens or 0.0)
        learnable = best > reference.majority + 0.02 and reference.p_value < 1e-3
        record.bar = dataclasses.replace(record.bar, reachable=best if learnable else 0.0)
        record.learnable = learnable
    for finding in record.findings:
        if finding.severity != "note":
            tell(f"  {finding.severity}: {finding.what}")

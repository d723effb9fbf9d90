"""Prove a finding by experiments: train its repairs, and repairs of other causes, and count."""

from __future__ import annotations

import copy
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ablate.core.errors import ConfigError
from ablate.engine.as_is import program
from ablate.engine.as_is.program import Program
from ablate.engine.callback import rebuild
from ablate.engine.inspection import schedule
from ablate.engine.inspection.rows import mapped
from ablate.runner.signals import signals
from ablate.stats.rates import wilson
from ablate.try_remedies import given, program_attempt, program_audit, program_record, program_state, rows_seen
from ablate.try_remedies.changes import Situation
from ablate.try_remedies.given import Given
from ablate.try_remedies.patch import Change, Changes, together
from ablate.try_remedies.program_attempt import Options
from ablate.try_remedies.record import Record
from ablate.try_remedies.weighing import weighed
from ablate.watching.finding import Finding
from ablate.watching.proof import Luck, Proof, Tried

if TYPE_CHECKING:
    from ablate.watching.watch import Watch

NAMED = 3
"""Repairs of the named cause that are trained."""

OTHERS = 2
"""Repairs of other causes that are trained beside them."""


@dataclass(kw_only=True)
class _Case:
    """What is trained.

    Attributes:
        builder: builds the model.
        given: rows and call of `fit`.
        options: how it is trained.
        folder: where programs are written.
    """

    builder: Callable[[], Any]
    given: Given
    options: Options
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ablate-watch-")))


def prove(
    watch: Watch,
    *,
    seeds: int = 8,
    make_model: Callable[[], Any] | None = None,
    data: Any = None,
    minutes: float = 10.0,
    workers: int = 0,
) -> Proof:
    """Train repairs of the named cause, from fresh weights and from those at the finding, beside repairs of others.

    Args:
        watch: the callback, after its finding.
        seeds: seeds of each change.
        make_model: builds the compiled model; None builds it from the model itself.
        data: `(x, y)`; None takes the rows of the `fit`.
        minutes: time for all of it.
        workers: worker processes; 0 for one per core.

    Raises:
        ConfigError: nothing was found, or model or rows cannot be given to other processes.
    """
    finding = watch.finding
    if finding is None:
        raise ConfigError("Nothing was found, so there is nothing to prove. `is_it_luck()` trains other seeds.")
    began = time.monotonic()
    case = _case(watch, make_model, data, minutes, workers)
    stopped = ""
    try:
        with signals() as stop, program_attempt.workers(case.options.workers) as crew:
            record = _recorded(case, case.builder, "fresh", crew, began)
            offers = weighed(record.offers, watch.audited, [])
            mine, others = _chosen(offers, finding)
            sets: list[Changes] = [record.base, *((*record.base, one) for one in (*mine, *others))]
            saved = watch.snapshot
            other: Record | None = None
            try:
                record.lab.train([(changes, seed) for seed in range(seeds) for changes in sets])
                if saved:
                    row = mapped(lambda part: part[:1], case.given.rows.x)
                    on = rebuild.going_on(case.builder, saved, row)
                    other = _recorded(case, on, "saved", crew, began, record)
                    other.lab.train([(changes, seed) for seed in range(seeds) for changes in sets])
            except KeyboardInterrupt:
                stopped = f"{stop.name or 'SIGINT'} stopped it"
            stopped = stopped or ("Time was over" if record.lab.over else "")
            results = [_tried(record, other, changes, range(seeds), mine) for changes in sets]
    finally:
        shutil.rmtree(case.folder, ignore_errors=True)
    return Proof(
        finding=finding,
        baseline=results[0],
        tried=tuple(results[1:]),
        seconds=time.monotonic() - began,
        stopped=stopped,
    )


def is_it_luck(
    watch: Watch,
    *,
    seeds: int = 64,
    make_model: Callable[[], Any] | None = None,
    data: Any = None,
    minutes: float = 30.0,
    workers: int = 0,
) -> Luck:
    """Train the same model with other seeds, and count.

    Args:
        watch: the callback, after a `fit`.
        seeds: how many seeds.
        make_model: builds the compiled model; None builds it from the model itself.
        data: `(x, y)`; None takes the rows of the `fit`.
        minutes: time for all of it.
        workers: worker processes; 0 for one per core.

    Raises:
        ConfigError: no `fit` was watched, or model or rows cannot be given to other processes.
    """
    began = time.monotonic()
    case = _case(watch, make_model, data, minutes, workers)
    stopped = ""
    try:
        with signals() as stop, program_attempt.workers(case.options.workers) as crew:
            record = _recorded(case, case.builder, "fresh", crew, began)
            try:
                record.lab.train([((), seed) for seed in range(seeds)])
            except KeyboardInterrupt:
                stopped = f"{stop.name or 'SIGINT'} stopped it"
            counts = record.tally((), range(seeds))
            stopped = stopped or ("Time was over" if record.lab.over else "")
    finally:
        shutil.rmtree(case.folder, ignore_errors=True)
    low, high = (float(b) for b in wilson(np.asarray(counts.learned), np.asarray(max(1, counts.trials))))
    return Luck(counts=counts, low=low, high=high, seconds=time.monotonic() - began, stopped=stopped)


def _case(watch: Watch, make_model: Any, data: Any, minutes: float, workers: int) -> _Case:
    """Return what is trained: the model, the rows and the call of the watched `fit`.

    Raises:
        ConfigError: there is no watched `fit`, or it did not take arrays and none are given.
    """
    session = watch.session
    if session is None:
        raise ConfigError("No `fit` has been watched yet. Pass the callback to `fit` first.")
    call = session.call
    fit = {name: call.arguments[name] for name in ("batch_size", "epochs", "shuffle", "class_weight")
           if name in call.arguments}  # fmt: skip
    validation = call.validation if isinstance(call.validation, list | tuple) else None
    split = float(call.arguments.get("validation_split") or 0)
    if data is None:
        if call.y is None:
            raise ConfigError("The rows of `fit` come in batches. Give them as arrays: `prove(data=(x, y))`.")
        data = (mapped(np.asarray, call.x), np.asarray(call.y))
        if call.weights is not None:
            data = (*data, np.asarray(call.weights))
    elif len(data) == 2 and session.rows is not None and call.y is None:
        fit.setdefault("batch_size", session.rows.batch)
    if split and validation is not None and call.weights is None:
        data = (_joined(data[0], validation[0]), np.concatenate([data[1], np.asarray(validation[1])]))
        fit["validation_split"], validation = split, None
    kept = [one for one in call.callbacks if type(one).__name__ in schedule.HARMLESS]
    if kept:
        fit["callbacks"] = [_bare(one) for one in kept]
    pair = None if validation is None else (mapped(np.asarray, validation[0]), np.asarray(validation[1]))
    return _Case(
        builder=make_model or rebuild.builder_of(session.model),
        given=given.take(data, pair, fit),
        options=Options(minutes=minutes, workers=workers, backend=session.course().backend),
    )


def _joined(x: Any, held: Any) -> Any:
    if isinstance(x, dict):
        return {name: _joined(part, held[name]) for name, part in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(_joined(one, two) for one, two in zip(x, held, strict=True))
    return np.concatenate([np.asarray(x), np.asarray(held)])


def _bare(callback: Any) -> Any:
    """Return a callback without the model that it was used with."""
    bare = copy.copy(callback)
    bare._model = None
    return bare


def _recorded(case: _Case, builder: Any, name: str, crew: Any, began: float, measured: Record | None = None) -> Record:
    """Write a program, read its facts in a worker, and return a record of its trials."""
    path = str(case.folder / f"{name}.pkl")
    made: Program = program_attempt._program(builder, case.given, case.options)
    program.save(made, Path(path))
    read = program_attempt._facts(crew, path)
    rows = rows_seen.see(case.given.rows.x, case.given.rows.y)
    outside = program_state.outside(read, rows)
    if outside:
        raise ConfigError(outside[1])
    situation = Situation(
        facts=read,
        rows=rows,
        call=case.given.call,
        callbacks=case.given.callbacks is not None,
        shuffles=case.given.shuffles,
        splits=case.given.splits,
    )
    until = began + 60 * case.options.minutes
    record = program_record.made(case.given, situation, crew, path, until, case.options.seeds, lambda _text: None)
    if measured is not None:
        record.bar = measured.bar
    else:
        program_audit.look(record, case.given, lambda _text: None)
    return record


def _chosen(offers: Sequence[Change], finding: Finding) -> tuple[list[Change], list[Change]]:
    """Return the repairs of the named cause, and repairs of other causes, the likeliest first.

    A change that cannot be made beside the first repair overwrites what it repairs: another optimizer has no decay, no
    clipping, no schedule. If it helps, that says nothing against the named cause, so it is not among the others.
    """
    parts = {repair.part for repair in finding.repairs}

    def rank(change: Change) -> tuple[float, ...]:
        place = change.causes.index(finding.cause) if finding.cause in change.causes else 9
        return (place + 2 * (change.part not in parts), -change.weight)

    mine = sorted((change for change in offers if finding.cause in change.causes or change.part in parts), key=rank)[
        :NAMED
    ]
    others = [
        change
        for change in offers
        if finding.cause not in change.causes
        and change.part not in parts | {"epochs"}
        and len(together([*mine[:1], change])) == len(mine[:1]) + 1
    ]
    return mine, others[:OTHERS]


def _tried(
    record: Record, other: Record | None, changes: Changes, seeds: Sequence[int], mine: Sequence[Change]
) -> Tried:
    added = changes[len(record.base) :]
    saved = other.tally(changes, seeds) if other is not None else None
    return Tried(
        name=" and ".join(change.name for change in added) or "as it is",
        words="; ".join(change.words for change in added) or "as it is",
        of_cause=bool(added) and added[0] in mine,
        prevention=record.tally(changes, seeds),
        rescue=saved if saved is not None and saved.trials else None,
        patch=record.lab.write(changes).text if added else "",
    )

"""Run a study from plan to report: source -> pending trials -> stacks -> workers -> outcomes -> store -> report.

A sweep may be stopped at any moment; the next one goes on from what is stored.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, nullcontext
from typing import TYPE_CHECKING

from ablate import store, tasks
from ablate.core.errors import TrialError
from ablate.core.study import Study
from ablate.design import designs
from ablate.executors import local, pool
from ablate.outcomes import states
from ablate.outcomes.curves import Curves
from ablate.runner import (
    finalize,
    lock,
    preflight,
    progress,
    signals,
    study_folder,
    training_backend,
    training_order,
    trial_ledger,
    trial_sources,
)
from ablate.runner.retry import Losses, settle, start_over_text
from ablate.runner.summary import Summary
from ablate.runner.sweep_state import Request, SweepState, Tell
from ablate.runner.training_backend import Backend
from ablate.runner.trial_ledger import Ledger
from ablate.runner.trial_sources import Source
from ablate.store import manifest
from ablate.store.records import FAILED

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.executors.pool import Pool


def sweep(
    study: Study,
    *,
    source: Source | None = None,
    on_event: Tell | None = None,
    engine: Backend | None = None,
    workers: Pool | None = None,
    before_report: Callable[[], str] = lambda: "",
) -> Summary:
    """Train every trial of the study that has no result yet, then write its report.

    Ctrl-C and SIGTERM drop the stacks in flight and keep everything else; `Summary.stopped` names the signal.

    Args:
        study: the study.
        source: decides which trials are trained; by default what the study's own `seeds` say.
        on_event: called with every note and progress; None shows them on standard output.
        engine: what trains; the package's own engine by default.
        workers: workers to train with, left running; by default the sweep starts and ends its own.
        before_report: returns what to tell when every trial has a result; nothing by default.

    Raises:
        ConfigError, TaskError: the study or its data cannot be used; nothing is trained.
        LossCheckError: a loss has another gradient than its name promises; nothing is trained.
        StoreError: the folder cannot be read or written, or another SEMANTICS wrote its shards.
        ConflictError: a trial has two results.
        TrialError: a trial failed, and the study asks to stop then (`fail_fast`).
    """
    began = time.monotonic()
    designs.check_levels(study, lambda params: tasks.load(params).hash)
    with ExitStack() as stack:
        request = Request(
            study=study,
            folder=study_folder.folder_of(study),
            backend=engine or training_backend.package_engine(),
            tell=on_event if on_event is not None else stack.enter_context(progress.display()),
            stop=stack.enter_context(signals.signals()),
            workers=workers,
            before_report=before_report,
        )
        state = SweepState(
            ledger=Ledger(
                source=source or trial_sources.source_of(study, lambda params: tasks.load(params).hash),
                retry_failed=study.execution.retry_failed,
            ),
            manifest=manifest.Manifest(study=study, started=study_folder.now()),
        )
        try:
            _sweep(request, state, manifest.DESIGN if source is None else manifest.OWN)
        except KeyboardInterrupt:
            if not request.stop.name:
                raise
        return finalize.summary(request, state, time.monotonic() - began)


def _sweep(request: Request, state: SweepState, source: str) -> None:
    """Train what is missing, and write the report if it is not there yet."""
    folder, ledger = request.folder, state.ledger
    waits = f"Another sweep works in {folder}. This one starts when it ends; Ctrl-C ends the wait."
    with lock.lock(study_folder.lock_folder(folder), lambda: request.say(waits)):
        study_folder.tidy(folder, request.say)
        earlier = study_folder.earlier_manifest(folder, request.say) or state.manifest
        state.manifest = dataclasses.replace(earlier, source=source)
        ledger.stored, ledger.attempts = store.outcomes(folder), store.attempts(folder)
        queue = deque(_next_stacks(state))
        trains = bool(queue)
        if trains:
            with nullcontext(request.workers) if request.workers else pool.start(_wanted(request, len(queue))) as crew:
                _prepare(request, state, crew, queue)
                _train(request, state, crew, queue)
        else:
            request.say(f"All {len(ledger.planned):,} trials have a result already.{_how_to_retry(ledger)}")
            _measure(request, state)
        if told := request.before_report():
            request.say(told)
        del ledger  # so that `finish` can free the ledger's memory: no name refers to it any more
        if (
            finalize.reread(request, state)
            or trains
            or not study_folder.published(request.study, folder, earlier, source)
        ):
            finalize.finish(request, state)


def _how_to_retry(ledger: Ledger) -> str:
    """Return a sentence on planned trials that failed; empty if none did."""
    failed = sum(outcome.state == "failed" for outcome in ledger.ended.values())
    return f" {failed:,} of them failed: `retry_failed=true` trains those again." if failed else ""


def worker_count(study: Study, stacks: int) -> int:
    """Return how many workers to start: what the study says, or one per core, but never more than there are stacks.

    Args:
        study: the study.
        stacks: how many stacks there are to train.
    """
    return max(1, min(study.execution.workers or local.cores(), stacks))


def _wanted(request: Request, stacks: int) -> pool.Wanted:
    return pool.Wanted(
        execution=request.study.execution,
        workers=worker_count(request.study, stacks),
        warm=request.backend.warm,
        folder=request.folder,
    )


def _next_stacks(state: SweepState) -> list[Stack]:
    """Return the stacks of the next trials to train, in the order to train them; none if the source wants nothing."""
    from ablate.engine import program

    stacks = training_order.order(trial_ledger.next_trials(state.ledger), program.stacks)
    for stack in stacks:
        state.programs.setdefault(stack.program, False)
    return stacks


def _prepare(request: Request, state: SweepState, crew: Pool, queue: Iterable[Stack]) -> None:
    """Measure chance levels and check the losses; write both into the manifest before the first step."""
    _measure(request, state)
    record = preflight.check_losses(
        request.backend.check,
        (trial for stack in queue for trial in stack.trials),
        state.manifest.canary,
        workers=crew,
        execution=request.study.execution,
        stop=request.stop.check,
        say=request.say,
    )
    state.manifest = dataclasses.replace(state.manifest, canary=record, finished="", shards=())
    manifest.write(state.manifest, request.folder)
    study_folder.mark_report(request.folder)


def _measure(request: Request, state: SweepState) -> None:
    """Measure or look up the chance level of every task planned so far, and put it into the manifest."""
    planned = state.ledger.planned.values()
    state.chances = preflight.chances(planned, state.manifest.chance, request.say)
    state.manifest = preflight.updated_manifest(state.manifest, request.study, state.chances, planned)


def _train(request: Request, state: SweepState, crew: Pool, queue: deque[Stack]) -> None:
    """Train the stacks, and further stacks that the source asks for; on return all their trials are on the disk."""
    losses: Losses = {}
    told: set[str] = set()
    stop = request.stop
    with store.writer(request.folder, request.study.name) as writer:

        def on_wait() -> None:
            stop.check()
            with stop.hold():
                writer.tick()
            request.tell(state.progress())

        with closing(crew.drain(queue, request.backend.train, on_wait=on_wait)) as results:
            for done in results:
                with stop.hold():
                    trained = settle(done, queue, losses)
                    state.programs[done.stack.program] |= bool(trained)
                    for curves in trained:
                        _keep(request, state, writer, curves)
                if not trained and done.error not in told:  # the halves of a stack fail alike
                    request.say(start_over_text(done))
                    told.add(done.error)
                request.tell(state.progress())
                if len(queue) < crew.width():
                    queue.extend(_more_stacks(request, state))
        with stop.hold():
            writer.flush()


def _more_stacks(request: Request, state: SweepState) -> list[Stack]:
    """Return the next stacks; measure the chance level of a task that is new among them."""
    stacks = _next_stacks(state)
    if any(stack.trials[0].task_hash not in state.chances for stack in stacks):
        _measure(request, state)
        manifest.write(state.manifest, request.folder)
    return stacks


def _keep(request: Request, state: SweepState, writer: store.Writer, curves: Curves) -> None:
    """Derive how a trained trial ended, and hand its record to the store.

    Raises:
        TrialError: the trial failed, and the study is to stop at the first failure.
    """
    trial = state.ledger.planned[curves.id]
    chance = state.chances[trial.task_hash]
    outcome = trial_ledger.add(state.ledger, trial, states.outcome_of(curves, chance))
    writer.add(store.Record(trial=trial, outcome=outcome, curves=curves, rule=chance.rule))
    state.trained[outcome.state] += 1
    state.failures.pop(trial.id, None)
    if outcome.state == FAILED:
        state.failures[trial.id] = curves.message
        if request.study.execution.fail_fast:
            raise TrialError(f"Trial {trial.id} failed, and `fail_fast` is on: {curves.message}")

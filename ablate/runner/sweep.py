"""A study from plan to report: source -> pending trials -> stacks -> executor -> states -> store.

Stop it anywhere, go on later.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing, nullcontext
from typing import TYPE_CHECKING

from ablate import store
from ablate.core.errors import TrialError
from ablate.core.study import Study, Trial
from ablate.executors import local, pool
from ablate.runner import finalize, lock, preflight, progress, signals, study_folder, training_backend, trial_sources
from ablate.runner.progress import Note, Progress
from ablate.runner.retry import LOSSES, Losses, again, settle
from ablate.runner.summary import Summary
from ablate.runner.sweep_state import Run, Tell
from ablate.runner.training_backend import Backend
from ablate.runner.trial_sources import Source
from ablate.store import manifest
from ablate.store.manifest import Manifest
from ablate.store.records import FAILED

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.executors.pool import Pool
    from ablate.outcomes.curves import Curves


def sweep(
    study: Study,
    *,
    source: Source | None = None,
    on_event: Tell | None = None,
    engine: Backend | None = None,
    workers: Pool | None = None,
) -> Summary:
    """Trains every trial of the study that has no result yet, then writes its report.

    Ctrl-C and SIGTERM drop the stacks in flight, keep everything else, and come back as `Summary.stopped`.

    Args:
        study: the study.
        source: where its trials come from; what the study's own `seeds` say by default.
        on_event: hears notes and progress; None shows them on standard output.
        engine: what trains; the package's own by default.
        workers: who trains, left running; workers of its own by default.

    Raises:
        ConfigError, TaskError: a study or task that cannot be; nothing is written.
        LossCheckError: the loss formulations agree where they must differ; nothing is trained.
        StoreError: the folder cannot be read or written, or its shards are another SEMANTICS'.
        ConflictError: a trial with two results.
        TrialError: a trial failed and the study is to fail fast.
    """
    from ablate import tasks

    began = time.monotonic()
    with ExitStack() as stack:
        tell = on_event if on_event is not None else stack.enter_context(progress.display())
        stop = stack.enter_context(signals.signals())
        run = Run(
            study=study,
            folder=study_folder.folder_of(study),
            backend=engine or training_backend.own(),
            tell=tell,
            stop=stop,
            source=source or trial_sources.of(study, lambda params: tasks.load(params).hash),
            workers=workers,
        )
        try:
            _sweep(run)
        except KeyboardInterrupt:
            if not stop.name:
                raise
        return finalize.summary(run, time.monotonic() - began)


def _sweep(run: Run) -> None:
    waiting = Note(f"Another sweep holds {run.folder}; waiting for it to end (Ctrl-C to give up).")
    with lock.lock(study_folder.guarded(run.folder), lambda: run.tell(waiting)):
        study_folder.tidy(run.folder, run.tell)
        known = study_folder.known(run.folder, run.tell)
        run.stored, run.attempts = store.outcomes(run.folder), store.attempts(run.folder)
        queue = deque(_ask(run))
        trains = bool(queue)
        if trains:
            with nullcontext(run.workers) if run.workers else pool.start(_wanted(run, len(queue))) as own:
                _prepare(run, own, known, queue)
                _train(run, own, queue)
        else:
            run.say(f"All {len(run.planned):,} trials are there already.")
            _measure(run, known)
        if finalize.reread(run) or trains or not study_folder.published(run.study, run.folder, known):
            finalize.finish(run)


def workers(study: Study, stacks: int) -> int:
    """Worker processes: as many as the study says, one per core by default, never more than there are stacks."""
    return max(1, min(study.execution.workers or local.cores(), stacks))


def _wanted(run: Run, stacks: int) -> pool.Wanted:
    return pool.Wanted(
        execution=run.study.execution, workers=workers(run.study, stacks), warm=run.backend.warm, folder=run.folder
    )


def _ask(run: Run) -> Sequence[Stack]:
    """The next stacks, none if the source wants nothing now; what it wants and is stored is shown to it at once."""
    from ablate.engine import program
    from ablate.runner import training_order

    while wanted := [trial for trial in run.source.ask(run.seen) if _open(run, trial)]:
        there = [trial for trial in wanted if trial.id not in run.planned and _kept(run, trial)]
        run.planned.update((trial.id, trial) for trial in wanted)
        run.seen.update((trial.id, run.stored[trial.id]) for trial in there)
        shown = {trial.id for trial in there}
        pending = [trial for trial in wanted if trial.id not in shown]
        for trial in pending:
            run.seen.pop(trial.id, None)
        if pending:
            return training_order.order(pending, program.stacks)
    return ()


def _open(run: Run, trial: Trial) -> bool:
    """Whether the source may have this trial: it is new, or has failed and not too often."""
    if trial.id not in run.planned:
        return True
    return trial.id in run.seen and run.seen[trial.id].state == FAILED and run.attempts.get(trial.id, 0) < LOSSES


def _kept(run: Run, trial: Trial) -> bool:
    """Whether an earlier sweep's result of this trial stands."""
    before = run.stored.get(trial.id)
    return before is not None and not (before.state == FAILED and run.study.execution.retry_failed)


def _prepare(run: Run, own: Pool, known: Manifest | None, queue: Iterable[Stack]) -> None:
    """Chance levels and canary, written down before the first step."""
    _measure(run, known)
    sung = preflight.canary(
        run.backend.check,
        (trial for stack in queue for trial in stack.trials),
        run.record.canary,
        workers=own,
        execution=run.study.execution,
        stop=run.stop.check,
        say=run.say,
    )
    run.record = dataclasses.replace(run.record, canary=sung, finished="", shards=())
    manifest.write(run.record, run.folder)


def _measure(run: Run, known: Manifest | None) -> None:
    """The chance level of every task of the trials planned so far."""
    run.chances = preflight.chances(run.study, run.planned.values(), known.chance if known else {}, run.say)
    run.record = preflight.manifest_of(run.study, run.chances, known)


def _train(run: Run, own: Pool, queue: deque[Stack]) -> None:
    """Trains the stacks, and those that the source asks for meanwhile; on return all their trials are on the disk."""
    losses: Losses = {}
    causes: set[str] = set()
    with store.writer(run.folder, run.study.name) as out:

        def wait() -> None:
            run.stop.check()
            with run.stop.hold():
                out.tick()
            run.tell(_progress(run))

        with closing(own.drain(queue, run.backend.train, on_wait=wait)) as results:
            for done in results:
                with run.stop.hold():
                    kept = settle(done, queue, losses)
                    for curves in kept:
                        _keep(run, out, curves)
                if not kept and done.error not in causes:
                    run.say(again(done))  # halves of a stack say it no second time
                    causes.add(done.error)
                run.tell(_progress(run))
                if len(queue) < own.width():
                    queue.extend(_ask_more(run))
        with run.stop.hold():
            out.flush()


def _ask_more(run: Run) -> Sequence[Stack]:
    """The next stacks, their tasks judged like the first ones'."""
    stacks = _ask(run)
    if any(stack.trials[0].task_hash not in run.chances for stack in stacks):
        _measure(run, run.record)
        manifest.write(run.record, run.folder)
    return stacks


def _keep(run: Run, out: store.Writer, curves: Curves) -> None:
    """Derives the trial's state and hands the record to the store.

    Raises:
        TrialError: it failed, and the study is to fail fast.
    """
    from ablate.outcomes import states

    trial = run.planned[curves.id]
    chance = run.chances[trial.task_hash]
    run.attempts[trial.id] = run.attempts.get(trial.id, 0) + 1
    outcome = dataclasses.replace(states.outcome_of(curves, chance), attempt=run.attempts[trial.id])
    out.add(store.Record(trial=trial, outcome=outcome, curves=curves, rule=chance.rule))
    run.states[outcome.state] += 1
    run.seen[trial.id] = outcome
    run.failures.pop(trial.id, None)
    if outcome.state == FAILED:
        run.failures[trial.id] = curves.message
        if run.study.execution.fail_fast:
            raise TrialError(f"Trial {trial.id} failed, and `fail_fast` is on: {curves.message}")


def _progress(run: Run) -> Progress:
    trained = sum(run.states.values())
    return Progress(planned=len(run.planned), done=len(run.seen), trained=trained, states=Counter(run.states))

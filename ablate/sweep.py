"""A study from plan to report: source -> pending trials -> stacks -> executor -> states -> store.

Stop it anywhere, go on later.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate import backend, guard, manifest, place, progress, sources, store
from ablate.backend import Backend
from ablate.errors import PatienceError, TrialError
from ablate.executors import local, pool
from ablate.files import Place
from ablate.manifest import Manifest
from ablate.progress import Event, Note, Progress
from ablate.retry import LOSSES, Losses, settle
from ablate.sources import Seen, Source
from ablate.store.records import FAILED
from ablate.study import Json, Study, Trial
from ablate.summary import Summary

if TYPE_CHECKING:
    from ablate.chance import Chance
    from ablate.curves import Curves
    from ablate.engine.program import Stack
    from ablate.executors.pool import Pool

Tell = Callable[[Event], None]


@dataclass(kw_only=True)
class Run:
    """A sweep in progress.

    Attributes:
        workers: who trains; None: workers that end with the sweep.
        planned: every trial asked for, by id.
        seen: how those ended that have a result, in an earlier sweep or this one.
        stored: state and time of the trials that earlier sweeps left.
        states: this sweep's trials by state.
        counted: all trials asked for, and by state those that have a result, once training is over.
        rules: by task hash, the chance level and its name.
    """

    study: Study
    folder: Place
    backend: Backend
    tell: Tell
    stop: guard.Stop
    source: Source
    workers: Pool | None = None
    planned: dict[str, Trial] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    stored: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    record: Manifest = field(init=False)
    states: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    rules: dict[str, tuple[Chance, str]] = field(default_factory=dict)
    report: Place | None = None
    counted: tuple[int, Counter[str]] | None = None


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
        CanaryError: the loss formulations agree where they must differ; nothing is trained.
        StoreError: the folder cannot be read or written, or its shards are another SEMANTICS'.
        ConflictError: a trial with two results.
        TrialError: a trial failed and the study is to fail fast.
    """
    from ablate import tasks

    began = time.monotonic()
    with ExitStack() as stack:
        tell = on_event if on_event is not None else stack.enter_context(progress.display())
        stop = stack.enter_context(guard.signals())
        run = Run(
            study=study,
            folder=place.folder_of(study),
            backend=engine or backend.own(),
            tell=tell,
            stop=stop,
            source=source or sources.of(study, lambda params: tasks.load(params).hash),
            workers=workers,
        )
        try:
            _sweep(run)
        except KeyboardInterrupt:
            if not stop.name:
                raise
        return _summary(run, time.monotonic() - began)


def _sweep(run: Run) -> None:
    waiting = Note(f"Another sweep holds {run.folder}; waiting for it to end (Ctrl-C to give up).")
    with guard.lock(place.guarded(run.folder), lambda: run.tell(waiting)):
        place.tidy(run.folder, run.tell)
        known = place.known(run.folder, run.tell)
        run.stored, run.attempts = store.outcomes(run.folder), store.attempts(run.folder)
        queue = deque(_ask(run))
        trains = bool(queue)
        if trains:
            with nullcontext(run.workers) if run.workers else pool.start(_wanted(run, len(queue))) as own:
                _prepare(run, own, known, queue)
                _train(run, own, queue)
        else:
            run.tell(Note(f"All {len(run.planned):,} trials are there already."))
            run.record = _measured(run, known)
        if _reread(run) or trains or not place.published(run.study, run.folder, known):
            _finish(run)


def workers(study: Study, stacks: int) -> int:
    """Worker processes: as many as the study says, one per core by default, never more than there are stacks."""
    return max(1, min(study.execution.workers or local.cores(), stacks))


def _wanted(run: Run, stacks: int) -> pool.Wanted:
    return pool.Wanted(
        execution=run.study.execution, workers=workers(run.study, stacks), warm=run.backend.warm, folder=run.folder
    )


def _ask(run: Run) -> Sequence[Stack]:
    """The next stacks, none if the source wants nothing now; what it wants and is stored is shown to it at once."""
    from ablate import rounds
    from ablate.engine import program

    while wanted := [trial for trial in run.source.ask(run.seen) if _open(run, trial)]:
        there = [trial for trial in wanted if trial.id not in run.planned and _kept(run, trial)]
        run.planned.update((trial.id, trial) for trial in wanted)
        run.seen.update(
            (trial.id, Seen(trial, *run.stored[trial.id], run.attempts.get(trial.id, 1))) for trial in there
        )
        shown = {trial.id for trial in there}
        pending = [trial for trial in wanted if trial.id not in shown]
        for trial in pending:
            run.seen.pop(trial.id, None)
        if pending:
            return rounds.order(pending, program.stacks)
    return ()


def _open(run: Run, trial: Trial) -> bool:
    """Whether the source may have this trial: it is new, or has failed and not too often."""
    if trial.id not in run.planned:
        return True
    return trial.id in run.seen and run.seen[trial.id].state == FAILED and run.attempts.get(trial.id, 0) < LOSSES


def _kept(run: Run, trial: Trial) -> bool:
    """Whether an earlier sweep's result of this trial stands."""
    state, _ = run.stored.get(trial.id, ("", None))
    return bool(state) and not (state == FAILED and run.study.execution.retry_failed)


def _prepare(run: Run, own: Pool, known: Manifest | None, queue: Iterable[Stack]) -> None:
    """What must hold before the first step: a task with room to learn, and losses that differ."""
    record = _measured(run, known)
    run.tell(Note("Checking that the losses differ where they must (the canary)."))
    first = {trial.setting: trial for stack in queue for trial in stack.trials}
    canary = _canary(run, own, list(first.values()))
    run.record = dataclasses.replace(record, canary=_sung(record.canary, canary), finished="", shards=())
    manifest.write(run.record, run.folder)


def _canary(run: Run, own: Pool, trials: list[Trial]) -> Json:
    """The canary's record; of one that hangs, that it does: whose level hangs, the trials will say."""
    from ablate import checks

    wait = checks.patience("The canary", run.study.execution, run.stop.check)
    try:
        return own.call(run.backend.check, trials, on_wait=wait)
    except PatienceError as error:
        run.tell(Note(f"{error} Every program asks the canary again of the losses it trains."))
        return [{"error": str(error)}]


def _sung(before: Json, now: Json) -> Json:
    """The canary's record with what an earlier sweep's said of losses that are not trained now."""
    if not (isinstance(before, list) and isinstance(now, list)):
        return now
    asked = [each.get("loss") for each in now]
    return [*(each for each in before if isinstance(each, dict) and each.get("loss") not in asked), *now]


def _measured(run: Run, known: Manifest | None) -> Manifest:
    """The manifest with the chance level of every task of the study; measured only if it is not known.

    Raises:
        TaskError: a task that cannot tell learning from luck.
    """
    from ablate import checks

    own = known or Manifest(study=run.study, started=place.now())
    seen = checks.chances(run.study, run.planned.values(), own.chance, lambda text: run.tell(Note(text)))
    run.rules = {task: (measured.read(), measured.rule) for task, measured in seen.items()}
    return dataclasses.replace(
        own,
        study=run.study,
        chance={**own.chance, **seen},
        versions=manifest.versions(),
        machine=manifest.machine(),
        level_names=manifest.level_names(run.study, own.level_names),
    )


def _train(run: Run, own: Pool, queue: deque[Stack]) -> None:
    """Trains the stacks, and those that the source asks for meanwhile; on return all their trials are on the disk."""
    losses: Losses = {}
    with store.writer(run.folder, run.study.name) as out:

        def wait() -> None:
            run.stop.check()
            with run.stop.hold():
                out.tick()
            run.tell(_progress(run))

        with closing(own.drain(queue, run.backend.train, on_wait=wait)) as results:
            for done in results:
                with run.stop.hold():
                    for curves in settle(done, queue, losses):
                        _keep(run, out, curves)
                run.tell(_progress(run))
                if len(queue) < own.width():
                    queue.extend(_ask_more(run))
        with run.stop.hold():
            out.flush()


def _ask_more(run: Run) -> Sequence[Stack]:
    """The next stacks, their tasks judged like the first ones'."""
    stacks = _ask(run)
    if any(stack.trials[0].task_hash not in run.rules for stack in stacks):
        run.record = _measured(run, run.record)
        manifest.write(run.record, run.folder)
    return stacks


def _keep(run: Run, out: store.Writer, curves: Curves) -> None:
    """Derives the trial's state and hands the record to the store.

    Raises:
        TrialError: it failed, and the study is to fail fast.
    """
    from ablate import states

    trial = run.planned[curves.id]
    chance, rule = run.rules[trial.task_hash]
    outcome = states.read(curves, chance)
    run.attempts[trial.id] = run.attempts.get(trial.id, 0) + 1
    out.add(store.Record(trial=trial, outcome=outcome, curves=curves, attempt=run.attempts[trial.id], rule=rule))
    run.states[outcome.state] += 1
    run.seen[trial.id] = Seen(trial, outcome.state, outcome.time, run.attempts[trial.id])
    run.failures.pop(trial.id, None)
    if outcome.state == FAILED:
        run.failures[trial.id] = curves.message
        if run.study.execution.fail_fast:
            raise TrialError(f"Trial {trial.id} failed, and `fail_fast` is on: {curves.message}")


def _progress(run: Run) -> Progress:
    trained = sum(run.states.values())
    return Progress(planned=len(run.planned), done=len(run.seen), trained=trained, states=Counter(run.states))


def _reread(run: Run) -> int:
    """Derives outcomes anew where earlier sweeps measured another chance level: a new width may widen the null band."""
    from ablate import states

    rules = {task: rule for task, (_, rule) in run.rules.items()}
    count = store.reread(run.folder, rules, lambda task, curves: states.read(curves, run.rules[task][0]))
    if count:
        run.tell(Note(f"The chance level has changed: the states of {count:,} stored trials were derived anew."))
    return count


def _finish(run: Run) -> None:
    """Few large shards, the manifest, and the published report."""
    from ablate import report, results

    # A million trials take a gigabyte, and compaction and report read their own.
    run.seen, run.stored, run.attempts, run.source = {}, {}, {}, sources.Whole(trials=())
    store.compact(run.folder)
    run.record = dataclasses.replace(run.record, finished=place.now(), shards=tuple(store.names(run.folder)))
    manifest.write(run.record, run.folder)
    run.counted = _count(run)
    run.planned = {}
    run.tell(Note("Writing the report."))
    run.report = report.write(results.load(run.folder))


def _count(run: Run) -> tuple[int, Counter[str]]:
    """How many trials were asked for, and of those that have a result how many by state."""
    found = store.done(run.folder)
    return len(run.planned), Counter(found[name] for name in run.planned if name in found)


def _summary(run: Run, seconds: float) -> Summary:
    planned, there = run.counted or _count(run)
    return Summary(
        study=run.study.name,
        folder=run.folder,
        planned=planned,
        kept=sum(there.values()),
        trained=sum(run.states.values()),
        states=there,
        failures=tuple(run.failures.items()),
        seconds=seconds,
        stopped=run.stop.name,
        report=run.report,
    )

"""End a sweep: derive states by the latest chance level, merge shards, and write manifest, report and summary."""

from __future__ import annotations

import dataclasses
from collections import Counter

from ablate import store
from ablate.core.filesystem import Place
from ablate.outcomes import states
from ablate.runner import study_folder, trial_sources
from ablate.runner.summary import Summary
from ablate.runner.sweep_state import Request, SweepState
from ablate.runner.trial_ledger import Ledger
from ablate.store import manifest


def reread(request: Request, state: SweepState) -> int:
    """Derive the outcomes anew that earlier sweeps derived under another chance level; return how many.

    A new width, for example, may widen the null band.

    Args:
        request: what the sweep was asked for.
        state: the sweep's state, with the chance levels that hold now.
    """
    rules = {task: chance.rule for task, chance in state.chances.items()}
    count = store.reread(request.folder, rules, lambda task, curves: states.outcome_of(curves, state.chances[task]))
    if count:
        request.say(f"The chance level has changed. The states of {count:,} stored trials were derived anew.")
    return count


def finish(request: Request, state: SweepState) -> Place:
    """Merge the shards, write the manifest, publish the report, and return the report's place.

    The order allows a kill at any moment: until the report is whole, its copy of the manifest is an older one, and the
    next sweep writes the report anew (`study_folder.published`).

    Args:
        request: what the sweep was asked for.
        state: the sweep's state; its ledger is emptied.
    """
    from ablate import report
    from ablate.results import study_results

    # A million trials take a gigabyte. Compaction and report read them from the disk, so this copy is dropped first.
    state.ledger = Ledger(source=trial_sources.Whole(trials=()), planned=state.ledger.planned)
    store.compact(request.folder)
    shards = tuple(store.names(request.folder))
    state.manifest = dataclasses.replace(state.manifest, finished=study_folder.now(), shards=shards)
    manifest.write(state.manifest, request.folder)
    state.counts = _count(request, state)
    state.ledger.planned.clear()
    request.say("Writing the report.")
    return report.write(study_results.load(request.folder))


def _count(request: Request, state: SweepState) -> tuple[int, Counter[str]]:
    """Count the planned trials, and the planned trials that have a result by state."""
    stored, planned = store.done(request.folder), state.ledger.planned
    return len(planned), Counter(stored[name] for name in planned if name in stored)


def summary(request: Request, state: SweepState, seconds: float, report: Place | None) -> Summary:
    """Return what a sweep did, for `ablate sweep` to print.

    Args:
        request: what the sweep was asked for.
        state: the sweep's state at its end.
        seconds: how long the sweep took.
        report: the published report; None if the sweep ended before.
    """
    planned, states = state.counts or _count(request, state)
    return Summary(
        study=request.study.name,
        folder=request.folder,
        planned=planned,
        kept=states.total(),
        trained=state.trained.total(),
        states=states,
        failures=tuple(state.failures.items()),
        seconds=seconds,
        stopped=request.stop.name,
        report=report,
    )

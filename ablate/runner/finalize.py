"""End a sweep: derive states by the latest chance level, merge shards, and write manifest, report and summary."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace

from ablate import store
from ablate.core import filesystem
from ablate.core.errors import StoreError
from ablate.outcomes import states
from ablate.runner import study_folder, trial_sources
from ablate.runner.summary import Summary
from ablate.runner.sweep_state import Request, SweepState
from ablate.runner.trial_ledger import Ledger
from ablate.store import manifest


def reread(request: Request, state: SweepState) -> int:
    """Compute the outcomes again that an older chance level or older rules gave; return how many.

    Args:
        request: what the sweep was asked for.
        state: the sweep's state, with the chance levels that hold now.
    """
    rules = {task: chance.rule for task, chance in state.chances.items()}
    count = store.reread(request.folder, rules, lambda task, curves: states.outcome_of(curves, state.chances[task]))
    if count:
        request.say(
            f"The chance level or a rule of the states has changed. The states of {count:,} stored trials were "
            "computed again."
        )
    return count


def finish(request: Request, state: SweepState) -> None:
    """Merge the shards, publish the report, and last of all mark the study as finished in its manifest.

    The order allows a kill at any moment: until the manifest is written, it differs from the report's copy, and the
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
    state.manifest = replace(state.manifest, finished=study_folder.now(), shards=shards)
    state.planned = len(state.ledger.planned)
    state.ledger.planned.clear()
    request.say("Writing the report.")
    state.results = study_results.load(request.folder, state.manifest)
    report.write(state.results)
    manifest.write(state.manifest, request.folder)


def summary(request: Request, state: SweepState, seconds: float) -> Summary:
    """Return what a sweep did, for `ablate sweep` to print.

    Args:
        request: what the sweep was asked for.
        state: the sweep's state at its end.
        seconds: how long the sweep took.
    """
    from ablate.results import accuracies, status, study_results

    results = state.results
    with suppress(StoreError):  # a sweep that was stopped early has no manifest, or no trial of its study
        results = results or study_results.load(request.folder, replace(state.manifest, study=request.study))
    planned = state.planned or len(state.ledger.planned)
    page = request.folder / "report" / "report.html"
    report = page.parent if not request.stop.name and filesystem.is_file(page) else None
    return Summary(
        study=request.study.name,
        folder=request.folder,
        planned=planned if results is None or results.planned is None else results.planned,
        kept=0 if results is None else len(results.trials),
        trained=state.trained.total(),
        states={} if results is None else Counter(results.trials["state"].astype(str)),
        status=() if results is None else (status.progress(results), *status.notes(results)),
        endings="" if results is None else accuracies.endings(results.trials),
        failures=tuple(state.failures.items()),
        seconds=seconds,
        stopped=request.stop.name,
        report=report,
    )

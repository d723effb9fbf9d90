"""The end of a sweep: states under the latest chance level, few large shards, the manifest, the report, the summary."""

from __future__ import annotations

import dataclasses
from collections import Counter

from ablate import store
from ablate.runner import study_folder, trial_sources
from ablate.runner.summary import Summary
from ablate.runner.sweep_state import Run
from ablate.store import manifest


def reread(run: Run) -> int:
    """Derives outcomes anew where earlier sweeps measured another chance level: a new width may widen the null band."""
    from ablate.outcomes import states

    rules = {task: chance.rule for task, chance in run.chances.items()}
    count = store.reread(run.folder, rules, lambda task, curves: states.outcome_of(curves, run.chances[task]))
    if count:
        run.say(f"The chance level has changed: the states of {count:,} stored trials were derived anew.")
    return count


def finish(run: Run) -> None:
    """Few large shards, the manifest, and the published report."""
    from ablate import report
    from ablate.results import study_results

    # A million trials take a gigabyte, and compaction and report read their own.
    run.seen, run.stored, run.attempts, run.source = {}, {}, {}, trial_sources.Whole(trials=())
    store.compact(run.folder)
    run.record = dataclasses.replace(run.record, finished=study_folder.now(), shards=tuple(store.names(run.folder)))
    manifest.write(run.record, run.folder)
    run.counted = _count(run)
    run.planned = {}
    run.say("Writing the report.")
    run.report = report.write(study_results.load(run.folder))


def _count(run: Run) -> tuple[int, Counter[str]]:
    """How many trials were asked for, and of those that have a result how many by state."""
    found = store.done(run.folder)
    return len(run.planned), Counter(found[name] for name in run.planned if name in found)


def summary(run: Run, seconds: float) -> Summary:
    """What `ablate sweep` prints at the end; `seconds` is how long it took."""
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

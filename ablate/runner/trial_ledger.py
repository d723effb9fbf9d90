"""Keep account of a sweep's trials: which of them its source asked for, and how they ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from ablate.core.study import Trial
from ablate.outcomes.states import Outcome
from ablate.runner.retry import LOSSES
from ablate.runner.trial_sources import Source
from ablate.store.records import FAILED


@dataclass(kw_only=True)
class Ledger:
    """The trials of a sweep.

    Attributes:
        source: decides which trials are asked for next.
        stored: how the trials of earlier sweeps ended, by id.
        attempts: how often each trial was trained in this sweep, and failed in earlier ones, by id.
        retry_failed: whether stored trials that failed are trained again.
        planned: every trial that the source asked for, by id.
        ended: how the planned trials that have a result ended, in this sweep or an earlier one, by id.
    """

    source: Source
    stored: Mapping[str, Outcome] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    retry_failed: bool = False
    planned: dict[str, Trial] = field(default_factory=dict)
    ended: dict[str, Outcome] = field(default_factory=dict)


def next_trials(ledger: Ledger) -> list[Trial]:
    """Return the next trials that must be trained; none if the source wants nothing now.

    A trial whose stored result is good counts as ended at once, and the source is asked again.
    """
    while wanted := [trial for trial in ledger.source.ask(ledger.ended) if _may_be_asked_for(ledger, trial)]:
        pending = [trial for trial in wanted if trial.id in ledger.planned or not _has_good_result(ledger, trial)]
        pending_ids = {trial.id for trial in pending}
        ledger.planned.update((trial.id, trial) for trial in wanted)
        for trial in wanted:
            if trial.id in pending_ids:
                ledger.ended.pop(trial.id, None)
            else:
                ledger.ended[trial.id] = ledger.stored[trial.id]
        if pending:
            return pending
    return []


def add(ledger: Ledger, trial: Trial, outcome: Outcome) -> Outcome:
    """Note how a trial that was trained now has ended; return the outcome with the number of the attempt.

    Args:
        ledger: the sweep's trials; changed in place.
        trial: the trial.
        outcome: how it ended; its `attempt` is not read.
    """
    ledger.attempts[trial.id] = ledger.attempts.get(trial.id, 0) + 1
    ledger.ended[trial.id] = dataclasses.replace(outcome, attempt=ledger.attempts[trial.id])
    return ledger.ended[trial.id]


def _may_be_asked_for(ledger: Ledger, trial: Trial) -> bool:
    """Return whether the trial is new, or has failed and not too often."""
    if trial.id not in ledger.planned:
        return True
    ended = ledger.ended.get(trial.id)
    return ended is not None and ended.state == FAILED and ledger.attempts.get(trial.id, 0) < LOSSES


def _has_good_result(ledger: Ledger, trial: Trial) -> bool:
    """Return whether an earlier sweep has trained the trial, so that it need not be trained again."""
    stored = ledger.stored.get(trial.id)
    return stored is not None and not (stored.state == FAILED and ledger.retry_failed)

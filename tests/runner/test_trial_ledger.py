from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.core.study import Budget, Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.runner import sweep, trial_ledger
from ablate.runner.retry import LOSSES
from ablate.runner.trial_ledger import Ledger

STUCK, FAILED = Outcome(state="stuck"), Outcome(state="failed")


def trial(number: int) -> Trial:
    return Trial(id=str(number), setting=Setting(()), seed=number, task_hash="t", budget=Budget())


@dataclass(frozen=True)
class Growing:
    """Asks for one trial more than have ended, and for each that failed again."""

    most: int

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        failed = [trial(int(name)) for name, outcome in seen.items() if outcome.state == "failed"]
        return [*failed, *map(trial, range(len(seen), min(len(seen) + 1, self.most)))]


def ids(trials: Sequence[Trial]) -> list[str]:
    return [one.id for one in trials]


def test_stored_results_are_shown_to_the_source_until_something_must_be_trained() -> None:
    ledger = Ledger(source=Growing(most=5), stored={"0": STUCK, "1": STUCK, "4": STUCK})
    assert ids(trial_ledger.next_trials(ledger)) == ["2"]
    assert list(ledger.ended) == ["0", "1"]
    assert list(ledger.planned) == ["0", "1", "2"]
    assert trial_ledger.next_trials(ledger) == [], "trial 2 is being trained"
    trial_ledger.add(ledger, trial(2), STUCK)
    assert ids(trial_ledger.next_trials(ledger)) == ["3"]
    trial_ledger.add(ledger, trial(3), STUCK)
    assert trial_ledger.next_trials(ledger) == []
    assert list(ledger.ended) == ["0", "1", "2", "3", "4"]


def test_a_stored_failure_is_trained_again_only_if_asked() -> None:
    kept = Ledger(source=Growing(most=2), stored={"0": STUCK, "1": FAILED}, attempts={"1": LOSSES})
    assert trial_ledger.next_trials(kept) == []
    assert kept.ended["1"] is FAILED
    again = Ledger(source=Growing(most=2), stored={"0": STUCK, "1": FAILED}, attempts={"1": 2}, retry_failed=True)
    assert ids(trial_ledger.next_trials(again)) == ["1"]
    assert trial_ledger.add(again, trial(1), STUCK) == Outcome(state="stuck", attempt=3)


def test_a_trial_that_always_fails_is_trained_a_bounded_number_of_times() -> None:
    ledger, attempts = Ledger(source=Growing(most=1)), []
    while trials := trial_ledger.next_trials(ledger):
        attempts += [trial_ledger.add(ledger, one, FAILED).attempt for one in trials]
    assert attempts == list(range(1, LOSSES + 1))


def test_trials_that_failed_earlier_are_counted_with_the_word_that_trains_them_again() -> None:
    ledger = Ledger(source=Growing(most=3), ended={"0": STUCK, "1": FAILED, "2": FAILED})
    assert sweep._how_to_retry(ledger) == " 2 of them failed: `retry_failed=true` trains those again."
    assert sweep._how_to_retry(Ledger(source=Growing(most=1), ended={"0": STUCK})) == ""

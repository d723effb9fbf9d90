from __future__ import annotations

from collections import Counter
from pathlib import Path

from ablate.core.study import Budget, Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.runner import trial_ledger
from ablate.runner.progress import Note, Progress
from ablate.runner.signals import Stop
from ablate.runner.sweep_state import Request, SweepState
from ablate.runner.trial_ledger import Ledger
from ablate.runner.trial_sources import Whole
from ablate.store.manifest import Manifest
from tests.fake_sweep import FAKE, study


def test_progress_counts_stored_and_trained_trials(tmp_path: Path) -> None:
    trials = [Trial(id=str(n), setting=Setting(()), seed=n, task_hash="t", budget=Budget()) for n in range(3)]
    ledger = Ledger(source=Whole(trials=trials), stored={"0": Outcome(state="stuck")})
    state = SweepState(ledger=ledger, manifest=Manifest(study=study(tmp_path, "seed=0")))
    assert [trial.id for trial in trial_ledger.next_trials(ledger)] == ["1", "2"]
    trial_ledger.add(ledger, trials[1], Outcome(state="escaped"))
    state.trained["escaped"] += 1
    state.programs = {"a": True, "b": False, "c": False}
    assert state.progress() == Progress(
        planned=3, done=2, trained=1, states=Counter(escaped=1), programs=3, untrained=2
    )


def test_a_request_tells_sentences_as_notes(tmp_path: Path) -> None:
    told: list[object] = []
    own = study(tmp_path, "seed=0")
    request = Request(study=own, folder=tmp_path, backend=FAKE, tell=told.append, stop=Stop(), workers=None)
    request.say("Writing the report.")
    assert told == [Note("Writing the report.")]

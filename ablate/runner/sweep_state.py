"""What a sweep was asked for, which stays as it is, and what changes while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.filesystem import Place
from ablate.core.study import Study
from ablate.outcomes.chance_level import Chance
from ablate.runner import signals
from ablate.runner.progress import Event, Note, Progress
from ablate.runner.training_backend import Backend
from ablate.runner.trial_ledger import Ledger
from ablate.store.manifest import Manifest

if TYPE_CHECKING:
    from ablate.executors.pool import Pool
    from ablate.results.study_results import Results

Tell = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a sweep was asked for.

    Attributes:
        study: the study.
        folder: the study's folder.
        backend: what trains a stack and checks the losses.
        tell: called with every note and progress.
        stop: whether a signal has asked the sweep to end.
        workers: the workers that train, left running at the end; None: the sweep starts and ends its own.
        before_report: returns what to tell when every trial has a result.
    """

    study: Study
    folder: Place
    backend: Backend
    tell: Tell
    stop: signals.Stop
    workers: Pool | None
    before_report: Callable[[], str] = lambda: ""

    def say(self, text: str) -> None:
        """Tell a sentence."""
        self.tell(Note(text))


@dataclass(kw_only=True)
class SweepState:
    """What changes while a sweep runs.

    Attributes:
        ledger: the trials: which were asked for, and how they ended.
        manifest: what is known of the study besides its trials.
        chances: the chance level of each task planned so far, by task hash.
        trained: how many trials this sweep has trained, by state.
        failures: messages of the trials of this sweep that failed, by id.
        programs: the programs asked for so far, and whether each has trained a stack.
        planned: how many trials were planned; 0 until training is over.
        results: the trials that the report is of; None until training is over.
    """

    ledger: Ledger
    manifest: Manifest
    chances: dict[str, Chance] = field(default_factory=dict)
    trained: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    programs: dict[str, bool] = field(default_factory=dict)
    planned: int = 0
    results: Results | None = None

    def progress(self) -> Progress:
        """Return how far the sweep is."""
        return Progress(
            planned=len(self.ledger.planned),
            done=len(self.ledger.ended),
            trained=self.trained.total(),
            states=Counter(self.trained),
            programs=len(self.programs),
            untrained=list(self.programs.values()).count(False),
        )

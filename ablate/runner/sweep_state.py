"""A sweep in progress: what it was asked for, what it has found so far, and whom it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.filesystem import Place
from ablate.core.study import Study, Trial
from ablate.runner import signals
from ablate.runner.progress import Event, Note
from ablate.runner.training_backend import Backend
from ablate.runner.trial_sources import Source
from ablate.store.manifest import Manifest

if TYPE_CHECKING:
    from ablate.executors.pool import Pool
    from ablate.outcomes.chance_level import Chance
    from ablate.outcomes.states import Outcome

Tell = Callable[[Event], None]


@dataclass(kw_only=True)
class Run:
    """A sweep in progress.

    Attributes:
        workers: who trains; None: workers that end with the sweep.
        planned: every trial asked for, by id.
        seen: how those ended that have a result, in an earlier sweep or this one.
        stored: how those trials ended that earlier sweeps left.
        states: this sweep's trials by state.
        counted: all trials asked for, and by state those that have a result, once training is over.
        chances: the chance level of each task planned so far, by task hash.
    """

    study: Study
    folder: Place
    backend: Backend
    tell: Tell
    stop: signals.Stop
    source: Source
    workers: Pool | None = None
    planned: dict[str, Trial] = field(default_factory=dict)
    seen: dict[str, Outcome] = field(default_factory=dict)
    stored: dict[str, Outcome] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    record: Manifest = field(init=False)
    states: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    chances: dict[str, Chance] = field(default_factory=dict)
    report: Place | None = None
    counted: tuple[int, Counter[str]] | None = None

    def say(self, text: str) -> None:
        """A note for whoever listens."""
        self.tell(Note(text))

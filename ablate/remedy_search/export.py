"""Write what a search has found as Optuna studies into any storage; the store can repeat it at any time.

Each arm is one Optuna study, and each setting is one of its trials, written when its seeds have ended. A separate
thread writes, so that a slow storage delays no training. A storage that cannot be reached is tried again with the next
batch and at the end. A key identifies each trial, so that a continued search, and searches that share a storage, write
each trial once.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablate.core.study import canonical
from ablate.remedy_search import objectives, storage
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.cells import Batch, Cell
from ablate.remedy_search.objectives import OBJECTIVES
from ablate.remedy_search.samplers import quiet
from ablate.remedy_search.searchers import SEARCH

if TYPE_CHECKING:
    import optuna

KEY = "key"
"""The user attribute that identifies a setting's trial."""

CLOSING = 60.0
"""The most seconds that a search waits for its storage at the end."""

LAST, PAUSE = 3, 1.0
"""How often a storage that cannot be reached is tried at the end, and the seconds between."""

SHOWN = 3
"""The most errors of a storage that are shown: a storage that is gone for hours must not fill the screen."""


def record(arm: Arm, cell: Cell) -> optuna.trial.FrozenTrial:
    """Return a setting as a finished trial of Optuna's; its attributes say how the setting's trials ended.

    Args:
        arm: the arm that tried it.
        cell: the setting, with evidence.
    """
    import optuna

    evidence = cell.evidence
    if evidence is None:
        raise ValueError("a setting must have evidence before it is written")
    digest = hashlib.sha256(canonical(cell.setting.params()).encode()).hexdigest()[:16]
    attributes: dict[str, Any] = {
        KEY: f"{digest}-{evidence.n}",
        "changes": [f"{name}={cell.setting[name].name}" for name in arm.space.changed(cell.setting)],
        "escaped": evidence.escaped,
        "seeds": evidence.n,
        "rate_95": [
            objectives.lower(evidence.escaped, evidence.n, 0.975),
            objectives.upper(evidence.escaped, evidence.n, 0.975),
        ],
        "states": dict(evidence.states),
        "trials": [trial.id for trial in cell.trials],
        "origin": cell.origin,
    }
    return optuna.trial.create_trial(
        params=arm.space.shown(cell.setting),
        distributions=arm.space.shown_distributions(),
        values=objectives.values(evidence, arm.search.objectives),
        user_attrs=attributes,
    )


Work = tuple[str, Sequence["optuna.trial.FrozenTrial"], Mapping[str, Any]]


@dataclass(kw_only=True, eq=False)
class Export:
    """A storage that is written to while a search runs.

    Attributes:
        url: the storage; empty: nothing is written.
        name: the name of the search's Optuna study; its random baseline's ends with `-random`.
        names: the names of the objectives.
        tell: takes a line about a storage that cannot be reached.
        written: settings written.
        lost: settings that could not be written, once it is closed.
    """

    url: str
    name: str
    names: Sequence[str]
    tell: Callable[[str], None]
    written: int = 0
    lost: int = 0
    _work: queue.Queue[Work | None] = field(default_factory=queue.Queue)
    _left: list[Work] = field(default_factory=list)
    _troubles: int = 0
    _thread: threading.Thread | None = None
    _storage: optuna.storages.RDBStorage | None = None
    _studies: dict[str, tuple[optuna.Study, set[str]]] = field(default_factory=dict)

    def study_name(self, arm: str) -> str:
        """Return the name of an arm's Optuna study."""
        return self.name if arm == SEARCH else f"{self.name}-{arm}"

    def closed(self, arm: Arm, batch: Batch) -> None:
        """Queue a closed batch's settings and the arm's claims for writing.

        Args:
            arm: the searcher that asked for the batch.
            batch: the batch, all of its trials ended.
        """
        if not self.url:
            return
        claims = [
            {
                "changes": [f"{name}={claim.setting[name].name}" for name in arm.space.changed(claim.setting)],
                "confirmed": claim.confirmed,
                "escaped": None if claim.evidence is None else claim.evidence.escaped,
                "fresh_seeds": len(claim.trials),
            }
            for claim in arm.claims.values()
        ]
        self._work.put((arm.name, [record(arm, cell) for cell in batch.cells], {"claims": claims}))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="export", daemon=True)
            self._thread.start()

    def close(self, seconds: float = CLOSING) -> None:
        """Wait until everything is written, but at most `seconds`."""
        if self._thread is None:
            return
        self._work.put(None)
        self._thread.join(seconds)
        self.lost = sum(len(trials) for _, trials, _ in self._left)
        if self._left or self._thread.is_alive():
            self.tell(
                f"The storage {storage.hidden(self.url)} is not complete: {self.lost:,} settings are not in it. The "
                "study's shards hold these settings. Run the same command again when the storage can be reached."
            )

    def _run(self) -> None:
        ends = False
        while not ends:
            item = self._work.get()
            while True:  # everything in the queue is written together
                ends = ends or item is None
                if item is not None:
                    self._left.append(item)
                try:
                    item = self._work.get_nowait()
                except queue.Empty:
                    break
            self._visit()
        for _ in range(LAST):
            if self._left:
                time.sleep(PAUSE)
                self._visit()
        self._leave()

    def _leave(self) -> None:
        """Close the storage's connections."""
        self._studies.clear()
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()
            self._storage = None

    def _visit(self) -> None:
        """Write the settings that are left; keep those that cannot be written."""
        import optuna
        from sqlalchemy.exc import SQLAlchemyError

        try:
            optuna.logging.set_verbosity(optuna.logging.ERROR)
            while self._left:
                self._write(*self._left[0])
                self._left.pop(0)
        except (optuna.exceptions.OptunaError, SQLAlchemyError, OSError, RuntimeError, ValueError) as error:
            self._leave()
            self._troubles += 1
            if self._troubles <= SHOWN:
                url = storage.hidden(self.url)
                self.tell(f"The storage {url} cannot be written now: {storage.first_line(error)} The search goes on.")

    def _write(self, arm: str, trials: Sequence[optuna.trial.FrozenTrial], attributes: Mapping[str, Any]) -> None:
        study, known = self._opened(arm)
        new = [trial for trial in trials if trial.user_attrs[KEY] not in known]
        for trial in new:
            study.add_trial(trial)
            known.add(trial.user_attrs[KEY])
        self.written += len(new)
        for name, value in attributes.items():
            if study.user_attrs.get(name) != value:
                study.set_user_attr(name, value)

    def _opened(self, arm: str) -> tuple[optuna.Study, set[str]]:
        """Return an arm's Optuna study, made if it is missing, and the keys of the trials in it."""
        import optuna

        if arm not in self._studies:
            if self.url.startswith("sqlite:///"):
                Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            if self._storage is None:
                self._storage = optuna.storages.RDBStorage(self.url)
            study = optuna.create_study(
                storage=self._storage,
                study_name=self.study_name(arm),
                directions=[OBJECTIVES[name].direction for name in self.names],
                load_if_exists=True,
            )
            with quiet():
                study.set_metric_names([OBJECTIVES[name].what for name in self.names])
            known = {trial.user_attrs.get(KEY, "") for trial in study.get_trials(deepcopy=False)}
            self._studies[arm] = (study, known)
        return self._studies[arm]

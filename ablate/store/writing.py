"""Writing a store: finished trials gather in memory and go to the disk together, soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ablate.core import filesystem
from ablate.core.filesystem import Place
from ablate.store import shards
from ablate.store.curve_rows import curves_table
from ablate.store.records import Record, states_table

TRIALS = 256
SECONDS = 20.0
"""A finished trial waits for at most so many others, or so long, before it is on the disk."""


@dataclass(kw_only=True)
class Writer:
    """Trials that are finished and not yet on the disk."""

    folder: Place
    study: str
    trials: int = TRIALS
    seconds: float = SECONDS
    waiting: list[Record] = field(default_factory=list)
    since: float = 0.0

    def add(self, record: Record) -> None:
        """Takes one finished trial; writes a shard if it is time to."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append(record)
        if len(self.waiting) >= self.trials:
            self.flush()
        self.tick()

    def tick(self) -> None:
        """Writes a shard if the oldest waiting trial has waited long enough. To be called every second or so."""
        if self.waiting and time.monotonic() - self.since >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Writes what waits; on return it is on the disk.

        Raises:
            StoreError: the disk is full or the folder read-only; the trials still wait.
        """
        if self.waiting:
            curves = curves_table([record.curves for record in self.waiting])
            shards.write(self.folder, shards.new_stamp(), states_table(self.waiting, self.study), curves)
            self.waiting.clear()


@contextmanager
def writer(folder: str | Place, study: str, *, trials: int = TRIALS, seconds: float = SECONDS) -> Iterator[Writer]:
    """A writer into a study's folder; what waits at the end is flushed, whatever ended it."""
    own = Writer(folder=filesystem.place(folder), study=study, trials=trials, seconds=seconds)
    try:
        yield own
    finally:
        own.flush()

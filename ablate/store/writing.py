"""Write a store: finished trials gather in memory for a short time and go to the disk together."""

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
"""Finished trials are written when this many wait, or when the first has waited so many seconds."""


@dataclass(kw_only=True)
class Writer:
    """Trials that are finished and not yet on the disk.

    Attributes:
        folder: the study's folder.
        study: the study's name.
        trials: so many waiting trials are written at once.
        seconds: a trial waits at most so long.
        waiting: the waiting trials.
        since: when the first of them came.
    """

    folder: Place
    study: str
    trials: int = TRIALS
    seconds: float = SECONDS
    waiting: list[Record] = field(default_factory=list)
    since: float = 0.0

    def add(self, record: Record) -> None:
        """Take one finished trial, and write a shard if enough trials wait, or long enough."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append(record)
        if len(self.waiting) >= self.trials:
            self.flush()
        self.tick()

    def tick(self) -> None:
        """Write a shard if the oldest waiting trial has waited long enough; call this every second or so."""
        if self.waiting and time.monotonic() - self.since >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Write all waiting trials; on return they are on the disk.

        Raises:
            StoreError: the disk is full or the folder read-only; the trials stay in memory.
        """
        if self.waiting:
            curves = curves_table([record.curves for record in self.waiting])
            shards.write(self.folder, shards.new_stamp(), states_table(self.waiting, self.study), curves)
            self.waiting.clear()


@contextmanager
def writer(folder: str | Place, study: str, *, trials: int = TRIALS, seconds: float = SECONDS) -> Iterator[Writer]:
    """Yield a writer into a study's folder; at the end of the block, however it ends, the waiting trials are written.

    Args:
        folder: the study's folder.
        study: the study's name.
        trials: so many waiting trials are written at once.
        seconds: a trial waits at most so long.
    """
    result = Writer(folder=filesystem.place(folder), study=study, trials=trials, seconds=seconds)
    try:
        yield result
    finally:
        result.flush()

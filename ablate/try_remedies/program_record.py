"""Begin the record of a program: where it is trained, what may be changed, and by what its trials are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.engine.as_is import answers
from ablate.executors.worker_processes import Crew
from ablate.try_remedies import judging, verdicts
from ablate.try_remedies.changes import Situation
from ablate.try_remedies.changes.offers import offers
from ablate.try_remedies.given import Given
from ablate.try_remedies.judging import state_of
from ablate.try_remedies.lab import Key, Lab
from ablate.try_remedies.patch import patch
from ablate.try_remedies.record import FRESH, Record


def made(
    given: Given,
    situation: Situation,
    crew: Crew,
    path: str,
    until: float,
    seeds: int,
    tell: Callable[[str], None],
) -> Record:
    """Return the record of a program of which nothing was trained.

    Args:
        given: its rows, and how it calls `fit`.
        situation: what is known of it.
        crew: the workers that train it.
        path: its file.
        until: when time is over, by the monotonic clock.
        seeds: fresh seeds on which a change is confirmed.
        tell: told how each trial ended.
    """
    rows = given.rows
    labels = situation.rows.labels
    judged = answers.truth(np.asarray(rows.y_val), labels)[answers.judged(len(rows.y_val))]
    if situation.splits and situation.rows.sorted:  # a trial is then judged on shuffled rows of all classes
        whole = answers.truth(np.asarray(rows.y), labels)
        judged = whole[np.linspace(0, len(whole) - 1, len(judged)).astype(int)]
    bar = judging.guessed(judged)  # until the chance level is measured
    record: Record

    def told(key: Key, ending: Any) -> None:
        state = state_of(ending, record.bar)
        how = f"error: {ending.error[:90]}" if ending.error else f"{state}, accuracy {ending.accuracy:.2f}"
        tell(f"  {' and '.join(key[0]) or 'as it is'}, seed {key[1]}: {how} ({ending.seconds:.0f} s)")

    lab = Lab(
        crew=crew,
        path=path,
        write=lambda changes: patch(changes, situation.facts, given.call),
        until=until,
        told=told,
    )
    record = Record(lab=lab, situation=situation, bar=bar, notes=list(given.notes), left_out=list(given.left_out))
    record.fresh = tuple(range(FRESH, FRESH + seeds))
    record.offers = list(offers(situation))
    record.base = verdicts.needed(record)
    return record

"""What a user would try instead of `ablate try`: a fixed checklist, one change after another."""

from __future__ import annotations

from ablate.try_remedies.patch import Change
from ablate.try_remedies.record import FIRST, Record

CHECKLIST = (
    "learning_rate=lower",
    "optimizer=Adam(0.001)",
    "inputs=standardized",
    "learning_rate=higher",
    "activation=relu",
    "normalization=batch",
    "initializer=he_normal",
    "epochs=more",
    "dropout=none",
    "regularizer=none",
)
"""What a user would try instead, one after another, until one works on all three seeds."""


def gone_through(record: Record) -> tuple[str, int]:
    """Go through the checklist; return the first item that works on all seeds, and the trials that this took.

    Args:
        record: what trying the program has shown; trials that it has are not trained again.
    """
    trials = 0
    for item in CHECKLIST:
        change = _change(item, record)
        if change is None:
            continue
        for seed in FIRST:
            record.lab.train([((change,), seed)])
            trials += 1
            if not record.tally((change,), (seed,)).learned:
                break
        else:
            return item, trials
    return "", trials


def _change(item: str, record: Record) -> Change | None:
    """Return the change of an item of the checklist; None where it does not apply."""
    part, _, how = item.partition("=")
    offered = [change for change in record.offers if change.part == part]
    if how in ("lower", "higher"):
        rate = record.situation.facts.rate
        values = {float(change.name.partition("=")[2]): change for change in offered}
        near = [value for value in values if (value < rate if how == "lower" else value > rate)]
        return values[max(near) if how == "lower" else min(near)] if near else None
    if how == "more":
        return offered[0] if offered else None
    return next((change for change in record.offers if change.name == item), None)

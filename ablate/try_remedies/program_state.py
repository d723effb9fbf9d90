"""Say in which state a program is, and what that means in numbers."""

from __future__ import annotations

from ablate.engine.as_is.records import Facts
from ablate.outcomes import chance_level
from ablate.try_remedies.judging import Tally, mostly_learned
from ablate.try_remedies.record import FIRST, Record
from ablate.try_remedies.rows_seen import RowsSeen

FAR = 0.1
"""Accuracies so far apart are worth a word."""

SERIOUS = ("escaped", "unclear", "slow", "stuck", "collapsed", "failed", "diverged")
"""States of trials; of equally many the last one names the program's state."""


def outside(facts: Facts, rows: RowsSeen) -> tuple[str, str] | None:
    """Return the state and the reason if a program is no problem of classes, or has no model; None if it can be tried.

    Args:
        facts: what the model says about itself.
        rows: what its rows are.
    """
    if facts.error:
        return "error", f"The model cannot be built or called on these rows: {facts.error}"
    if facts.several:
        return (
            "outside",
            "The model has several outputs. `try` judges one that names a class: give it a model with that alone.",
        )
    if rows.labels.kind == "several_labels":
        return (
            "outside",
            "A row may have several labels at once (multi-label): accuracy against chance is not defined for it here.",
        )
    if rows.labels.kind == "regression":
        count = f"{len(rows.labels.values):,} different values in {rows.rows:,} rows"
        if "crossentropy" in facts.loss:
            return (
                "error",
                f"The labels are amounts or an index ({count}), and {facts.loss} needs classes: the wrong column?",
            )
        return (
            "outside",
            f"The labels are amounts (regression): {len(rows.labels.values):,} different values in {rows.rows:,} rows.",
        )
    if len(rows.labels.values) < 2:
        return "error", "All rows have the same label: there is nothing to tell apart."
    return None


def state_of(record: Record) -> str:
    """Return the state of the program, one of `verdict_text.STATES`."""
    seen = record.tally(record.base)
    if not seen.trials:
        return "unknown"
    if seen.states.get("failed") == seen.trials:
        return "error"
    if seen.learned == seen.trials or mostly_learned(seen):
        return "healthy"
    if seen.learned:
        return "at times"
    most = max(seen.states, key=lambda name: (seen.states[name], SERIOUS.index(name)))
    return {"escaped": "little", "failed": "at times"}.get(most, most)


def says(record: Record, state: str) -> str:
    """Say what counts alone do not.

    Args:
        record: what is known.
        state: the program's state.
    """
    seen = record.tally(record.base)
    if state == "error":
        return f"`fit` raises: {seen.error[:400]}"
    parts = []
    if record.base:
        own = record.tally((), FIRST)
        parts.append(
            "`validation_split` takes the last rows, and the rows are sorted by class: training never sees what it is "
            f"judged on (accuracy {own.accuracy:.2f}). The state is that of the network on shuffled rows."
        )
    parts += _why(record, state, seen)
    if state in ("stuck", "little", "collapsed"):
        endings = record.lab.endings(record.base, FIRST)
        training = sum(ending.training_correct for ending in endings) / max(
            1, sum(ending.training_rows for ending in endings)
        )
        if record.bar.learned(training) and record.bar.gain(training) > record.bar.gain(seen.accuracy) + 0.2:
            parts.append(
                f"It is right on {training:.2f} of the training rows: what it learns does not carry over to other rows."
            )
    return " ".join(parts)


def _why(record: Record, state: str, seen: Tally) -> list[str]:
    """Say what a state that is neither learned nor stuck means in numbers."""
    chance = record.bar.judged
    if state == "slow":
        steps = max(1, record.situation.steps // max(1, record.situation.epochs))
        epochs = -(-seen.more // steps)
        way = "If accuracy goes on as in the last half of training, it is above chance in about"
        return [f"{way} {seen.more:,} more steps ({epochs:,} epochs)."]
    if state == "little":
        half = (chance.majority + chance.reference) / 2
        return [f"Half of what an ordinary classifier learns is an accuracy of {half:.2f}."]
    if "unclear" in seen.states:
        found = [finding for finding in chance_level.findings(chance) if "cannot tell" in finding.what]
        return [f"{finding.what} {finding.advice}" for finding in found]
    return []


def beyond_chance(record: Record) -> str:
    """Say what to look at in a network that learns, by what its trials and the audit measured."""
    endings = record.lab.endings(record.base, FIRST)
    seen = record.tally(record.base)
    training = sum(one.training_correct for one in endings) / max(1, sum(one.training_rows for one in endings))
    if training > seen.accuracy + FAR:
        return (
            f"it is right on {training:.2f} of the training rows and {seen.accuracy:.2f} of others: more rows, "
            "dropout or fewer units."
        )
    falls = [
        one for one in endings if len(one.losses) > 4 and one.losses[-1] < 0.95 * one.losses[len(one.losses) * 3 // 4]
    ]
    if endings and len(falls) == len(endings):
        return "the validation loss still falls at the end: train more epochs."
    if record.bar.reachable > seen.accuracy + FAR / 2:
        return (
            f"an ordinary classifier is right on {record.bar.reachable:.2f}: scale the inputs, or take another "
            "architecture."
        )
    return "chance is not what limits it: look at the rows that it gets wrong."

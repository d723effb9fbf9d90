"""Make the answer of what is known: at the end, after a signal, or before anything was trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ablate.stats import cause_list
from ablate.try_remedies import program_state
from ablate.try_remedies.course import names
from ablate.try_remedies.judging import Tally, tally
from ablate.try_remedies.patch import Change, Changes
from ablate.try_remedies.record import FIRST, MORE, Record
from ablate.try_remedies.verdict import Cause, Option, Verdict
from ablate.try_remedies.weighing import causes

MEASURING = ("wrong_metric", "mode_gap", "sorted_rows")


def plain(name: str, state: str, says: str, *, stopped: str = "", seconds: float = 0.0) -> Verdict:
    """Return an answer without any trial.

    Args:
        name: the program.
        state: its state.
        says: why.
        stopped: the signal that stopped it.
        seconds: how long it took.
    """
    return Verdict(program=name, state=state, says=says, baseline=_none(), stopped=stopped, seconds=seconds)


def _none() -> Tally:
    return Tally(trials=0, escaped=0, learned=0, accuracy=0.0, low=0.0, high=0.0, states={})


def needed(record: Record) -> Changes:
    """Return the changes without which a network cannot be judged: `fit` splits off the end of sorted rows."""
    if not (record.situation.splits and record.situation.rows.sorted):
        return ()
    return tuple(change for change in record.offers if change.name == "rows=shuffled")


def preface(record: Record) -> str:
    """Say what the program is and what is done first."""
    at = record.situation
    kind = f"{len(at.facts.layers)} layers" if at.facts.graph else "a model that is taken as it is"
    shape = "several inputs" if at.rows.several else f"inputs {at.rows.shape or '(numbers)'}"
    backend = (
        ""
        if at.facts.backend == "tensorflow"
        else f" Its loss is computed as Keras does on {at.facts.backend}: probabilities are clipped."
    )
    return (
        f"{kind}, loss {at.facts.loss or 'its own'}, {at.facts.optimizer} at {at.facts.rate:g}"
        f"{' with ' + at.facts.schedule if at.facts.schedule else ''}; {at.rows.rows:,} rows, {shape}, "
        f"{at.classes} classes, {at.steps:,} steps. Training it as it is, seeds {', '.join(map(str, FIRST))}.{backend}"
    )


def first(record: Record) -> str:
    """Say how the program as it is ended, as soon as its seeds have."""
    seen = record.tally(record.base)
    state = program_state.state_of(record)
    return f"{state.upper()}: {names(record.base)}, {seen.words}. Here {record.bar.text()}."


def confirm_measuring(record: Record, tell: Callable[[str], None]) -> None:
    """For a network that learns but is measured wrongly, train the repair of the measuring on fresh seeds.

    Args:
        record: what is known; changed in place.
        tell: told what is done.
    """
    metric = _metric(record)
    changes = (*record.base, *([metric] if metric else []))
    if not changes:
        return
    tell(f"Training {names(changes)} on fresh seeds.")
    record.chosen = changes
    record.lab.train([(changes, seed) for seed in record.fresh[:3]])


def _metric(record: Record) -> Change | None:
    """Return another metric if what `fit` reports is far from the accuracy counted from predictions."""
    for ending in record.lab.endings(record.base, FIRST):
        reported = [value for name, value in ending.reported.items() if "acc" in name and not name.startswith("val_")]
        own = ending.training_correct / max(1, ending.training_rows)
        if reported and abs(reported[0] - own) > 0.2 and not abs(reported[0] - ending.training_mode) <= 0.2:
            return Change(
                name='metrics=["accuracy"]',
                part="metric",
                words='measure with metrics=["accuracy"]',
                causes=("wrong_metric",),
                weight=0.9,
                metrics='["accuracy"]',
            )
    return None


def verdict(name: str, record: Record, *, stopped: str, seconds: float, command: str) -> Verdict:
    """Return the answer that the record gives.

    Args:
        name: the program.
        record: what is known.
        stopped: what stopped it; empty if all was done.
        seconds: how long it took.
        command: what repeats the call.
    """
    state = program_state.state_of(record)
    best = record.best()
    chosen = record.chosen or (best[0] if best and state != "healthy" else ())
    working = [chosen, *(changes for changes in best if changes != chosen)] if chosen else list(best)
    tried = [changes for changes in record.tried if record.tally(changes).trials]
    fails = [changes[len(record.base) :] for changes in tried if not record.tally(changes).learned]
    found = causes(
        record.findings,
        [] if state == "healthy" else record.signs,
        [changes[len(record.base) :] or changes for changes in working],
        fails,
    )
    option = _option(record, chosen) if chosen else None
    second = next(
        (changes for changes in best if changes != chosen and record.tally(changes).trials >= min(2, len(FIRST))), None
    )
    return Verdict(
        program=name,
        state=state,
        says=program_state.says(record, state),
        baseline=record.tally(record.base),
        judged=names(record.base),
        chance=record.bar.majority,
        bar=(record.bar.chance.count + 1) / record.bar.rows,
        reason=record.bar.text(),
        reachable=max([record.bar.reachable, *(record.tally(c).accuracy for c in best)]),
        causes=tuple(_cause(*one) for one in (_shown(found, state))),
        recommended=option,
        next_best=_option(record, second) if second and state != "healthy" else None,
        tried=tuple(_option(record, changes, shown=False) for changes in tried),
        not_tried=()
        if state in ("healthy", "unknown")
        else tuple(change.name for change in record.offers if not record.tally((*record.base, change)).trials),
        findings=tuple(
            (finding.severity, finding.what, finding.repairs[0].words if finding.repairs else "")
            for finding in record.findings
        ),
        left_out=tuple(record.left_out),
        unchecked=tuple(dict.fromkeys(record.unchecked)),
        notes=tuple(record.notes),
        command=_next(record, state, option, stopped, command),
        stopped=stopped,
        seconds=seconds,
    )


def _shown(found: list[tuple[str, float, str]], state: str) -> list[tuple[str, float, str]]:
    """Return the causes that are told: of a network that learns only what is wrong with its measuring."""
    if state == "healthy":
        return [one for one in found if one[0] in MEASURING and one[1] >= 0.4]
    return found[:5]


def _cause(name: str, sure: float, evidence: str) -> Cause:
    known = cause_list.ALL.get(name)
    return Cause(name=name, meaning=known.meaning if known else name, sure=round(sure, 2), evidence=evidence)


def _option(record: Record, changes: Changes, *, shown: bool = True) -> Option:
    fresh = tally(record.lab.endings(changes, record.fresh), record.bar, record.fresh)
    chosen = record.tally(changes)
    return Option(
        names=tuple(change.name for change in changes),
        words=tuple(change.words for change in changes),
        chosen_on=dataclasses.replace(chosen, seeds=(*FIRST, *MORE)[: chosen.trials]),
        confirmed_on=fresh if fresh.trials else None,
        patch=record.lab.write(changes).text if shown else "",
    )


def _next(record: Record, state: str, option: Option | None, stopped: str, command: str) -> str:
    """Return what to do next."""
    again = f" ({command})" if command else ""
    if stopped == "time":
        return f"run it again with more minutes{again}."
    if stopped:
        return f"run the same again{again}."
    if state == "healthy" and option is None:
        return program_state.beyond_chance(record)
    if state == "unclear":
        return "give more rows to validate on (`validation=`), and run it again."
    if option is not None:
        return "put these lines into your program, and run `try` on it again."
    return "look at labels and inputs of a few rows by hand; try other features or another architecture."

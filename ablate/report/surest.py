"""Name the surest single change, and say why it stands before others that escape as often."""

from __future__ import annotations

from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.report.style import decimal, percent
from ablate.stats import claims


def sentence(remedies: RemedyTable) -> str:
    """Say which change is surest in the first group of trials, why, and how many others are enough.

    Args:
        remedies: the baseline and its single changes, the surest first.
    """
    run = sum(not row.only_later for row in remedies.rows)
    enough = remedies.of(0, claims.SUFFICIENT)
    if not run:
        return ""
    if not enough:
        return none_is_enough(remedies, 0, run)
    if (untouched := remedies.baseline[0]) is not None and untouched.verdict == claims.SUFFICIENT:
        keep = "keeps" if len(enough) == 1 else "keep"
        return f"There is no plateau to leave: {len(enough)} of the {run} single remedies {keep} that rate."
    best = enough[0]
    where = " from fresh weights" if remedies.titles[0] == "Prevention" else f" ({remedies.titles[0]})"
    first = f"The surest remedy is {best.change}: {best.first.count} escape{where}{_at_the_end(best)}"
    said = f"{first}{_reason(remedies, best, enough)}."
    others = len(enough) - 1
    if run == 1:
        return f"{said} No other remedy was tried."
    if not others:
        return f"{said} No other of the {run} remedies tried is shown to be enough."
    more = f"Of the {run} remedies tried, {others} more {'is' if others == 1 else 'are'} enough, too"
    return f"{said} {more} {alone(remedies.target)}."


def none_is_enough(remedies: RemedyTable, at: int, run: int) -> str:
    """Say that no remedy is shown to be enough in a group of trials, and which comes nearest, if any helps.

    Args:
        remedies: the baseline and its single changes.
        at: position of the group.
        run: the number of remedies tried there.
    """
    none = "the one remedy tried is not" if run == 1 else f"none of {run} single remedies is"
    said = f"{remedies.titles[at]}: {none} shown to be enough"
    untouched = remedies.baseline[at]
    tried = [(ending, row) for row in remedies.rows if (ending := row.endings[at]) is not None]
    nearest, row = max(tried, key=lambda pair: pair[0].low)
    if untouched is None or nearest.rate <= untouched.rate:
        return f"{said}."
    return f"{said}; the nearest is {row.change}, {nearest.count}."


def alone(target: float) -> str:
    """Say what `enough` claims of several remedies: each bound is that of one remedy alone.

    Args:
        target: the escape rate that is enough.
    """
    sure = "shown at 95\u00a0% for each one by itself, not for all at once"
    return f"(an escape rate of at least {percent(target)}, {sure})"


def also_rescues(remedies: RemedyTable) -> bool:
    """Return whether the sentence says everything of the second group: the surest change alone is enough there."""
    enough = remedies.of(0, claims.SUFFICIENT)
    return len(remedies.titles) > 1 and bool(enough) and remedies.of(1, claims.SUFFICIENT) == enough[:1]


def _at_the_end(best: RemedyRow) -> str:
    """Return the median accuracy at the end in brackets; nothing without an evaluation."""
    accuracy = best.first.accuracy[0]
    return f" (accuracy at the end {decimal(accuracy)})" if accuracy == accuracy else ""


def _reason(remedies: RemedyTable, best: RemedyRow, enough: tuple[RemedyRow, ...]) -> str:
    """Say why the best stands first: by rescue, else by accuracy, else by the study's order; nothing if it is alone."""
    tied = [row for row in enough if row.first.low == best.first.low]
    for at, ending in enumerate(best.endings[1:], start=1):
        if ending is None:
            continue
        tried = sum(row.endings[at] is not None for row in remedies.rows)
        rescuing = remedies.of(at, claims.SUFFICIENT)
        if rescuing == (best,):
            return f", and the only one of {tried} tried that also rescues a network at chance, {ending.count}"
        if best in rescuing:
            few = f"{len(rescuing)} of {tried}"
            return f", and one of the {few} tried that also rescue a network at chance, {ending.count}"
        others = [other.escaped for row in tied if row != best and (other := row.endings[at]) is not None]
        if others and ending.escaped > max(others):
            return f"; of {len(tied)} with that count it brings back most trapped networks, {ending.count}"
    if len(tied) == 1:
        return ""
    accuracy = [row.first.accuracy[0] for row in tied]
    if accuracy[0] > accuracy[1]:
        return f"; of {len(tied)} with that count it ends with the highest accuracy, {decimal(accuracy[0])}"
    return f"; of {len(tied)} with that count it stands first in the study"

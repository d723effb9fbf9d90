"""Turn a prediction and an interval into a verdict, by a rule that was declared before the studies ran.

A difference is *shown* if its 95 % interval excludes 0 and its p-value is below ALPHA after Holm's correction over the
declared comparisons of trials that start alike. It is *relevant* if it is MARGIN or more. Two levels are *equal* only
if the whole interval is within the margin (two one-sided tests at 2.5 % each; Schuirmann, J. Pharmacokin. Biopharm. 15,
1987). If the interval allows both a relevant difference and none, the comparison is *not decided*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MARGIN = 0.10
"""The smallest difference in escape rates that is relevant."""

ALPHA = 0.05

MORE, SLIGHTLY_MORE, LESS, SLIGHTLY_LESS = "more", "slightly more", "less", "slightly less"
EQUAL, MORE_OR_EQUAL, LESS_OR_EQUAL, OPEN = "equal", "more or equal", "less or equal", "open"
"""What an interval shows. `slightly`: a difference is shown, and the interval is within the margin. The last four: no
difference is shown, and the interval excludes relevant differences on both sides, below, above, or on neither side."""

MIRROR = {
    MORE: LESS,
    LESS: MORE,
    SLIGHTLY_MORE: SLIGHTLY_LESS,
    SLIGHTLY_LESS: SLIGHTLY_MORE,
    EQUAL: EQUAL,
    MORE_OR_EQUAL: LESS_OR_EQUAL,
    LESS_OR_EQUAL: MORE_OR_EQUAL,
    OPEN: OPEN,
}

CAME_TRUE, FAILED, UNDECIDED, UNPREDICTED = "came true", "failed", "undecided", "unpredicted"
"""The outcomes of a prediction."""

NAMED = (CAME_TRUE, FAILED, UNDECIDED, UNPREDICTED)
"""The order of outcomes in which `over_places` names places."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on one comparison.

    Attributes:
        words: the verdict as pages show it.
        outcome: the outcome of the prediction: CAME_TRUE, FAILED, UNDECIDED, or UNPREDICTED.
    """

    words: str
    outcome: str


NOT_DECIDED = Verdict("not decided", UNDECIDED)
NOT_ANSWERED = Verdict("not answered: no pairs of trials", UNDECIDED)
SMALL = Verdict("as predicted, but smaller than the margin", CAME_TRUE)
CONTRARY = Verdict("contrary to the prediction", FAILED)
NOT_SHOWN = Verdict("no difference is shown; one of 0.1 or more, as predicted, is ruled out", FAILED)
WITHIN = Verdict("equal within the margin", CAME_TRUE)
_MORE: Mapping[str, Verdict] = {
    MORE: Verdict("as predicted", CAME_TRUE),
    SLIGHTLY_MORE: SMALL,
    LESS: CONTRARY,
    SLIGHTLY_LESS: CONTRARY,
    EQUAL: NOT_SHOWN,
    MORE_OR_EQUAL: NOT_DECIDED,
    LESS_OR_EQUAL: NOT_SHOWN,
    OPEN: NOT_DECIDED,
}

VERDICTS: Mapping[str, Mapping[str, Verdict]] = {
    "more": _MORE,
    "less": {finding: _MORE[MIRROR[finding]] for finding in _MORE},
    "same": {
        MORE: CONTRARY,
        SLIGHTLY_MORE: WITHIN,
        LESS: CONTRARY,
        SLIGHTLY_LESS: WITHIN,
        EQUAL: WITHIN,
        MORE_OR_EQUAL: NOT_DECIDED,
        LESS_OR_EQUAL: NOT_DECIDED,
        OPEN: NOT_DECIDED,
    },
    "": {
        MORE: Verdict("more escape", UNPREDICTED),
        SLIGHTLY_MORE: Verdict("more escape, by less than the margin", UNPREDICTED),
        LESS: Verdict("less escape", UNPREDICTED),
        SLIGHTLY_LESS: Verdict("less escape, by less than the margin", UNPREDICTED),
        EQUAL: Verdict("equal within the margin", UNPREDICTED),
        MORE_OR_EQUAL: Verdict("not decided", UNPREDICTED),
        LESS_OR_EQUAL: Verdict("not decided", UNPREDICTED),
        OPEN: Verdict("not decided", UNPREDICTED),
    },
}
"""Prediction -> what the interval shows -> verdict."""


def finding(estimate: float, low: float, high: float, adjusted_p: float, margin: float = MARGIN) -> str:
    """Return what an interval shows, one of MORE to OPEN.

    Args:
        estimate: the paired difference in escape rates.
        low: lower limit of its 95 % interval.
        high: upper limit.
        adjusted_p: p-value of no difference, adjusted for its family.
        margin: the smallest relevant difference.

    Examples:
        >>> finding(0.5, 0.3, 0.7, 0.001), finding(0.02, 0.01, 0.03, 0.001)
        ('more', 'slightly more')
        >>> finding(0.0, -0.05, 0.05, 1.0), finding(0.0, -0.16, 0.16, 1.0), finding(-0.2, -0.5, 0.05, 0.2)
        ('equal', 'open', 'less or equal')
    """
    never_less, never_more = low > -margin, high < margin
    within = never_less and never_more
    if adjusted_p < ALPHA and low * high > 0:
        if estimate > 0:
            return SLIGHTLY_MORE if within else MORE
        return SLIGHTLY_LESS if within else LESS
    if within:
        return EQUAL
    return MORE_OR_EQUAL if never_less else LESS_OR_EQUAL if never_more else OPEN


def verdict(
    expect: str, estimate: float, low: float, high: float, adjusted_p: float, margin: float = MARGIN
) -> Verdict:
    """Return the verdict on one comparison.

    Args:
        expect: the prediction, `more`, `less` or `same` escape; empty without one.
        estimate: the paired difference in escape rates.
        low: lower limit of its 95 % interval.
        high: upper limit.
        adjusted_p: p-value of no difference, adjusted for its family.
        margin: the smallest relevant difference.

    Examples:
        >>> verdict("more", 0.5, 0.3, 0.7, 0.001).words
        'as predicted'
        >>> verdict("same", 0.0, -0.16, 0.16, 1.0).words
        'not decided'
    """
    return VERDICTS[expect][finding(estimate, low, high, adjusted_p, margin)]


def over_places(places: Sequence[tuple[str, Verdict]]) -> str:
    """Return the verdict on a claim from the verdicts at its places.

    The text says *holds only where* if the prediction failed at another place, not if it is undecided there.

    Args:
        places: (name of the place, verdict there); at least one.

    Examples:
        >>> yes, no, open = Verdict("as predicted", CAME_TRUE), CONTRARY, NOT_DECIDED
        >>> over_places([("digits", yes), ("blobs", yes)])
        'holds'
        >>> over_places([("digits", yes), ("blobs", no), ("words", open)])
        'holds only where digits; not where blobs; not decided where words'
        >>> over_places([("digits", yes), ("words", open)])
        'holds where digits; not decided where words'
    """
    if any(verdict.outcome == UNPREDICTED for _, verdict in places):
        return _in_words(places)
    true, failed, open_ = (_where(places, outcome) for outcome in (CAME_TRUE, FAILED, UNDECIDED))
    if not (failed or open_):
        return "holds, by less than the margin" if all(verdict == SMALL for _, verdict in places) else "holds"
    if not (true or open_):
        return "does not hold"
    if not (true or failed):
        return "not decided"
    parts = [f"holds {'only ' if failed else ''}where {true}"] if true else []
    if failed:
        parts.append(f"{'not' if true else 'does not hold'} where {failed}")
    return "; ".join([*parts, f"not decided where {open_}"] if open_ else parts)


def _where(places: Sequence[tuple[str, Verdict]], outcome: str) -> str:
    return " / ".join(name for name, verdict in places if verdict.outcome == outcome)


def _in_words(places: Sequence[tuple[str, Verdict]]) -> str:
    """Return what was found at places without a prediction, once if it is the same at all places."""
    words = list(dict.fromkeys(verdict.words for _, verdict in places))
    if len(words) == 1:
        return words[0]
    named = ((text, " / ".join(name for name, verdict in places if verdict.words == text)) for text in words)
    return "; ".join(f"{text} ({names})" for text, names in named)

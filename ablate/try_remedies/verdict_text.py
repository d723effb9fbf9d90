"""Put the answer about a program into words: the state, the cause, one recommendation with its lines, the next step."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.try_remedies.verdict import Option, Verdict

STATES: Mapping[str, str] = {
    "healthy": "The network learns.",
    "stuck": "The network stays at chance.",
    "collapsed": "The network was above chance and falls back.",
    "diverged": "The loss stops being a finite number.",
    "slow": "The network is on its way, and `fit` ends too early.",
    "unclear": "The rows that it is judged on are too few to tell it from chance.",
    "little": "The network is above chance, and learns less than half of what an ordinary classifier does.",
    "at times": "The network stays at chance on some seeds.",
    "error": "The program raises an error.",
    "outside": "This is no problem of classes, so nothing can be said about chance.",
    "unknown": "Nothing is known yet.",
}
"""States of a program, in words."""

WIDTH = 110

MOST_FINDINGS = 4
MOST_CAUSES = 3

FEWEST = 3
"""Fresh seeds below this confirm nothing."""


def text(verdict: Verdict) -> str:
    """Return the whole answer."""
    lines = head(verdict)
    if verdict.recommended is not None and verdict.recommended.patch:
        lines += [
            "",
            "The lines, as they were trained:",
            *textwrap.indent(verdict.recommended.patch, "    ").splitlines(),
        ]
    table = rows(verdict)[1:]
    if table:
        lines += ["", "Tried:", *(f"  {name:44s}  {ended}" for name, ended in table)]
    if verdict.not_tried:
        lines.append(_wrapped(f"Not tried: {', '.join(verdict.not_tried)}."))
    if verdict.command:
        lines += ["", _wrapped(f"Next: {verdict.command}")]
    lines.append(f"{verdict.seconds:.0f} s.")
    return "\n".join(lines)


def head(verdict: Verdict) -> list[str]:
    """Return the first screen: state, cause, recommendation, next best, and what limits the answer."""
    lines = [f"{verdict.program}: {verdict.state}. {STATES[verdict.state]}"]
    if verdict.says:
        lines.append(_wrapped(verdict.says))
    if verdict.baseline.trials:
        best = f" {verdict.reachable:.2f} can be reached." if verdict.reachable > verdict.bar else ""
        lines.append(_wrapped(f"{verdict.judged}: {verdict.baseline.words}. Here {verdict.reason}.{best}"))
    lines += [
        _wrapped(
            f"{'Cause' if place == 0 else 'Or'}: {cause.meaning} ({cause.name}, {sure(cause.sure)}). {cause.evidence}"
        )
        for place, cause in enumerate(verdict.causes[:MOST_CAUSES])
    ]
    lines += _way(verdict)
    told = [(what, advice) for severity, what, advice in verdict.findings if severity != "note"]
    lines += [
        _wrapped(f"Found: {what}{f' To do: {advice}.' if advice else ''}") for what, advice in told[:MOST_FINDINGS]
    ]
    if verdict.left_out:
        lines.append(_wrapped(f"Left out, so that nothing is said of the whole: {'; '.join(verdict.left_out)}."))
    if verdict.unchecked:
        lines.append(_wrapped(f"Not checked: {'; '.join(one.rstrip('.') for one in verdict.unchecked)}."))
    lines += [_wrapped(note) for note in verdict.notes]
    if verdict.stopped:
        why = "Time was over" if verdict.stopped == "time" else f"{verdict.stopped} stopped it"
        lines.append(f"{why} before all was tried: the counts above are those of the trials that ended.")
    return lines


def sure(share: float) -> str:
    """Say how sure a cause is."""
    return "nearly certain" if share >= 0.9 else "likely" if share >= 0.6 else "possible"


def _way(verdict: Verdict) -> list[str]:
    """Return the lines about the recommendation and the next best."""
    if verdict.recommended is None:
        if verdict.state in ("healthy", "outside", "unknown"):
            return []
        return ["No way out was found." if not verdict.stopped else "No way out is known yet."]
    lines = [_wrapped(f"Do: {'; '.join(verdict.recommended.words)}. {counts(verdict.recommended)}")]
    if verdict.next_best is not None:
        lines.append(_wrapped(f"Next best: {'; '.join(verdict.next_best.words)}. {counts(verdict.next_best)}"))
    return lines


def counts(option: Option) -> str:
    """Say on how many seeds changes work, and how well."""
    chosen, fresh = option.chosen_on, option.confirmed_on
    if fresh is None:
        return f"Promising: {chosen.words}; not confirmed on fresh seeds."
    if fresh.learned < fresh.trials:
        said = "Not on every seed that did not choose it"
    elif fresh.trials < FEWEST:
        said = f"Promising, on {fresh.trials} seed{'s' if fresh.trials > 1 else ''} that did not choose it"
    else:
        said = "Confirmed on seeds that did not choose it"
    return f"{said}: {fresh.words} (chosen on: {chosen.words})."


def rows(verdict: Verdict) -> list[tuple[str, str]]:
    """Return the table of what was tried, heads first."""
    lines = (
        [("change", "how it ended"), (f"({verdict.judged})", verdict.baseline.words)]
        if verdict.tried
        else [("change", "how it ended")]
    )
    return lines + [(" and ".join(option.names), option.chosen_on.words) for option in verdict.tried]


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)

"""Put a search's answer into words, as `ablate search` prints it."""

from __future__ import annotations

import shlex

from ablate.core.study import Json
from ablate.remedy_search.searchers import RANDOM, SEARCH

LEVELS = 8
"""So many levels that were never tried are named; search.json has all."""


def text(answer: Json) -> str:
    """Return an answer (the content of search.json) in words."""
    target, tested = answer["search"]["target"], answer["search"]["confirm"]
    lines = [_arm_line(arm) for arm in answer["arms"]]
    for claim in answer["smallest"]:
        changes = " ".join(claim["changes"]) or "the baseline as it is, without any change"
        parts = (
            "no set with one change fewer is promising"
            if claim["minimal"]
            else "a set with one change fewer may be enough, too"
        )
        lines += [
            f"Sufficient: {changes}",
            f"  {_counts(claim)}; {parts}.",
            *([f"  overrides: {shlex.join(claim['overrides'])}"] if claim["overrides"] else []),
            *(f"  | {line}" for line in claim["keras"]),
        ]
    if not answer["smallest"]:
        lines.append(f"No set was confirmed to escape at a rate of {target:g} on {tested} fresh seeds.")
    if len(answer["arms"]) > 1:
        lines.insert(len(answer["arms"]), "A trial that both asked for was trained once and counts in both lines.")
    return "\n".join([*lines, gaps(answer["unexplored"])])


def _counts(claim: Json) -> str:
    low, confidence = f"{claim['low']:.3f}", f"{claim['confidence']:.2%}"
    return f"{claim['escaped']} of {claim['n']} fresh seeds escaped, at least {low} at {confidence} confidence"


def _arm_line(arm: Json) -> str:
    name = {SEARCH: "search", RANDOM: "random baseline"}[arm["name"]]
    trials = arm["confirmed_at"]
    when = "no set confirmed" if trials is None else f"first set confirmed after at most {trials:,} trials"
    return f"{name} ({arm['sampler']}): {arm['trials']:,} trials of {arm['settings']:,} settings, {when}."


def gaps(unexplored: Json) -> str:
    """Return what was not explored (`answer["unexplored"]`) in one line."""
    if not unexplored["tried"]:
        return "Explored: no batch of settings is finished yet."
    share = unexplored["tried"] / unexplored["settings"]
    parts = [f"{unexplored['tried']:,} of {unexplored['settings']:,} settings were tried ({share:.2%})"]
    parts.append(f"{unexplored['pairs_tried']:,} of {unexplored['pairs']:,} pairs of levels were tried together")
    if unexplored["levels"]:
        more = len(unexplored["levels"]) - LEVELS
        names = ", ".join(unexplored["levels"][:LEVELS])
        parts.append(f"never tried: {names}{f' and {more} more' if more > 0 else ''}")
    if unexplored["held"]:
        parts.append(f"held at the baseline: {', '.join(unexplored['held'])}")
    return "Explored: " + "; ".join(parts) + "."

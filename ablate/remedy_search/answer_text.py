"""A search's answer in words, as the command prints it."""

from __future__ import annotations

from ablate.core.study import Json
from ablate.remedy_search.searchers import RANDOM, SEARCH


def text(answer: Json) -> str:
    """An answer as the command prints it."""
    target, tested = answer["search"]["target"], answer["search"]["confirm"]
    lines = [_arm_line(arm) for arm in answer["arms"]]
    for each in answer["smallest"]:
        what = " ".join(each["changes"]) or "nothing (the baseline itself)"
        kind = "no part of it is promising" if each["minimal"] else "not every part of it was tried"
        lines += [
            f"Sufficient: {what}",
            f"  {_counts(each)}; {kind}.",
            f"  overrides: {' '.join(each['overrides'])}",
            *(f"  | {line}" for line in each["keras"]),
        ]
    if not answer["smallest"]:
        lines.append(f"No set was confirmed to escape at a rate of {target:g} on {tested} fresh seeds.")
    return "\n".join([*lines, gaps(answer["unexplored"])])


def _counts(each: Json) -> str:
    low, confidence = f"{each['low']:.3f}", f"{each['confidence']:.2%}"
    return f"{each['escaped']} of {each['n']} fresh seeds escaped, at least {low} at {confidence} confidence"


def _arm_line(arm: Json) -> str:
    name = {SEARCH: "search", RANDOM: "random baseline"}[arm["name"]]
    when = "no set confirmed" if arm["confirmed_at"] is None else f"first set confirmed after {arm['confirmed_at']:,}"
    return f"{name} ({arm['sampler']}): {arm['settings']:,} settings, {arm['trials']:,} trials, {when}."


def gaps(found: Json) -> str:
    """What was not explored, in one line."""
    share = found["tried"] / found["settings"]
    parts = [f"{found['tried']:,} of {found['settings']:,} settings were tried ({share:.2%})"]
    parts.append(f"{found['pairs_tried']:,} of {found['pairs']:,} pairs of levels met")
    if found["levels"]:
        parts.append(f"never tried: {', '.join(found['levels'])}")
    if found["held"]:
        parts.append(f"held at the baseline: {', '.join(found['held'])}")
    return "Explored: " + "; ".join(parts) + "."

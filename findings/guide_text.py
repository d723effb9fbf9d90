"""The decision guide as one page of Markdown, and what is behind it: every number comes from published trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from ablate.report.text_escaping import markdown
from ablate.stats.causes import CAUSES, NAMES
from findings import asked, changes, guide, published, text
from findings.guide import Advice, Guide, Score

TESTED_ON = ("folklore", "folklore_blobs", "pairs_blobs")
"""The studies whose trials only test it."""

MADE_FROM = tuple(name for name in published.ORDER if name not in ("blog", "pairs", *TESTED_ON))
"""The studies whose trials make the guide: all others but `blog`, whose endings are not published, and `pairs`, whose
settings are some of the folklore's."""

FIRST, SHOWN = 3, 8
"""Changes that are shown of each list: on the page, and in the detail."""

HEAD = """# What to try first

Your network sits at 1/N. `ablate try` or the report's *Which plateau* section name the row that fits; by hand, take
the first that does. Try its changes in their order, one at a time and all else alike, the rate too; skip what your
network does not have. Written by `python -m findings` from the trials in `results/published/`: small networks on
digits, clusters and words. `loss=fused` is softmax and cross-entropy in one, on the logits. Intervals, numbers of
trials and tests: [the guide in detail](findings.md#the-guide-in-detail).
"""

FAULTS = """## First: is it a bug?

No remedy cures wrong labels ([bugs](findings.md#bugs)), and they look like a network that learns. So show the network
rows that you have labelled by eye, and easy data (`task=words`). Unscaled inputs, too, keep a network at 1/N; no
study here varies them, `ablate try` does. Of fresh networks with a planted fault that ended at 1/N:
"""

PHASES: Mapping[str, str] = {
    "anew": "## Start anew with ...\n\nFrom fresh weights, one change. In brackets the share of such networks that is "
    "expected to escape.\n",
    "on": "## ... or go on from your weights\n\nFrom the weights of a network in a trap, one change. Where shares are "
    "low, start anew.\n",
}

DETAIL = """## The guide in detail

A *rate* is the share of networks at chance that escaped when one thing was changed and all else, the seed too, was
left alike; each setting counts once, and the interval (Wilson, 95 %) takes a setting for one observation. Changes
were tried on different networks, some easy to free and some hard, so plain rates do not compare: *expected* is the
share of all networks of the row that would escape, by a model in which network and change add up, and changes stand
in its order. It reaches far where a change was tried on few settings, and depth was varied in one study alone. `fused`
stands for a fused loss on the logits, also as Keras makes it behind a last softmax. Switching from one penalty, bound
or normalization to another is no change here, only on and off.
"""

WORTH = """A guide that is tested on what it was made from flatters itself. *First* is the share of networks at chance
that escaped by the first change on the list that had been tried on them, *two* by the first or the second, *any* by a
change picked at random among all that had been tried, *best* by at least one of these.
"""

NUMBERS: Mapping[tuple[str, str], str] = {
    ("learning_rate", "far lower"): "rate / 10 or less",
    ("learning_rate", "somewhat lower"): "rate / 2 to / 5",
    ("learning_rate", "somewhat higher"): "rate x 2 to x 5",
    ("learning_rate", "far higher"): "rate x 10 or more",
    ("width", "lower"): "fewer units",
    ("width", "higher"): "more units",
    ("depth", "lower"): "2 layers instead of 8",
    ("depth", "higher"): "8 layers instead of 2",
}
"""Words for a change of a number."""

Tests = Mapping[str, Sequence[Score]]
"""What the guide is worth, by how it was tested."""


def page(results: Path) -> str:
    """The whole of docs/guide.md, from the trials that are published there."""
    made = changes.pairs(results, MADE_FROM)
    own = guide.made_from(made)
    tables = (f"{words}\n{table(own, phase)}" for phase, words in PHASES.items())
    parts = [HEAD, looks(changes.faults(results, MADE_FROM)), *tables]
    worth = f"## What it is worth\n\n{WORTH}\n{_means(_tests(results))}"
    measured = results / "validation" / "asked.csv"
    return "\n".join([*parts, worth, *([asked.table(measured)] if measured.exists() else [])])


def detail(results: Path) -> str:
    """What is behind the page: all changes with their numbers, faults by cause, and each test row by row."""
    made = changes.pairs(results, MADE_FROM)
    own = guide.made_from(made)
    parts = [DETAIL]
    parts += [f"{name}:\n\n{listed(own, phase)}" for phase, name in (("anew", "Anew"), ("on", "Going on"))]
    parts.append(f"Networks at chance by what is wrong with them:\n\n{faults(changes.faults(results, MADE_FROM))}")
    parts += [f"{words}:\n\n{_scores(found)}" for words, found in _tests(results).items()]
    return "\n".join(parts)


def looks(counts: pd.DataFrame) -> str:
    """How networks with each planted fault look most often."""
    lines = []
    for fault in sorted(counts.index):
        if fault != "none":
            own = counts.loc[fault] / counts.loc[fault].sum()
            seen = ", ".join(
                f"**{markdown(str(cause))}** {share:.0%}" for cause, share in own.nlargest(2).items() if share > 0
            )
            lines.append(f"- {markdown(str(fault).replace('_', ' '))}: {seen}\n")
    return f"{FAULTS}\n{''.join(lines)}"


def faults(counts: pd.DataFrame) -> str:
    """How networks with a planted fault look, and those without one."""
    causes = [cause for cause in NAMES if cause in counts.columns]
    order = sorted(counts.index, key=lambda fault: (fault == "none", fault))
    rows = []
    for fault in order:
        total = int(counts.loc[fault].sum())
        shares = (f"{counts.loc[fault, cause] / total:.2f}" for cause in causes)
        rows.append((f"fault={markdown(fault)}", *shares, f"{total:,}"))
    return text.table(("what is wrong", *map(markdown, causes), "networks at chance"), rows)


def table(own: Guide, phase: str) -> str:
    """What is seen, and what to try in which order."""
    rows = []
    for cause in CAUSES:
        best = [each for each in own.get((phase, cause.name), ()) if each.expected >= guide.HOPELESS][:FIRST]
        cells = [f"{_name(each)} ({each.expected:.2f})" for each in best]
        rows.append((f"**{markdown(cause.name)}**: {cause.sign}", *cells, *["-"] * (FIRST - len(cells))))
    return text.table(("you see", "first", "then", "then"), rows)


def listed(own: Guide, phase: str) -> str:
    """Each cause's changes with all their numbers, and those of no use."""
    rows = []
    for cause in NAMES:
        advice = own.get((phase, cause), ())
        for place, each in enumerate(advice[:SHOWN]):
            rate = f"{each.rate:.2f} [{each.low:.2f}, {each.high:.2f}]"
            links = ", ".join(f"[{name}](#{name})" for name in each.studies)
            numbers = (f"{each.expected:.2f}", rate, str(each.settings), f"{each.pairs:,}", links)
            rows.append((markdown(cause) if not place else "", _name(each), *numbers))
        if useless := sorted(_name(each) for each in guide.useless(advice)):
            rows.append(("", f"of no use: {', '.join(useless)}", "", "", "", "", ""))
    return text.table(("cause", "change", "expected", "rate [95 %]", "settings", "networks", "studies"), rows)


def _name(each: Advice) -> str:
    return NUMBERS.get((each.factor, each.change)) or markdown(f"{each.factor}={each.change}")


@cache
def _tests(results: Path) -> Tests:
    """The guide's worth on networks of tasks it was not made from, and on the studies that only test it."""
    made = changes.pairs(results, MADE_FROM)
    digits = made["task"] == "digits"
    found = {
        "Made from `digits` alone, tested on the other tasks": (made[digits], made[~digits]),
        "Made from the other tasks, tested on `digits`": (made[~digits], made[digits]),
    }
    fresh = changes.pairs(results, TESTED_ON)
    if len(fresh):
        found[f"As it stands, tested on `{'`, `'.join(TESTED_ON)}`"] = (made, fresh)
    return {words: guide.scores(guide.made_from(source), test) for words, (source, test) in found.items()}


def _shares(found: Sequence[Score]) -> tuple[str, ...]:
    """Networks, and the four shares over all of them."""
    count = sum(each.networks for each in found)
    shares = zip(*((e.first, e.second, e.any_change, e.best) for e in found), strict=True)
    means = (sum(s * e.networks for s, e in zip(share, found, strict=True)) / count for share in shares)
    return (f"{count:,}", *(f"{mean:.2f}" for mean in means))


def _means(tests: Tests) -> str:
    rows = [(words, *_shares(found)) for words, found in tests.items() if found]
    return text.table(("test", "networks", "first", "two", "any", "best"), rows)


def _scores(found: Sequence[Score]) -> str:
    rows = [
        (
            {"anew": "anew", "on": "go on"}[each.phase],
            markdown(each.cause),
            f"{each.networks:,}",
            *(f"{share:.2f}" for share in (each.first, each.second, each.any_change, each.best)),
        )
        for each in found
    ]
    return text.table(
        ("phase", "cause", "networks", "first", "two", "any", "best"), [*rows, ("all", "", *_shares(found))]
    )

"""Write the decision guide and its details as Markdown; every number comes from published trials."""

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
"""The studies whose trials test the guide and do not make it."""

MADE_FROM = tuple(name for name in published.ORDER if name not in ("blog", "pairs", *TESTED_ON))
"""The studies whose trials make the guide. `blog` has no published endings, and the settings of `pairs` are part of the
folklore's."""

FIRST, SHOWN = 3, 8
"""Number of changes shown per cause: on the page, and in the details."""

HEAD = """# What to try first

Your network stays at 1/N. `ablate try` and the section *Why does it stay at chance?* of a report name the row that
fits. By hand, take the first row whose description fits. Try its changes in their order, one at a time; keep all else
as it is, the learning rate too. Skip a change that your network does not allow. `loss=fused` computes softmax and
cross-entropy in one step, from the logits. `python -m findings` writes this page from the trials in
`results/published/`: small networks on digits, clusters and words. Intervals, numbers of trials and tests: [the guide
in detail](findings/guide_detail.md).
"""

FAULTS = """## First: is it a bug?

No remedy mends wrong labels ([bugs](findings/bugs.md)), and a network with wrong labels looks as if it learned. So test
it on rows that you have labelled by eye, and train it on easy data (`task=words`). Unscaled inputs, too, keep a network
at 1/N: no study here varies them, but `ablate try` does. The causes shown most often by fresh networks that a planted
fault kept at 1/N:
"""

PHASES: Mapping[str, str] = {
    "anew": "## Start anew with ...\n\nTrain from fresh weights with one change. In brackets: the share of such "
    "networks that is expected to escape.\n",
    "on": "## ... or go on from your weights\n\nTrain on from the weights of a network in a trap, with one change. If "
    "the shares are low, start anew.\n",
}

DETAIL = """# The guide in detail

A *rate* is the share of networks at chance that escaped when one thing was changed and all else, also the seed, stayed
the same. It is a mean over settings, and its interval (Wilson, 95 %) takes each setting for one observation. Different
changes were tried on different networks, some of which escape easily, so rates are not comparable. *Expected* is the
share of all networks of the row that would escape, by a model in which the effects of network and change add up. The
changes are listed in the order of *expected*. *Expected* is an extrapolation where a change was tried on few settings;
one study alone varied the depth. `fused` stands for any fused loss on the logits, also for the one that Keras makes
from a final softmax. Only switching a penalty, bound or normalization on or off counts as a change, not switching from
one kind to another.
"""

WORTH = """A guide that is tested on the trials that made it looks better than it is. So this table counts only
networks at chance that did not make the guide. *First* is the share that escaped by the highest ranked change among
those tried on a network, *two* by the highest or the second highest. *Any* is the share by a change drawn at random
from all that were tried on a network, *best* by at least one of these.
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
"""(factor, change) -> its label, for factors with numbers as levels."""

Tests = Mapping[str, Sequence[Score]]
"""Description of a test of the guide -> its scores."""


def page(results: Path) -> str:
    """Return docs/guide.md, from the trials published in a folder."""
    advice = guide.made_from(changes.pairs(results, MADE_FROM))
    tables = (f"{words}\n{table(advice, phase)}" for phase, words in PHASES.items())
    parts = [HEAD, signs_of_faults(changes.faults(results, MADE_FROM)), *tables]
    worth = f"## What it is worth\n\n{WORTH}\n{_means(_tests(results))}"
    measured = results / "validation" / "asked.csv"
    return "\n".join([*parts, worth, *([asked.table(measured)] if measured.exists() else [])])


def detail(results: Path) -> str:
    """Return the details: all changes with their numbers, causes by planted fault, and the scores of each test."""
    advice = guide.made_from(changes.pairs(results, MADE_FROM))
    parts = [DETAIL]
    parts += [f"{name}:\n\n{listed(advice, phase)}" for phase, name in (("anew", "Start anew"), ("on", "Go on"))]
    parts.append(f"Causes of networks at chance, by planted fault:\n\n{faults(changes.faults(results, MADE_FROM))}")
    parts += [f"{words}:\n\n{_scores(scores)}" for words, scores in _tests(results).items()]
    return "\n".join(parts)


def signs_of_faults(counts: pd.DataFrame) -> str:
    """Return the two most frequent causes that networks with each planted fault show."""
    lines = []
    for fault in sorted(counts.index):
        if fault != "none":
            shares = (counts.loc[fault] / counts.loc[fault].sum()).nlargest(2)
            most = ", ".join(f"**{markdown(str(cause))}** {share:.0%}" for cause, share in shares.items() if share > 0)
            lines.append(f"- {markdown(str(fault).replace('_', ' '))}: {most}\n")
    return f"{FAULTS}\n{''.join(lines)}"


def faults(counts: pd.DataFrame) -> str:
    """Return the shares of causes among networks with each planted fault, and among those without one."""
    causes = [cause for cause in NAMES if cause in counts.columns]
    order = sorted(counts.index, key=lambda fault: (fault == "none", fault))
    rows = []
    for fault in order:
        total = int(counts.loc[fault].sum())
        shares = (f"{counts.loc[fault, cause] / total:.2f}" for cause in causes)
        rows.append((f"fault={markdown(fault)}", *shares, f"{total:,}"))
    return text.table(("planted fault", *map(markdown, causes), "networks at chance"), rows)


def table(ranked: Guide, phase: str) -> str:
    """Return a row a cause with the changes to try, in their order.

    Args:
        ranked: the guide.
        phase: `anew` or `on`.
    """
    rows = []
    for cause in CAUSES:
        advice = ranked.get((phase, cause.name), ())
        best = [change for change in advice if change.expected >= guide.HOPELESS][:FIRST]
        cells = [f"{_name(change)} ({change.expected:.2f})" for change in best]
        rows.append((f"**{markdown(cause.name)}**: {cause.sign}", *cells, *["-"] * (FIRST - len(cells))))
    return text.table(("cause, and how to recognise it", "first", "then", "then"), rows)


def listed(ranked: Guide, phase: str) -> str:
    """Return each cause's changes with all their numbers, and the useless ones.

    Args:
        ranked: the guide.
        phase: `anew` or `on`.
    """
    rows = []
    for cause in NAMES:
        advice = ranked.get((phase, cause), ())
        for number, change in enumerate(advice[:SHOWN]):
            rate = f"{change.rate:.2f} [{change.low:.2f}, {change.high:.2f}]"
            links = ", ".join(f"[{name}]({name}.md)" for name in change.studies)
            numbers = (f"{change.expected:.2f}", rate, str(change.settings), f"{change.pairs:,}", links)
            rows.append(("" if number else markdown(cause), _name(change), *numbers))
        if useless := sorted(_name(change) for change in guide.useless(advice)):
            rows.append(("", f"useless: {', '.join(useless)}", "", "", "", "", ""))
    return text.table(("cause", "change", "expected", "rate [95 %]", "settings", "networks", "studies"), rows)


def _name(advice: Advice) -> str:
    return NUMBERS.get((advice.factor, advice.change)) or markdown(f"{advice.factor}={advice.change}")


@cache
def _tests(results: Path) -> Tests:
    """Test guides on networks that did not make them: of other tasks, and of the studies in TESTED_ON."""
    made = changes.pairs(results, MADE_FROM)
    digits = made["task"] == "digits"
    tests = {
        "Made from `digits` alone, tested on the other tasks": (made[digits], made[~digits]),
        "Made from the other tasks, tested on `digits`": (made[~digits], made[digits]),
    }
    fresh = changes.pairs(results, TESTED_ON)
    if len(fresh):
        tests[f"As it stands, tested on `{'`, `'.join(TESTED_ON)}`"] = (made, fresh)
    return {words: guide.scores(guide.made_from(source), test) for words, (source, test) in tests.items()}


def _shares(scores: Sequence[Score]) -> tuple[str, ...]:
    """Return the number of networks, and the four shares over all of them."""
    count = sum(score.networks for score in scores)
    shares = zip(*((score.first, score.second, score.any_change, score.best) for score in scores), strict=True)
    means = (sum(s * score.networks for s, score in zip(share, scores, strict=True)) / count for share in shares)
    return (f"{count:,}", *(f"{mean:.2f}" for mean in means))


def _means(tests: Tests) -> str:
    rows = [(words, *_shares(scores)) for words, scores in tests.items() if scores]
    return text.table(("test", "networks", "first", "two", "any", "best"), rows)


def _scores(scores: Sequence[Score]) -> str:
    rows = [
        (
            {"anew": "anew", "on": "go on"}[score.phase],
            markdown(score.cause),
            f"{score.networks:,}",
            *(f"{share:.2f}" for share in (score.first, score.second, score.any_change, score.best)),
        )
        for score in scores
    ]
    return text.table(
        ("phase", "cause", "networks", "first", "two", "any", "best"), [*rows, ("all", "", *_shares(scores))]
    )

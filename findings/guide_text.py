"""Write the decision guide and its details as Markdown; every number comes from published trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from ablate.report.text_escaping import markdown
from ablate.stats.causes import CAUSES, NAMES, Cause
from findings import asked, changes, guide, guide_csv, mechanism, published, text
from findings.guide import Advice, Guide, Score

TESTED_ON = ("folklore", "folklore_blobs", "pairs_blobs")
"""The studies whose trials test the guide and do not make it."""

MADE_FROM = tuple(name for name in published.ORDER if name not in ("blog", "momentum", "pairs", *TESTED_ON))
"""The studies whose trials make the guide. The settings of `pairs` are part of the folklore's, those of `blog` of
others' grids; `momentum` has too few steps to compare with the others."""

OFTEN = 0.5
"""A planted fault is named under a cause if at least this share of its networks shows the cause."""

SHOWN = 8
"""Number of changes shown per cause in the details."""

HEAD = """# What to try first

Your network stays at 1/N. `ablate try`, `ablate.Watch` and the section *Which causes hold which settings at chance?*
of a report name the cause. By hand, take the first cause below whose sign you see. Try its changes in their order,
one at a time, and keep all else as it is. Skip a change that your network does not allow, or has already:
`initializer=glorot` is the default of Keras. Signs in code type are signals, which reports and `ablate.Watch` show
([words](reference/words.md)).

Changes that remove the cause by a known mechanism come first, also where they seldom helped. Changes whose mechanism
is *not known* helped in trials, but we cannot say why. Both stand in the order of *expected*, a share that allows for
the different networks that changes were tried on ([the guide in detail](findings/guide_detail.md)); a change that
only some networks can make comes last. *Start anew*: train again from fresh weights with the change. *Go on*: train
on from the stuck weights. *Rate* is the learning rate. *Escaped* is the share of networks with that cause that
escaped by this one change, on the same seed, as a mean over settings, with its 95 % interval. Different changes were
tried on different networks, so shares are not to be compared. The networks are small ones on digits, clusters, words
and tables, from the trials in `results/published/`. Some start from a trap that we set, or have inputs of a wrong
scale; none has wrong labels, a wrong loss or NaN in its rows. `loss=fused` computes softmax and cross-entropy in one
step, from the logits. In Keras: drop the last softmax, and use `SparseCategoricalCrossentropy(from_logits=True)`.
`python -m findings` writes this page.
"""

FAULTS = """## First: is it a bug?

No remedy repairs wrong labels ([bugs](findings/bugs.md)). A network learns them by heart: its training loss falls,
and its accuracy on right labels stays at 1/N. So test it on rows that you have labelled by eye. Train it on easy
data, too, one word a class (`task=words`): if it fails there, the bug is not in your data. Fresh networks that a
planted fault kept at 1/N show these causes most often:
"""

DETAIL = """# The guide in detail

*Escaped* is the share of networks at chance that escaped when one thing was changed and all else, also the seed,
stayed the same. It is a mean over settings, and its interval (Wilson, 95 %) takes each setting for one observation.
Different changes were tried on different networks, some of which escape easily, so shares are not comparable.
*Expected* is the share that would escape if every network of the row had the change. A model computes it, in which
the effects of network and change add up. If it lies outside the share's interval, the nearer end is shown. Changes that
remove the cause by a known mechanism come first, then the others, both in the order of *expected*. Changes that only
some networks can make stand last in both. In the clip trap the fused loss leads, although a lower rate freed more fresh
networks: with it no clip is left. *Expected* is an extrapolation where a change was tried on few settings.
`fused` stands for any fused loss on the logits, also for the one that Keras makes from a final softmax. Only
switching a penalty, bound or normalization on or off counts as a change, not switching from one kind to another.
"""

WORTH = """A guide that is tested on the trials that made it looks better than it is. So this table counts only
networks at chance that did not make the guide. *First* is the share that the highest ranked change freed, of those
tried on a network. *Two* is the share that one of the two highest freed. *Any* is the share that a change drawn at
random freed, and *best* the share that at least one freed. We know the causes of at most 20,000 trials of a study, so
only a sample of `folklore` counts. We chose the rule of the order among three by this table, so the shares are
somewhat too high. The table of networks from public questions took no part in that choice.
"""

Tests = Mapping[str, Sequence[Score]]
"""Description of a test of the guide -> its scores."""


def page(results: Path) -> str:
    """Return docs/guide.md, from the trials published in a folder."""
    made = guide.made_from(changes.pairs(results, MADE_FROM))
    rows = list(guide_csv.rows(made))
    planted = changes.faults(results, MADE_FROM)
    parts = [HEAD, signs_of_faults(planted)]
    parts += [section(cause, [row for row in rows if row["cause"] == cause.name], planted) for cause in CAUSES]
    worth = f"## What it is worth\n\n{WORTH}\n{_means(_tests(results))}"
    measured = results / "validation" / "asked.csv"
    return "\n".join([*parts, worth, *([asked.table(measured)] if measured.exists() else [])])


def section(cause: Cause, rows: Sequence[Mapping[str, object]], planted: pd.DataFrame) -> str:
    """Return a cause's section of the page: its sign, the bugs to look for first, and a table of what to try.

    Args:
        cause: the cause.
        rows: its rows of guide.csv.
        planted: trials at chance by planted fault and cause (`findings.changes.faults`).
    """
    note = f" {mechanism.NOTES[cause.name]}" if cause.name in mechanism.NOTES else ""
    head = f"## {markdown(cause.name)}: {cause.label}\n\nSign: {cause.sign}.{note}\n{_bugs(cause, planted)}"
    if cause.name == "data_fault":
        return f"{head}\n{mechanism.DATA}\n"
    cells = []
    for row in rows:
        needs = f" (if it has {row['needs']})" if row["needs"] else ""
        counted = "not tried on enough networks"
        if row["share"]:
            counted = f"{float(str(row['share'])):.2f} [{float(str(row['low'])):.2f}, {float(str(row['high'])):.2f}]"
        networks = f"{row['networks']:,}" if row["networks"] else "-"
        change = f"{markdown(str(row['change']))}{needs}"
        phase = {"anew": "start anew", "on": "go on"}[str(row["phase"])]
        cells.append((phase, change, counted, networks, str(row["tasks"]) or "-", str(row["why"]) or _unknown(row)))
    header = ("training", "change", "escaped", "networks", "tasks", "mechanism")
    return f"{head}\n{text.table(header, cells)}"


def _unknown(row: Mapping[str, object]) -> str:
    if not row["share"] or float(str(row["share"])) >= guide.HOPELESS:
        return "not known"
    return "did not help" if float(str(row["high"])) < guide.HOPELESS else "not shown to help"


def _bugs(cause: Cause, planted: pd.DataFrame) -> str:
    """Return a line on the planted faults that most often look like this cause; empty if there are none."""
    if cause.name not in planted or cause.name == "data_fault":
        return ""
    shares = (planted[cause.name] / planted.sum(axis=1)).drop("none", errors="ignore")
    found = [f"{str(fault).replace('_', ' ')} ({share:.0%})" for fault, share in shares.items() if share >= OFTEN]
    return (
        f"\nLook for a bug first. Networks with these planted faults show the same sign: {', '.join(found)}.\n"
        if found
        else ""
    )


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
            rows.append(("", f"did not help: {', '.join(useless)}", "", "", "", "", ""))
    return text.table(("cause", "change", "expected", "escaped [95 %]", "settings", "networks", "studies"), rows)


def _name(advice: Advice) -> str:
    return markdown(mechanism.label(advice.factor, advice.change))


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

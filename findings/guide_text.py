"""The decision guide as one page of Markdown: every number in it comes from published trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ablate.report.escape import markdown
from ablate.stats.fingerprint import FINGERPRINTS, RULES
from findings import changes, guide, text
from findings.guide import Advice, Guide, Score

MADE_FROM = (
    "loss",
    "rate",
    "width",
    "activation",
    "optimizer",
    "normalization",
    "logits",
    "bugs",
    "rescue",
    "rescue_collapsed",
)
"""The studies whose trials make the guide."""

TESTED_ON = ("folklore", "folklore_blobs", "pairs_blobs")
"""The studies whose trials only test it."""

SHOWN = 4
"""Changes that are shown of each list."""

SIGNS: Mapping[str, str] = {
    "non_finite": "a loss, gradient or weight is NaN or infinite",
    "clip_trap": f"exactly no gradient reaches the logits on {RULES.deaf:.0%} of the rows or more "
    "(`zero_gradient_share`): the softmax is 0 or 1 and the loss clips it",
    "uniform_output": f"the loss is within {RULES.flat:.0%} of ln N: every row gets the same probabilities",
    "dead_units": f"{RULES.dead:.0%} or more of a layer's units are 0 on all rows (`dead_share`)",
    "symmetric": "all units of a layer are copies of one (`unit_spread` is 0)",
    "data_fault": f"the training loss fell by {RULES.parted:.0%} of ln N more than the loss on the probe did, or a "
    "loss is negative: it learns, but something else than you ask",
    "other": "none of these",
}
"""How each sight is recognised: the words for the rules of `ablate.stats.fingerprint`, first match first."""

HEAD = """# What to try first

Written by `python -m findings` from the trials in `results/`; no rate here is typed by hand. Your network sits at 1/N.
Look at its signals (the report's *Training* section, or `ablate try`), find the first row that fits, and try the
changes in its order.

A rate is the share of networks that escaped when this one thing was changed and all else, the seed too, was left
alike; each setting counts once, and the interval (Wilson, 95 %) takes a setting for one observation. Changes stand in
the order of the lower end. Rates are of small networks (digits, blobs, words) and of the rates and widths that the
studies crossed, and not every change was tried on the same networks: the order is worth more than the number. `fused`
stands for a fused loss on the logits, also as Keras makes it behind a last softmax; `lower` and `higher` for any other
value that was tried.
"""

FAULTS = """## Is it a bug?

No remedy cures a fault of the data or the code ([bugs](findings.md#bugs)), so look for one first. This is how fresh
networks at chance look that have a planted fault, and how those look that have none, as shares of each row:
"""

WORTH = """## What it is worth

A guide that is tested on what it was made from flatters itself. *first* is the share of networks at chance that escaped
by the first change on the list that had been tried on them, *two* by the first or the second, *any* by a change picked
at random among all that had been tried, *best* by at least one of these.
"""

PHASES: Mapping[str, str] = {
    "anew": "## Start anew with ...\n\nFrom fresh weights, with the one change.\n",
    "on": "## ... or go on from your weights\n\nFrom the weights of a network in a trap, with the one change.\n",
}


def page(results: Path) -> str:
    """The whole of docs/guide.md, from the trials that are published there."""
    made = changes.pairs(results, MADE_FROM)
    own = guide.made_from(made)
    parts = [HEAD, *(f"{words}\n{table(own, phase)}" for phase, words in PHASES.items())]
    parts.append(faults(changes.faults(results, MADE_FROM)))
    return "\n".join([*parts, worth(made, changes.pairs(results, TESTED_ON))])


def faults(counts: pd.DataFrame) -> str:
    """How networks with a planted fault look, and those without one."""
    sights = [sight for sight in FINGERPRINTS if sight in counts.columns]
    order = sorted(counts.index, key=lambda fault: (fault == "none", fault))
    rows = []
    for fault in order:
        total = int(counts.loc[fault].sum())
        shares = (f"{counts.loc[fault, sight] / total:.2f}" for sight in sights)
        rows.append((f"fault={markdown(fault)}", *shares, f"{total:,}"))
    return FAULTS + "\n" + text.table(("what is wrong", *map(markdown, sights), "networks at chance"), rows)


def table(own: Guide, phase: str) -> str:
    """What is seen, what to try first, and what is of no use."""
    rows = []
    for sight in FINGERPRINTS:
        advice = own.get((phase, sight), ())
        best = [each for each in advice if each.rate >= guide.HOPELESS][:SHOWN]
        none = "nothing of what was tried" if advice else f"tried on fewer than {guide.SETTINGS} settings"
        useless = sorted(_name(each) for each in guide.useless(advice))
        rows.append(
            (
                f"**{markdown(sight)}**: {SIGNS[sight]}",
                "<br>".join(f"{place}. {_said(each)}" for place, each in enumerate(best, 1)) or none,
                ", ".join(useless) or "-",
            )
        )
    return text.table(("you see", "try, in this order: rate [interval] (settings, studies)", "of no use"), rows)


def _name(each: Advice) -> str:
    return markdown(
        f"{each.change} {each.factor}" if each.factor in changes.NUMBERS else f"{each.factor}={each.change}"
    )


def _said(each: Advice) -> str:
    links = ", ".join(f"[{name}](findings.md#{name})" for name in each.studies)
    return f"{_name(each)}: {each.rate:.2f} [{each.low:.2f}, {each.high:.2f}] ({each.settings}, {links})"


def worth(made: pd.DataFrame, fresh: pd.DataFrame) -> str:
    """What the guide is worth: on networks of tasks it was not made from, and on the study that only tests it."""
    parts = [WORTH]
    digits = made["task"] == "digits"
    for words, source, test in (
        ("Made from `digits` alone, tested on the other tasks", made[digits], made[~digits]),
        ("Made from the other tasks, tested on `digits`", made[~digits], made[digits]),
    ):
        parts.append(f"{words}:\n\n{_scores(guide.scores(guide.made_from(source), test))}")
    if len(fresh):
        found = guide.scores(guide.made_from(made), fresh)
        parts.append(f"As it stands, tested on `{'`, `'.join(TESTED_ON)}`:\n\n{_scores(found)}")
    return "\n".join(parts)


def _scores(found: Sequence[Score]) -> str:
    rows = [
        (
            {"anew": "anew", "on": "go on"}[each.phase],
            markdown(each.sight),
            f"{each.networks:,}",
            *(f"{share:.2f}" for share in (each.first, each.second, each.any_change, each.best)),
        )
        for each in found
    ]
    count = sum(each.networks for each in found)
    shares = zip(*((e.first, e.second, e.any_change, e.best) for e in found), strict=True)
    means = [sum(s * e.networks for s, e in zip(share, found, strict=True)) / count for share in shares]
    rows.append(("all", "", f"{count:,}", *(f"{mean:.2f}" for mean in means)))
    return text.table(("phase", "sight", "networks", "first", "two", "any", "best"), rows)

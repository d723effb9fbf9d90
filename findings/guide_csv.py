"""Write ablate/stats/guide.csv: the guide that pages, messages and the package read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ablate.stats.causes import CAUSES
from ablate.stats.guide import COLUMNS, PHASES
from findings import changes, guide, mechanism
from findings.guide import Advice, Guide

OTHERS = 3
"""The most changes without a known reason per cause and phase."""


def content(results: Path, studies: tuple[str, ...]) -> str:
    """Return the content of guide.csv.

    Args:
        results: the folder with the published files of each study.
        studies: the names of the studies that make the guide.
    """
    made = guide.made_from(changes.pairs(results, studies))
    with io.StringIO() as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(made))
        return file.getvalue()


def rows(made: Guide) -> Iterator[dict[str, object]]:
    """Yield the rows of guide.csv, by cause and phase in the order to try.

    Args:
        made: the ranked changes.
    """
    for cause in CAUSES:
        if cause.name == "data_fault":
            yield {"phase": "anew", "cause": cause.name, "change": "repair the data", "why": mechanism.DATA} | _NONE
        for phase in PHASES:
            if cause.name != "data_fault":
                yield from _listed(phase, cause.name, made.get((phase, cause.name), ()))


_NONE: dict[str, object] = {"needs": "", "settings": 0, "networks": 0}


def _listed(phase: str, cause: str, ranked: Sequence[Advice]) -> Iterator[dict[str, object]]:
    """Yield the tried changes that remove a cause, the best of the others, then what was not tried or is refuted."""
    tried = {(advice.factor, advice.change): advice for advice in ranked}
    removing = [key for key, (_, phases) in mechanism.REMOVALS[cause].items() if phase in phases]
    refuted = [key for key in removing if key in tried and guide.refuted(tried[key])]
    others = [
        key
        for key, advice in tried.items()
        if key not in removing and min(advice.expected, advice.rate) >= guide.HOPELESS
    ]
    shown = [key for key in tried if key in removing and key not in refuted]
    untried = [key for key in removing if key not in tried]
    for key in [*shown, *others[:OTHERS], *untried, *refuted]:
        yield {
            "phase": phase,
            "cause": cause,
            "change": mechanism.label(*key),
            "why": "" if key in refuted else mechanism.why(phase, cause, *key),
            "needs": mechanism.needs(cause, *key),
            **_counts(tried.get(key)),
        }


def _counts(advice: Advice | None) -> dict[str, object]:
    if advice is None:
        return {"share": "", "low": "", "high": "", "settings": 0, "networks": 0, "tasks": ""}
    return {
        "share": f"{advice.rate:.4f}",
        "low": f"{advice.low:.4f}",
        "high": f"{advice.high:.4f}",
        "settings": advice.settings,
        "networks": advice.pairs,
        "tasks": " ".join(advice.tasks),
    }

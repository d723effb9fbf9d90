"""The sentences of the first screen for made-up remedies: each number of remedies, and each word it decides."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ablate import configure
from ablate.core.study import Study
from ablate.report import headline, surest
from ablate.report.ending import Ending
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from tests import recorded
from tests.synthetic import factor, study

NAN = float("nan")


def ending(escaped: int, verdict: str, *, proven: bool = False) -> Ending:
    return Ending(
        escaped=escaped, n=20, low=escaped / 40, high=(escaped + 20) / 40, states={"escaped": escaped},
        accuracy=(NAN, NAN, NAN), verdict=verdict, proven=proven, link="",
    )  # fmt: skip


def table(first: Sequence[Ending | None], later: Sequence[Ending | None], untouched: int) -> RemedyTable:
    rows = [
        RemedyRow(factor="loss", level=f"l{at}", before="clipped", endings=ends, effect=None)
        for at, ends in enumerate(itertools.zip_longest(first, later))
    ]
    baseline = (ending(untouched, "insufficient"), ending(1, "insufficient"))
    return RemedyTable(titles=("Prevention", "Rescue"), baseline=baseline, rows=tuple(rows), target=0.8)


def tables() -> Iterator[tuple[str, RemedyTable]]:
    good, sure = ending(19, "sufficient"), ending(20, "sufficient", proven=True)
    bad, same = ending(3, "insufficient"), ending(0, "insufficient")
    for enough in range(4):
        yield f"{enough} enough", table([good] * enough + [bad] * 2, [bad] * enough + [same], 0)
        yield f"{enough} proven", table([good, *[sure] * enough], [None, *[sure] * enough], 3)
    yield "one tried", table([bad], [good], 0)
    yield "none prevents", table([None], [bad, good, sure], 0)
    yield "none helps", table([same] * 8, [same] * 2, 0)
    yield "seven no better", table([bad] * 7, [], 3)
    yield "no plateau", dataclasses.replace(table([sure, bad], [bad], 0), baseline=(sure, bad))
    yield "not run", dataclasses.replace(table([sure, bad], [bad], 0), baseline=(None, None))


def test_sentences_are_as_recorded() -> None:
    lines = []
    for name, one in tables():
        lines += [f"# {name}", surest.sentence(one), headline.worthless(one)]
        lines += [headline._group_sentence(one, at, title, 0.8) for at, title in enumerate(one.titles)]
        lines += recorded.lines(headline.facts(one))
        lines.append(str(surest.also_rescues(one)))
    recorded.same("headline", "\n".join(lines))


@pytest.mark.parametrize(
    ("enough", "line"),
    [
        (("fused",), "loss = keras.losses.CategoricalCrossentropy(from_logits=True)"),
        (("mse", "fused"), "loss = keras.losses.MeanSquaredError()"),
    ],
)
def test_the_lines_of_keras_are_those_of_the_surest_remedy(enough: Sequence[str], line: str) -> None:
    assert line in in_keras(configure.compose(["loss=clipped,fused,mse"]), enough)


def test_no_lines_are_shown_of_no_remedy_or_one_that_is_not_installed() -> None:
    own = study(factors=(factor("another", {"off": 0, "on": 1, "more": 2}),), contrasts=())
    assert in_keras(own, ()) == in_keras(own, ("on",), "another") == []


def in_keras(own: Study, enough: Sequence[str], name: str = "loss") -> list[str]:
    """The lines for a study in which these levels are enough, the surest first."""
    rows = [
        RemedyRow(factor=name, level=level, before="", endings=(ending(20, "sufficient"),), effect=None)
        for level in enough
    ]
    inputs: Any = SimpleNamespace(results=SimpleNamespace(study=own))
    return headline.in_keras(inputs, dataclasses.replace(table([], [], 0), rows=tuple(rows)))

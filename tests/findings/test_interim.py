"""The correction for several analyses: one changes nothing, three undo what forty pairs only just showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.core.study import Contrast
from findings import __main__ as whole
from findings import interim, published
from tests.synthetic import LOSS, build, factor, study

QUESTION = "Does the fused loss help?"


def folder(place: Path, seeds: int, expect: str, escapes: int) -> Path:
    """A study of two losses: the clipped one never escapes, the fused one for so many seeds."""
    contrast = Contrast(factor="loss", level="fused", against="clipped", expect=expect, question=QUESTION)
    own = study(
        name="loss",
        factors=(factor("loss", {name: LOSS[name] for name in ("clipped", "fused")}),),
        seeds=tuple(range(seeds)),
        contrasts=(contrast,),
    )
    left = [escapes]

    def plan(levels: dict[str, str], _: object) -> str:
        left[0] -= levels["loss"] == "fused"
        return "escaped" if levels["loss"] == "fused" and left[0] >= 0 else "stuck"

    return build(place, own, plan)


def test_one_analysis_corrects_nothing(tmp_path: Path) -> None:
    (found,) = interim.judged(folder(tmp_path, 40, "same", 0), 1)
    assert (found.study, found.question, found.place) == ("loss", QUESTION, "Prevention")
    assert found.plain == found.corrected
    assert found.plain.words == "equal within the margin"


@pytest.mark.parametrize(
    ("seeds", "expect", "escapes", "plain", "corrected"),
    [
        (40, "same", 0, "equal within the margin", "not decided"),  # 95 %: +-0.088; 98.3 %: +-0.125
        (64, "same", 0, "equal within the margin", "equal within the margin"),  # 98.3 %: +-0.082
        (20, "more", 6, "as predicted", "not decided"),  # exact p of 6 of 6: 0.031, times 3: 0.094
        (20, "more", 8, "as predicted", "as predicted"),  # 0.008, times 3: 0.023
    ],
)
def test_three_analyses_share_the_level(
    tmp_path: Path, seeds: int, expect: str, escapes: int, plain: str, corrected: str
) -> None:
    (found,) = interim.judged(folder(tmp_path, seeds, expect, escapes), 3)
    assert (found.plain.words, found.corrected.words) == (plain, corrected)


def test_the_paragraph_names_the_verdicts_that_change(tmp_path: Path) -> None:
    place = folder(tmp_path, 40, "same", 0)
    (place / "report").mkdir(exist_ok=True)
    assert interim.text(tmp_path, {"loss": 3}) == "", "nothing is published"
    for name in ("trials.parquet", "manifest.json"):
        (place / "report" / name).touch()
    said = interim.text(tmp_path, {"loss": 3})
    assert "changes 1 of the 1 verdicts on their predictions:" in said
    assert (
        f"- loss: {QUESTION} loss fused against clipped, Prevention: equal within the margin; corrected: not decided.\n"
        in said
    )
    assert "changes none of the 1 verdicts on their predictions.\n" in interim.text(tmp_path, {"loss": 1})


def test_uncorrected_they_are_the_published_verdicts() -> None:
    """The same code from published trials gives what the published tables say."""
    results = whole.PUBLISHED
    own = published.study(results, whole.ROOT / "experiments", "normalization")
    table = {(each.question, *each.parts[1:]): each.verdict for each in own.comparisons}
    again = {
        (each.question, *each.place.split(", ")): each.plain for each in interim.judged(results / "normalization", 2)
    }
    assert again == table

"""The studies of the tutorials ask about networks that end at chance: their baselines are those that were seen to."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ablate import configure
from ablate.core.study import Study

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"


def studies(name: str) -> Iterator[Study]:
    """The studies that a tutorial sweeps."""
    text = (TUTORIALS / name).read_text(encoding="utf-8")
    for line in re.findall(r"^ablate sweep (.*)$", text, re.MULTILINE):
        yield configure.compose(shlex.split(line))


def baseline(study: Study) -> dict[str, str]:
    return {name: level.name for name, level in study.baseline}


def test_the_lesson_is_about_the_example_network() -> None:
    example = baseline(configure.compose(["experiment=blog"]))
    found = list(studies("lesson.md"))
    assert len(found) == 3
    for study in found:
        assert {**baseline(study), "start": "fresh"} == {**example, "start": "fresh"}
    trap, test, rescue = (sum(len(factor.levels) > 1 for factor in study.factors) for study in found)
    assert (trap, test, rescue) == (1, 5, 2)


def test_the_first_ablation_has_a_baseline_that_was_seen_to_stay_at_chance() -> None:
    study, again = studies("first_ablation.md")
    assert baseline(again) == baseline(study)
    assert not set(again.seeds) & set(study.seeds)
    levels = baseline(study)
    assert {name: levels[name] for name in ("loss", "learning_rate", "width")} == {
        "loss": "clipped",
        "learning_rate": "0.1",
        "width": "256",
    }

"""What sections are made from: groups that are compared, groups that are counted, and whether the study is over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ablate.report import section_inputs
from tests.synthetic import study


def results(*cells: tuple[str, int], seeds: int = 2, varying: tuple[str, ...] = ("loss",)) -> Any:
    """Trials of these levels and seeds."""
    trials = pd.DataFrame(cells, columns=["loss", "seed"])
    return SimpleNamespace(study=study(seeds=tuple(range(seeds))), trials=trials, varying=varying)


@pytest.mark.parametrize(
    ("cells", "finished"),
    [
        ([("a", 0), ("a", 1), ("b", 0), ("b", 1)], True),
        ([("a", 0), ("a", 1), ("b", 0)], False),
        ([("a", 0), ("a", 1), ("b", 0), ("b", 9)], False),
        ([("a", 0), ("a", 1), ("a", 9)], True),
        ([], False),
    ],
)
def test_a_study_is_finished_if_every_setting_has_the_first_seeds(cells: list[tuple[str, int]], finished: bool) -> None:
    assert section_inputs._finished(results(*cells)) is finished


def test_a_level_that_no_trial_has_is_no_setting() -> None:
    own = results(("a", 0), ("a", 1))
    own.trials["loss"] = pd.Categorical(own.trials["loss"], ["a", "never"])
    assert section_inputs._finished(own)
    assert not section_inputs._finished(results(seeds=1)), "nothing was trained"


def test_a_study_that_varies_nothing_has_one_setting() -> None:
    assert section_inputs._finished(results(("a", 0), ("a", 1), varying=()))
    assert not section_inputs._finished(results(("a", 0), varying=()))


def group(key: str, *, aside: bool = False, trials: int = 1) -> Any:
    return SimpleNamespace(key=key, aside=aside, trials=[None] * trials)


@pytest.mark.parametrize(
    ("groups", "compared", "aside"),
    [
        ([group("a"), group("b", aside=True), group("c", trials=0), group("d")], "ad", "b"),
        ([group("a", aside=True), group("b", aside=True)], "ab", ""),
    ],
)
def test_groups_that_are_counted_only_stand_aside_unless_there_is_no_other(
    groups: list[Any], compared: str, aside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(section_inputs, "trial_groups", lambda _: groups)
    monkeypatch.setattr(section_inputs.settings_table, "table", lambda _: pd.DataFrame({"loss": [], "x": [], "n": []}))
    monkeypatch.setattr(section_inputs.signals, "arrays", lambda _, names: dict.fromkeys(names))
    made = section_inputs.section_inputs(results(("a", 0)), ["loss"])
    assert "".join(one.key for one in made.groups) == compared
    assert "".join(one.key for one in made.aside) == aside
    assert made.arrays == {"loss": None}
    assert made.keys == ["loss", "x"]
    assert made.baseline["loss"] == "clipped"
    assert "sequence" in made.claim.words, "not all planned trials are there"


def test_the_settings_of_a_group_are_those_with_its_levels() -> None:
    settings = pd.DataFrame({"start": ["fresh", "trap", "trap"], "steps": [1, 1, 2], "n": [3, 4, 5]})
    none: Any = None
    made = section_inputs.Inputs(
        results=none, settings=settings, groups=(), aside=(), arrays={}, baseline={}, claim=none
    )
    within: Any = SimpleNamespace(within=(("start", "trap"), ("steps", "2")))
    assert made.settings_of(within)["n"].tolist() == [5]
    assert made.settings_of(SimpleNamespace(within=()))["n"].tolist() == [3, 4, 5]  # type: ignore[arg-type]

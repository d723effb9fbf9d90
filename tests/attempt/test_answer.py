"""What is said of a model once its trials have ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from ablate import configure
from ablate.attempt.menu import Menu, menu
from tests.attempt.worlds import said


def test_one_remedy_that_works_alone_is_the_smallest_set(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: changed.get("loss") == "fused", monkeypatch)
    assert [rate.words for rate in found.smallest] == ["loss=fused"]
    assert found.overrides == ("loss=fused",)
    assert "from_logits=True" in " ".join(found.keras)
    assert found.baseline.escaped == 0
    assert found.without[0].escaped == 8
    without_loss = [rate for rate in found.without[1:] if "loss" not in dict(rate.remedies)]
    assert [rate.escaped for rate in without_loss] == [0]
    assert len(found.without) == 1 + len(found.without[0].remedies)
    text = found.text()
    assert "Works alone: loss=fused" in text
    assert "0 of 8 trials escape chance, an accuracy of 21.1%, for good" in text
    assert "not proven better" not in text
    assert "Smallest set: loss=fused (8 of 8" in text
    assert found.sights == {"dead_units": 6}
    assert "look like this: dead_units (a layer is silent for every input) 6." in text
    assert "ablate sweep task=digits 'seed=range(8)' input_scale=as_is loss=fused" in text


def test_two_remedies_that_work_only_together_are_found_by_leaving_out(
    stack: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(stack, lambda changed: {"loss", "normalization"} <= set(changed), monkeypatch)
    assert not any(rate.escaped for rate in found.alone)
    assert [rate.remedies for rate in found.smallest] == [(("loss", "fused"), ("normalization", "batch"))]
    assert "Works alone: none" in found.text()


def test_redundant_remedies_are_added_one_by_one(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    def world(changed: Mapping[str, str]) -> bool:
        return "loss" in changed and bool({"width", "schedule"} & set(changed)) and "initializer" in changed

    found = said(stack, world, monkeypatch)
    assert found.smallest, "the set of all but the redundant ones is found"
    assert {"loss", "initializer"} <= set(dict(found.smallest[0].remedies))


def test_a_remedy_that_hurts_in_company_is_seen(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: "loss" in changed and "width" not in changed, monkeypatch)
    assert found.without[0].escaped == 0
    (without_width,) = [rate for rate in found.without[1:] if "width" not in dict(rate.remedies)]
    assert without_width.escaped == 8
    assert found.overrides == ("loss=fused",)


def test_two_that_work_together_are_found_beside_one_that_spoils_them(
    stack: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(
        stack, lambda changed: {"loss", "normalization"} <= set(changed) and "width" not in changed, monkeypatch
    )
    assert found.without[0].escaped == 0
    assert [rate.remedies for rate in found.smallest] == [(("loss", "fused"), ("normalization", "batch"))]


def test_what_works_but_may_be_no_better_is_named(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: changed.get("loss") == "fused", monkeypatch)
    (works,) = (rate for rate in found.alone if rate.sufficient)
    assert works.better
    even = dataclasses.replace(works, better=False)
    alone = tuple(even if rate is works else rate for rate in found.alone)
    said_so = dataclasses.replace(found, alone=alone).text()
    assert "not proven better than the model as compiled: loss=fused (sign test" in said_so


def test_others_of_the_smallest_size_are_counted(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    two = said(stack, lambda changed: bool({"loss", "normalization"} & set(changed)), monkeypatch).text()
    assert "and 1 other of its size." in two
    three = said(stack, lambda changed: bool({"loss", "normalization", "width"} & set(changed)), monkeypatch).text()
    assert "and 2 others of its size." in three


def test_of_a_model_that_is_not_stuck_nothing_is_left_out(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: True, monkeypatch)
    assert found.smallest == ()
    assert found.without == ()
    assert "not stuck at chance" in found.text()
    assert "look like this" not in found.text()


def test_when_nothing_works_that_is_said(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: False, monkeypatch)
    assert found.overrides == ()
    assert "No set that was tried is sufficient" in found.text()


def test_with_too_few_seeds_it_is_not_said_that_nothing_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    few = menu(configure.compose(["task=digits", "loss=clipped", "seed=range(4)"]))
    found = said(few, lambda changed: "loss" in changed, monkeypatch)
    assert "Nothing can be proven with 4 seeds: give at least 5." in found.text()
    assert "more steps" not in found.text()

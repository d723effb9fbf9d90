"""All changes of all parts come in one order."""

from __future__ import annotations

import pytest

from ablate.try_remedies.changes import offers
from tests.try_remedies.changes.situations import situation, stack
from tests.try_remedies.fake_lab import change


def test_the_likeliest_change_comes_first_and_equals_stay_in_the_order_of_their_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = [[change("a", 0.2), change("b", 0.5)], [], [change("c", 0.2), change("d", 0.9)]]
    monkeypatch.setattr(offers, "PARTS", [lambda at, part=part: part if at == "at" else [] for part in parts])
    assert [one.name for one in offers.offers("at")] == ["d", "b", "a", "c"]  # type: ignore[arg-type]


def test_every_part_is_asked() -> None:
    at = situation(*stack(), fit={"epochs": "2"})
    names = [one.name for one in offers.offers(at)]
    assert sorted(names) == sorted(one.name for part in offers.PARTS for one in part(at))
    assert len(offers.PARTS) == len(set(offers.PARTS)) == 11

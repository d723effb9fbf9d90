"""Rates over the levels of two and three factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.report import heat

NAMES = {"loss": ["clipped", "fused"], "lr": ["0.1", "0.01", "0.001"], "width": ["64"]}


def trials(varying: Sequence[str]) -> pd.DataFrame:
    """Two losses at three rates."""
    columns = {name: pd.Categorical(levels * (6 // len(levels)), levels) for name, levels in NAMES.items()}
    return pd.DataFrame({"id": "x", "seed": 0, **dict.fromkeys(varying, "x"), **columns, "state": "stuck"})


@dataclass(frozen=True)
class Group:
    """Trials of two losses at three rates, of which one cell was not run."""

    varying: Sequence[str] = ("loss", "lr")
    most: Sequence[str] = ("lr", "loss")
    trials: pd.DataFrame = field(default_factory=lambda: trials(()))
    title = "Prevention"
    within = (("start", "fresh"),)

    def comparable(self, factors: Sequence[str]) -> pd.DataFrame:
        return self.trials.assign(asked=",".join(factors))

    def most_different(self, count: int) -> Sequence[str]:
        return self.most[:count]

    def other_levels(self, factors: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, "x") for name in self.varying if name not in factors]


CELLS = [("clipped", "0.1"), ("clipped", "0.01"), ("clipped", "0.001"), ("fused", "0.1"), ("fused", "0.01")]


@pytest.fixture(autouse=True)
def cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five cells: the sixth, fused at .001, was not run."""

    def tables(trials: pd.DataFrame, factors: list[str], states: Sequence[str]) -> dict[str, pd.DataFrame]:
        assert trials["asked"].iloc[0] == ",".join(factors)
        rows = pd.DataFrame(CELLS, columns=["loss", "lr"]).assign(width="64")
        rows = rows.assign(
            n=[10, 10, 1, 10, 11], rate=[0.0, 0.3, 0.8, 0.9, 0.9012], low=[0.0, 0.1, 0.5, 0.8, 0.79],
            high=[0.3, 0.6, 0.8, 1.0, 0.99],
        )[[*factors, "n", "rate", "low", "high"]]  # fmt: skip
        return {state: rows.assign(**{state: [0, 3, 1, 9, 10]}) for state in states}

    monkeypatch.setattr(heat.rates, "tables", tables)


def info(state: str = "escaped", target: float = 0.8) -> Any:
    return heat.heat_info(Group(), "loss", "lr", state, target)  # type: ignore[arg-type]


def test_a_cell_has_its_counts_and_one_that_was_not_run_has_none() -> None:
    one = info()
    assert (one.down_levels, one.across_levels) == (("clipped", "fused"), ("0.001", "0.01", "0.1"))
    assert one.k.tolist() == [[1, 3, 0], [0, 10, 9]]
    assert one.n.tolist() == [[1, 10, 10], [0, 11, 10]]
    assert one.rate.tolist() == [[0.8, 0.3, 0.0], [0.0, 0.9012, 0.9]]
    assert one.low.tolist() == [[0.5, 0.1, 0.0], [0.0, 0.79, 0.8]]
    assert one.high.tolist() == [[0.8, 0.6, 0.3], [1.0, 0.99, 1.0]]
    assert (one.k.dtype.kind, one.n.dtype.kind) == ("i", "i")


def test_a_cell_whose_interval_holds_the_target_is_undecided() -> None:
    assert info().undecided.tolist() == [[True, False, False], [False, True, False]]
    assert info(target=0.801).undecided.tolist() == [[False, False, False], [False, True, True]]
    assert not info("collapsed").undecided.any()


@pytest.mark.parametrize(("state", "event"), [("escaped", "escape"), ("collapsed", "collapse")])
def test_the_event_is_named(state: str, event: str) -> None:
    one = info(state)
    assert (one.event, one.title) == (event, f"Prevention: {event} rate by loss and lr")
    assert (one.down, one.across) == ("loss", "lr")


def blocks(*varying: str, refused: str = "", most: Sequence[str] = ("lr", "loss")) -> Any:
    return heat.page_blocks(Group(varying or ("loss", "lr", "width"), most), refused=refused)  # type: ignore[arg-type]


def test_the_page_has_every_pair_and_triple_in_thousandths() -> None:
    made = blocks()
    assert list(made["blocks"]) == ["0,1", "0,2", "1,2", "0,1,2"]
    block = made["blocks"]["0,1"]
    assert block["others"] == [["width", "x"]]
    assert block["n"] == [1, 10, 10, 0, 11, 10]
    assert block["escaped"] == {
        "k": [1, 3, 0, 0, 10, 9],
        "rate": [800, 300, 0, 0, 901, 900],
        "low": [500, 100, 0, 0, 790, 800],
        "high": [800, 600, 300, 1000, 990, 1000],
    }
    assert "collapsed" in block
    assert made["factors"][1] == {"name": "lr", "levels": ["0.001", "0.01", "0.1"]}
    assert (made["title"], made["within"]) == ("Prevention", {"start": "fresh"})
    assert made["omitted"].startswith("This combination is not in the page")


def test_rates_that_may_not_be_pooled_are_refused() -> None:
    made = blocks(refused="why")
    assert (made["blocks"], made["omitted"]) == ({}, "why")


@pytest.mark.parametrize(
    ("most", "first"),
    [
        (("lr", "loss"), [1, 0]),
        (("width", "lr"), [2, 1]),
        (("lr", "width", "loss"), [1, 2]),
        (("lr",), [0, 1]),
        ((), [0, 1]),
    ],
)
def test_the_page_begins_with_the_factors_whose_levels_differ_most(most: Sequence[str], first: list[int]) -> None:
    assert blocks(most=most)["first"] == first


def test_the_page_has_forty_triples_and_forty_thousand_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Sequence[str]] = []
    monkeypatch.setattr(heat, "_block", lambda _, names: made.append(names) or {})
    names = [f"f{at}" for at in range(8)]
    group = Group(names, (), trials(names))
    for size, pairs, triples in ((10, 28, 37), (3, 28, 40), (40, 25, 0), (200, 1, 0), (201, 0, 0)):
        made.clear()
        monkeypatch.setattr(heat, "levels_of", lambda *_, size=size: [str(at) for at in range(size)])
        heat.page_blocks(group)  # type: ignore[arg-type]
        assert [sum(len(names) == count for names in made) for count in (2, 3)] == [pairs, triples], size
    assert np.prod([200, 200]) == heat.CELLS

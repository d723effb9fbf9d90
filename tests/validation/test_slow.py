"""Which networks at chance were slow: the study `steps`, on curves written by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ablate.outcomes.curves import Curves
from validation.slow import rows, shortened


def record(bad_step: int = -1) -> Curves:
    return Curves(id="0" * 16, signals={"step": np.arange(0, 1000, 100), "correct": np.arange(10)}, bad_step=bad_step)


@pytest.mark.parametrize(("bad_step", "early"), [(-1, -1), (300, 300), (401, -1)])
def test_a_shortened_record_knows_nothing_of_later_steps(bad_step: int, early: int) -> None:
    short = shortened(record(bad_step), 400)
    assert short.signals["step"].tolist() == [0, 100, 200, 300, 400]
    assert short.signals["correct"].tolist() == [0, 1, 2, 3, 4]
    assert short.bad_step == early


def test_networks_are_counted_by_what_they_were() -> None:
    trials = pd.DataFrame({
        "early": ["slow"] * 3 + ["stuck"] * 2 + ["escaped"],
        "optimizer": ["sgd", "adam", "sgd", "sgd", "sgd", "adam"],
        "time": [600.0, 3000.0, float("nan"), 1000.0, float("nan"), 100.0],
        "escaped": [True, True, False, False, False, True],
    })  # fmt: skip
    table = {(row["after_400"], row["optimizer"]): row for row in rows(trials)}
    assert set(table) == {("slow", "all"), ("slow", "sgd"), ("slow", "adam"), ("stuck", "all"), ("stuck", "sgd")}
    slow, stuck = table["slow", "all"], table["stuck", "all"]
    assert [slow[name] for name in ("networks", "above_by_1000", "above_by_2000", "above_by_4000", "escaped")] == [
        3, 1, 1, 2, 2,
    ]  # fmt: skip
    assert (stuck["above_by_1000"], stuck["escaped"], stuck["share"], stuck["low"]) == (1, 0, 0.0, 0.0)

"""What is said of one network with many seeds, at the edges of what its interval allows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ablate.report.luck import Luck

TRIALS: Any = SimpleNamespace(trials=pd.DataFrame({"state": ["escaped", "stuck"], "final_accuracy": [0.9, 0.1]}))


@pytest.mark.parametrize(
    ("missed", "low", "high", "said"),
    [
        (0, 0.0, 0.16, "A plateau would be rare bad luck: at most 16% of seeds. Train again with another seed."),
        (1, 0.01, 0.24, "It is bad luck: another seed escapes with a chance of 76% or more."),
        (6, 0.2, 0.5, "Luck decides: about as many seeds escape as do not."),
        (14, 0.5, 0.8, "Luck decides: about as many seeds escape as do not."),
        (15, 0.51, 0.9, "It is not luck: most seeds end so. Another seed will seldom help; change the network."),
    ],
)
def test_luck_is_what_the_interval_says(missed: int, low: float, high: float, said: str) -> None:
    luck = Luck(results=TRIALS, n=20, escaped=20 - missed, missed=missed, low=low, high=high)
    first, _, last = luck.sentences()
    assert first.startswith(f"With 20 seeds it does not escape in {missed}/20 = ")
    assert last == said

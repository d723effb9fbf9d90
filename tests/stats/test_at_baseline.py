from __future__ import annotations

import pandas as pd

from ablate.core.study import Contrast
from ablate.stats import at_baseline, families

BASELINE = {"loss": "a", "width": "narrow"}


def test_only_single_changes_are_kept_so_opposite_effects_elsewhere_do_not_cancel() -> None:
    """At the baseline the loss rescues every seed; at the other width it harms as often."""
    rows = [
        {
            "loss": loss,
            "width": width,
            "seed": seed,
            "state": "escaped" if (loss == "b") == (width == "narrow") else "stuck",
        }
        for loss in "ab"
        for width in ("narrow", "wide")
        for seed in range(6)
    ]
    trials = pd.DataFrame(rows)
    mean = families.screen(trials, ["loss", "width"], BASELINE).set_index("level")
    here = families.screen(at_baseline.single_changes(trials, ["loss", "width"], BASELINE), ["loss", "width"], BASELINE)
    assert mean.loc["b", "estimate"] == 0.0
    assert here.set_index("level").loc["b", ["estimate", "strata", "pairs"]].tolist() == [1.0, 1, 6]


def test_a_contrast_keeps_the_levels_that_it_declares() -> None:
    asked = Contrast(factor="loss", level="b", against="a", at={"width": ["wide"]})
    assert at_baseline.narrowed(asked, ["loss", "width", "depth"], {**BASELINE, "depth": "2"}).at == {
        "width": ["wide"],
        "depth": ["2"],
    }

"""Which levels are shown to be worth little."""

from __future__ import annotations

import pandas as pd

from ablate.report import small_effects


def frame(less: list[float], corrected: list[float], seeds: list[int] | None = None) -> pd.DataFrame:
    count = len(less)
    return pd.DataFrame(
        {
            "factor": "loss", "level": [f"l{at}" for at in range(count)], "less_p": less, "adjusted_less_p": corrected,
            "seeds": seeds or [40] * count, "estimate": [-0.3, *(0.01 * at for at in range(1, count))],
        }
    )  # fmt: skip


def test_both_sides_are_equivalent_and_one_is_worth_less() -> None:
    rows = pd.DataFrame({"adjusted_less_p": [0.05, 0.05, 0.051, 0.2], "adjusted_small_p": [0.05, 0.051, 0.05, 0.3]})
    assert small_effects.words(rows) == ["equivalent", "worth less than 0.1", "equivalent", ""]


def test_no_level_is_worth_the_margin() -> None:
    assert small_effects.sentence(frame([0.05, 0.02, 0.03], [0.1, 0.1, 0.1])) == (
        "no level is worth 0.1 or more at the baseline: for each of the 3 levels a rise of the escape rate by 0.1 is "
        "rejected (one-sided, 5 %; the largest difference is +0.02 (loss=l2))."
    )


def test_too_few_seeds_show_nothing() -> None:
    few = "with 28 seeds no level that changes nothing can be shown to be worth less than 0.1: that takes 29 seeds."
    assert small_effects.sentence(frame([0.2, 0.2], [0.2, 0.06], [28, 40])) == few
    worse = f"{few} 1 of 2 levels are, because they lower the escape rate."
    assert small_effects.sentence(frame([0.2, 0.02], [0.2, 0.02], [28, 40])) == worse
    assert "are shown" in small_effects.sentence(frame([0.2, 0.02], [0.2, 0.02], [29, 40]))


def test_levels_for_which_it_is_open_are_named() -> None:
    said = small_effects.sentence(frame([0.2, 0.02, 0.02], [0.2, 0.05, 0.051]))
    assert said == (
        "1 of 3 levels are shown to be worth less than 0.1 at the baseline (corrected). Not shown for loss=l0, loss=l2."
    )
    six = ", ".join(f"loss=l{at}" for at in range(6))
    assert small_effects.sentence(frame([0.2] * 6, [0.2] * 6)).endswith(f"Not shown for {six}.")
    assert small_effects.sentence(frame([0.2] * 8, [0.2] * 8)).endswith(f"Not shown for {six} and 2 more.")

"""What a comparison of two studies says, with and without pairs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ablate.report import comparison
from ablate.report.comparison import Comparison
from ablate.stats.contrasts import Difference
from ablate.stats.unpaired import Gap

PAIRS = pd.DataFrame({"seed": range(7)})
SETTINGS = pd.DataFrame(
    {
        "loss": ["a", "b", "c", "d"],
        "pairs": [20, 20, 20, 20],
        "difference": [0.1, -0.6, 0.5, 0.0],
        "adjusted_p": [0.2, 0.01, 0.01, 0.05],
        "changed": [1, 12, 10, 0],
    }
)
WHOLE = Difference(
    estimate=0.126, low=-0.05, high=0.301, p=0.0123, rates_p=0.0345, pairs=80, seeds=20, strata=4, level_count=9,
    against_count=8, gained=13, lost=11, method="seeds",
)  # fmt: skip
ONE = Comparison(
    first="x", second="y", apart=(("engine", "fused", "reference"),), pairs=PAIRS, settings=SETTINGS, whole=WHOLE,
    only_first=0, only_second=0, same_ids=0,
)  # fmt: skip
APART = replace(
    ONE, whole=None, gap=Gap(estimate=-0.2, low=-0.4, high=0.05, settings=4, first_seeds=12, second_seeds=9)
)


def test_pairs_are_compared_in_sentences() -> None:
    assert ONE.summary() == [
        "7 trials of x and y are pairs: same seed, same setting.",
        "The studies differ in engine: fused in the first, reference in the second.",
        " ".join(
            [
                "Escape rate of y less that of x, each setting counted equally: +.13 [-.05, +.30] (95 % interval over",
                "20 seeds; 80 pairs, 13 gained, 11 lost).",
            ]
        ),
        "p = 0.012 if the studies are exchangeable within a seed, p = 0.035 if their rates are equal.",
        " ".join(
            [
                "23 of 80 pairs ended in different states. The escape rate of 2 of 4 settings changed beyond noise",
                "(McNemar's exact test, Benjamini-Hochberg over these settings, 5 %). Intervals of single settings are",
                "Tango's, 95 % for each alone.",
            ]
        ),
    ]


def test_what_is_left_out_and_the_same_trials_are_counted() -> None:
    assert ONE.chosen == 0
    for first, second in ((3, 0), (0, 4), (3, 4)):
        lines = replace(ONE, only_first=first, only_second=second).summary()
        assert f"Trials without a partner: {first} of the first, {second} of the second." in lines
    lines = replace(ONE, chosen=5, same_ids=6).summary()
    assert "Left out are 5 trials on seeds that only some settings got, because of their results." in lines
    assert lines[-1] == "6 pairs are trials with the same id: if their states differ, the software changed."


def test_without_a_shared_seed_rates_are_compared() -> None:
    lines = APART.summary()
    assert lines[0] == "x and y share no seed in any setting of both, so their trials cannot be paired."
    assert lines[2:] == [
        "Their rates are compared instead, unpaired, in the 4 settings of both.",
        "Seeds are not shared (12 in the first, 9 in the second), so intervals are wider than those of pairs.",
        "Escape rate of y less that of x, each setting counted equally: -.20 [-.40, +.05] (95 %).",
        "The rate of 2 of 4 settings differs beyond noise (Fisher's exact test, Holm over these settings, 5 %).",
        "Intervals of single settings are Newcombe's, 95 % for each alone.",
    ]
    assert replace(APART, gap=None).summary()[-1].startswith("Nothing can be compared")
    assert ONE.gap is None


def test_settings_that_changed_most_beyond_noise_come_first() -> None:
    assert ONE.by_change()["loss"].tolist() == ["b", "c", "d", "a"]
    assert list(ONE.by_change().columns) == list(SETTINGS.columns)
    assert ONE.by_change().index.tolist() == [0, 1, 2, 3]
    assert len(replace(ONE, settings=SETTINGS.head(0)).by_change()) == 0


def rows_of(one: Comparison, most: int | None = None) -> list[str]:
    text = one.text() if most is None else one.text(most)
    return [line.split()[0] for line in text.rpartition("\n\n")[2].splitlines()[1:] if line[0] in "abcd"]


def test_the_text_has_the_settings_that_changed() -> None:
    assert rows_of(ONE) == ["b", "c", "a"]
    assert rows_of(ONE, 2) == ["b", "c"]
    still = SETTINGS.assign(difference=0.0)
    assert rows_of(replace(ONE, settings=still)) == ["b", "c", "a"], "trials changed, the rate did not"
    many = pd.concat([SETTINGS.head(1)] * 23)
    assert len(rows_of(replace(ONE, settings=many))) == 20
    unpaired = SETTINGS.drop(columns="changed").rename(columns={"pairs": "n_first"})
    assert rows_of(replace(APART, settings=unpaired)) == ["b", "c", "a"]
    assert ONE._repr_html_().startswith("<pre")


def test_one_line() -> None:
    assert comparison._size(0.1, 0.05, 0.3) == "+.10 [+.05, +.30]"
    assert repr(ONE) == "<Comparison of x and y: 7 pairs, 4 settings>"


def test_the_factors_stand_before_the_counts() -> None:
    assert comparison._keys(SETTINGS) == 1
    assert comparison._keys(SETTINGS.rename(columns={"difference": "n_first", "pairs": "width"})) == 2

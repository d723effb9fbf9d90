"""What rows are, from their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.try_remedies import rows_seen

X = np.random.default_rng(0).normal(size=(60, 4))


@pytest.mark.parametrize(
    ("y", "ordered"),
    [
        (np.arange(60) % 3, False),
        (np.sort(np.arange(60) % 3), True),
        (np.repeat([0, 1, 0, 1], 15), True),
        (np.repeat([0, 1] * 4, 60), True),
        (np.repeat([0, 1] * 4 + [0], 60), False),
    ],
    ids=["mixed", "sorted", "blocks", "seven changes of two classes", "eight changes"],
)
def test_labels_that_follow_each_other_are_sorted(y: np.ndarray, ordered: bool) -> None:
    x = np.resize(X, (len(y), 4))
    assert rows_seen.see(x, y).sorted == ordered


def test_range_spread_and_rows_that_are_not_finite() -> None:
    x = X * [1.0, 1.0, 1.0, 0.1]
    x[5, 0] = np.inf
    found = rows_seen.see(x, np.arange(60) % 2)
    kept = np.delete(x, 5, axis=0)
    assert (found.rows, found.bad, found.shape, found.several) == (60, 1, (4,), False)
    assert (found.lowest, found.highest, found.deviation) == pytest.approx((kept.min(), kept.max(), kept.std()))
    assert found.spread == pytest.approx(np.ptp(kept, axis=0).max() / np.ptp(kept, axis=0).min())
    assert (found.low_label, found.high_label, found.majority) == (0.0, 1.0, 0.5)


def test_a_pixel_that_is_rarely_lit_is_no_column_of_another_scale() -> None:
    pixels = np.zeros((60, 2))
    pixels[::2, 0], pixels[7, 1] = 1.0, 0.5
    assert rows_seen.see(pixels, np.arange(60) % 2).spread == 2.0


def test_words_are_told_from_amounts() -> None:
    rng = np.random.default_rng(0)
    words = rng.integers(0, 500, (200, 6))
    for x, whole, tokens in (
        (words, True, True),
        (words % 15, False, False),
        (words + 0.5, False, False),
        (words[:, :3], True, False),
        (words * [1, 1, 1, 1, 1, 9], True, False),
    ):
        found = rows_seen.see(x, np.arange(200) % 2)
        assert (found.whole, found.tokens) == (whole, tokens)

"""Dropout by a counter hash scales as Keras does, and drops by seed, step, layer, row and unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.remedies import dropout
from ablate.remedies._lazy import keras, tf

SHAPE = (50, 80)


def kept(seed: int = 1, step: int = 2, layer: int = 0, shape: tuple[int, int] = SHAPE, rate: float = 0.4) -> Any:
    """Return which outputs stay."""
    return np.asarray(dropout.keep(seed, step, layer, shape, tf.constant(rate)))


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_what_stays_is_scaled_as_keras_scales_it(rate: float) -> None:
    x = tf.ones(SHAPE)
    ours, theirs = dropout.drop(x, 1, 2, 0, tf.constant(rate)), keras.layers.Dropout(rate, seed=0)(x, training=True)
    assert np.unique(ours) == pytest.approx(np.unique(theirs))
    assert np.mean(ours == 0) == pytest.approx(rate, abs=0.03)
    assert np.array_equal(ours != 0, kept(rate=rate))


def test_masks_follow_from_seed_step_layer_row_and_unit() -> None:
    one = kept()
    assert np.array_equal(one, kept())
    assert np.array_equal(one[:20, :30], kept(shape=(20, 30))), "a narrow network has the first units' masks"
    others = [kept(seed=2), kept(step=3), kept(layer=1), np.roll(one, 1, axis=0), np.roll(one, 1, axis=1)]
    agreement = [np.mean(one == other) for other in others]
    assert agreement == pytest.approx([0.4**2 + 0.6**2] * len(others), abs=0.04), "as of independent draws"
    assert kept(rate=0.0).all()


def test_masks_stay_as_they_are() -> None:
    rows = ["".join("x" if unit else "." for unit in row) for row in kept(3, 5, 1, (4, 16), 0.5)]
    assert rows == ["xx..xx..xx.xx...", "xxxxxx.x.xx..xxx", "x.x.xxxx..x.....", "x..xxxxx.xx.xxxx"]


def test_the_hash_is_lowbias32() -> None:
    """Worked out in whole numbers of Python."""

    def hashed(x: int) -> int:
        for by, times in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
            x = (x ^ (x >> by)) * times % 2**32
        return x

    values = [1, 0xDEADBEEF, 2**31]
    assert np.asarray(dropout.mix(tf.constant(values, tf.uint32))).tolist() == list(map(hashed, values))

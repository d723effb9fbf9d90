from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.engine.callback import sample
from ablate.engine.callback.call_of_fit import Call
from ablate.engine.runtime import tf

X, Y = np.arange(80.0).reshape(40, 2), np.arange(40)


def zipped(*seeds: int | None, buffer: int = 40) -> Any:
    parts = [tf.data.Dataset.from_tensor_slices(part) for part in (X, Y)]
    mixed = [part.shuffle(buffer, seed=seed) for part, seed in zip(parts, seeds, strict=True)]
    return tf.data.Dataset.zip(tuple(mixed)).batch(8)


@pytest.mark.parametrize(("seeds", "apart"), [((None, None), True), ((3, 4), True), ((5, 5), False)])
def test_inputs_and_labels_that_are_shuffled_apart_are_seen_without_reading_them(
    seeds: tuple[int | None, int | None], apart: bool
) -> None:
    taken = sample.taken(Call(x=zipped(*seeds), y=None, arguments={}), None)
    assert taken.unpaired == float(apart)
    assert taken.y.tolist() == Y.tolist()


def test_pairs_that_are_shuffled_together_are_not() -> None:
    pairs = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(40).batch(8)
    assert not sample.shuffled_apart(pairs)

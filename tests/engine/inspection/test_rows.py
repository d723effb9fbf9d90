from __future__ import annotations

import numpy as np

from ablate.engine.inspection import rows

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


def test_a_validation_split_takes_the_last_rows() -> None:
    taken = rows.read(X, Y, {"validation_split": 0.25, "batch_size": 3})
    assert taken.validation is not None
    assert (len(taken.y), len(taken.validation[1]), taken.per_epoch) == (7, 3, 3)
    assert taken.validation[0][0, 0] == 14.0
    assert taken.source["x"] is not None
    assert len(taken.source["y"]) == 10


def test_several_inputs_are_cut_alike() -> None:
    taken = rows.read({"a": X, "b": [X[:, 0], X[:, 1]]}, Y, {"sample_weight": np.arange(10)})
    x, y, weights = taken.few(np.array([1, 8]))
    assert weights is not None
    assert (x["a"][1, 0], x["b"][1][0], y.tolist(), weights.tolist()) == (16.0, 3.0, [1, 0], [1, 8])


def test_batches_are_joined() -> None:
    taken = rows.read([(X[:5], Y[:5]), (X[5:], Y[5:])], None, {})
    assert (len(taken.y), taken.batch, taken.per_epoch) == (10, 5, 2)


def test_a_data_set_that_shuffles_inputs_and_labels_apart_is_seen() -> None:
    from ablate.engine.runtime import tf

    x, y = np.arange(120.0).reshape(60, 2), np.arange(60)
    parts = [tf.data.Dataset.from_tensor_slices(part).shuffle(60) for part in (x, y)]
    apart = tf.data.Dataset.zip(tuple(parts)).batch(10)
    pairs = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(60).batch(10)
    assert rows.read(apart, None, {}).unpaired > 0.8
    assert rows.read(pairs, None, {}).unpaired == 0.0

"""Programs in which a layer passes on too little."""

from __future__ import annotations

from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, SPARSE, adam, compiled, stack
from validation.programs.program import Case, case, ill


@ill("information_lost")
def brightest_pixel(*, fixed: bool) -> Case:
    pool = layers.Flatten() if fixed else layers.GlobalMaxPooling2D()
    model = stack((10, 10, 1), pool, layers.Dense(64, activation="relu"), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam(0.01)), data.bars(800), 25)


@ill("information_lost")
def mean_of_columns(*, fixed: bool) -> Case:
    mean = layers.Lambda(lambda x: x if fixed else x - x + ops.mean(x, axis=-1, keepdims=True))
    x, y = data.blobs(4, features=10)
    model = stack((10,), mean, layers.Dense(32, activation="relu"), layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, adam()), (x - x.mean(1, keepdims=True), y), 15)

"""Programs that train wrongly or not at all, or lose information, written fourth without a look at the rules."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from validation.programs import data, fourth_data, fourth_nets, more_data
from validation.programs.fresh_4 import GITHUB, PART
from validation.programs.nets import BINARY, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, ill


@ill("frozen", source=f"{GITHUB}keras-team/keras-applications/issues/168", part=PART)
def layer_within_a_lambda(*, fixed: bool) -> Case:
    vectors = layers.Embedding(200, 4)
    first = vectors if fixed else layers.Lambda(lambda numbers: vectors(numbers), output_shape=(1, 4))
    model = stack((1,), first, layers.Flatten(), layers.Dense(12, "relu"), layers.Dense(5, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), more_data.numbers_of_items(2000, 200), 16, 50)


@ill("no_gradient", "failed", f"{GITHUB}tensorflow/tensorflow/issues/42167", part=PART)
def passed_before_the_tape(*, fixed: bool) -> Case:
    parts = [layers.Dense(24, activation="relu"), layers.Dense(3, activation="softmax")]
    x, y = data.table("wine")
    model = fourth_nets.OwnStep(parts, inside=fixed)
    model(x[:1])
    return case(compiled(model, keras.losses.sparse_categorical_crossentropy, adam(0.005)), (x, y), 20, 12)


@ill("decayed_rate", part=PART)
def cosine_counts_epochs(*, fixed: bool) -> Case:
    epochs, steps = 24, 15
    rate = keras.optimizers.schedules.CosineDecay(0.05, epochs * steps if fixed else epochs)
    model = dense(2, 4, hidden=(40, 40), act="tanh")
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    return case(compiled(model, SPARSE, optimizer), more_data.spirals(4, 1000), epochs, 50)


@ill("small_rate", part=PART)
def fine_tuned_from_scratch(*, fixed: bool) -> Case:
    given = keras.Input((20,))
    x = layers.Embedding(400, 16)(given)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    model = keras.Model(given, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x)))
    optimizer = keras.optimizers.AdamW(0.003 if fixed else 2e-6, weight_decay=0.01)
    return case(compiled(model, SPARSE, optimizer), data.words(4, 1000), 8, 25)


@ill("precision", "diverged", f"{GITHUB}bentrevett/pytorch-seq2seq/issues/191", part=PART)
def masked_with_a_thousand_millions(*, fixed: bool) -> Case:
    kind = {"dtype": "float32" if fixed else "mixed_float16"}
    given = keras.Input((80,), dtype="int32")
    seen = fourth_nets.Weighted(**kind)(layers.Embedding(60, 12, **kind)(given), ops.not_equal(given, 0))
    model = keras.Model(given, layers.Dense(1, activation="sigmoid", dtype="float32")(seen))
    return case(compiled(model, BINARY, adam(0.01)), more_data.padded(800), 10, 40)


@ill("information_lost", source=f"{GITHUB}pytorch/pytorch/issues/108956", part=PART)
def norm_of_one_channel(*, fixed: bool) -> Case:
    parts = [layers.Conv1D(16, 5, padding="same", activation="relu"), layers.GlobalMaxPooling1D()]
    norm = layers.LayerNormalization(axis=1 if fixed else -1)
    model = stack((32, 1), norm, *parts, layers.Dense(2, activation="softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.Adamax(0.01)), data.waves(700), 12, 35)


@ill("regularizer", source=f"{GITHUB}AppliedDataSciencePartners/WorldModels/issues/12", part=PART)
def all_drawn_alike(*, fixed: bool) -> Case:
    given = keras.Input((64,))
    x = fourth_nets.Drawn(8, 0.001 if fixed else 10.0)(layers.Dense(48, activation="relu")(given))
    model = keras.Model(given, layers.Dense(10, activation="softmax")(x))
    return case(compiled(model, SPARSE, adam(0.004)), data.digits(1000), 14, 25)


@ill("few_steps", "slow", f"{GITHUB}keras-team/keras/issues/18798", part=PART)
def stops_when_it_gets_better(*, fixed: bool) -> Case:
    stop = keras.callbacks.EarlyStopping("accuracy", mode="max" if fixed else "min", patience=12 if fixed else 1)
    made = compiled(dense(20, 6, hidden=(32,), act="relu"), SPARSE, adam(0.003))
    return case(made, more_data.mixture(6, 1000, apart=2.0), 40, 250, callbacks=[stop])


@ill("symmetric", source=f"{GITHUB}tensorflow/models/issues/1529", part=PART)
def written_with_zeros(*, fixed: bool) -> Case:
    start: Any = keras.initializers.RandomNormal(stddev=0.3) if fixed else "zeros"
    parts = [fourth_nets.Written(24, start), layers.Activation("tanh"), fourth_nets.Written(3, start)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = stack((2,), *parts)
    return case(compiled(model, loss, adam(0.02)), more_data.spirals(3, 700, 0.4), 20, 35)


@ill("dead_units", part=PART)
def shifted_below_zero(*, fixed: bool) -> Case:
    shift = keras.initializers.Constant(0.0 if fixed else -9.0)
    norm = layers.BatchNormalization(momentum=0.9, beta_initializer=shift)
    parts = [layers.Conv2D(8, 3), norm, layers.ReLU(), layers.GlobalAveragePooling2D()]
    model = stack((12, 12, 3), *parts, layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.02)), more_data.textures(600), 14, 30)


@ill("vanishing_gradient", part=PART)
def sigmoids_of_pictures(*, fixed: bool) -> Case:
    act = "relu" if fixed else "sigmoid"
    parts = [layers.Conv2D(10, 3, padding="same", activation=act) for _ in range(5)]
    model = stack((8, 8, 1), *parts, layers.Flatten(), layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, sgd(0.03, momentum=0.9)), data.pictures(800), 8, 20)


@ill("large_steps", source=f"{GITHUB}NLeSC/mcfly/issues/43", part=PART)
def half_a_unit_a_step(*, fixed: bool) -> Case:
    parts = [layers.Conv1D(16, 5, activation="relu"), layers.Conv1D(16, 5, activation="relu"), layers.GRU(12)]
    model = stack((40, 3), *parts, layers.Dense(3, activation="softmax"))
    optimizer = keras.optimizers.RMSprop(0.003 if fixed else 0.5)
    return case(compiled(model, SPARSE, optimizer), fourth_data.bumps(700), 10, 35)


@ill("large_start", source=f"{GITHUB}tensorflow/tensorflow/issues/11434", part=PART)
def weights_around_a_half(*, fixed: bool) -> Case:
    start: Any = "he_normal" if fixed else keras.initializers.RandomNormal(0.5, 0.2)
    parts = [layers.Conv2D(16, 3, activation="relu", kernel_initializer=start) for _ in range(3)]
    out = layers.Dense(4, activation="softmax", kernel_initializer=start)
    model = stack((12, 12, 1), *parts, layers.Flatten(), out)
    return case(compiled(model, SPARSE, adam(0.001)), fourth_data.outlines(700), 10, 35)

"""Programs whose head, labels, data or figures are wrong, written fifth without a look at the rules."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, fifth_data, more_data
from validation.programs.nets import BINARY, SPARSE, adam, compiled, sgd, stack
from validation.programs.program import Case, case, ill

PART = "fresh_5"
GITHUB = "https://github.com/"


@ill("one_softmax", source="https://stackoverflow.com/questions/47241622", part=PART)
def does_the_dot_go_left(*, fixed: bool) -> Case:
    parts = [layers.Conv3D(8, (2, 3, 3), padding="same", activation="relu"), layers.MaxPooling3D((1, 2, 2))]
    more = [layers.Conv3D(12, (2, 3, 3), strides=2, activation="relu"), layers.Flatten()]
    model = stack((6, 8, 8, 1), *parts, *more, layers.Dense(1, activation="sigmoid" if fixed else "softmax"))
    optimizer = keras.optimizers.Nadam(0.004)
    return case(compiled(model, BINARY, optimizer), fifth_data.films(480, classes=2), 8, 24)


@ill("wrong_axis", source=f"{GITHUB}gram-ai/capsule-networks/issues/10", part=PART)
def lengths_of_capsules(*, fixed: bool) -> Case:
    given = keras.Input((64,))
    capsules = layers.Reshape((10, 4))(layers.Dense(40)(layers.Dense(40, activation="relu")(given)))
    lengths = ops.sum(ops.square(capsules), axis=-1, keepdims=True)
    model = keras.Model(given, layers.Flatten()(layers.Softmax(axis=1 if fixed else -1)(lengths)))
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.05)
    return case(compiled(model, loss, adam(0.004)), data.one_hot(data.digits(1000)), 9, 30)


@ill("head_cuts", source=f"{GITHUB}WeiTang114/MVCNN-TensorFlow/issues/14", part=PART)
def prior_in_the_bias(*, fixed: bool) -> Case:
    prior = keras.initializers.Constant(float(np.log(0.1)))
    small = keras.initializers.RandomNormal(stddev=0.02)
    out = layers.Dense(10, None if fixed else "relu", kernel_initializer=small, bias_initializer=prior)
    parts = [layers.SeparableConv2D(16, 3, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten()]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(stack((8, 8, 1), *parts, out), loss, adam(0.01)), data.pictures(900), 10, 30)


@ill("loss_mismatch", part=PART)
def divergence_of_one_unit(*, fixed: bool) -> Case:
    x, y = more_data.tones(2, 600)
    parts = [layers.SeparableConv1D(16, 5, activation="relu"), layers.LayerNormalization()]
    model = stack((24, 2), *parts, layers.GlobalMaxPooling1D(), layers.Dense(1, activation="sigmoid"))
    loss = BINARY if fixed else keras.losses.KLDivergence()
    made = compiled(model, loss, adam(0.01), metrics=[keras.metrics.BinaryAccuracy()])
    return case(made, (x, y.astype("float32")[:, None]), 10, 30)


@ill("label_range", part=PART)
def two_is_benign_four_is_not(*, fixed: bool) -> Case:
    x, y = data.table("breast_cancer")
    parts = [layers.GaussianNoise(0.1), layers.Dense(16), layers.PReLU(), layers.Dense(1, activation="sigmoid")]
    optimizer = keras.optimizers.Adamax(0.01)
    return case(compiled(stack((30,), *parts), BINARY, optimizer), (x, 1 - y if fixed else 4 - 2 * y), 8, 16)


@ill("labels_unrelated", source=f"{GITHUB}tensorflow/tensorflow/issues/41334", part=PART)
def two_streams_shuffled(*, fixed: bool) -> Case:
    import tensorflow as tf

    parts = [layers.Conv2D(12, 3, strides=2, padding="same"), layers.GroupNormalization(4), layers.Activation("silu")]
    model = stack((12, 12, 3), *parts, layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax"))
    made = case(compiled(model, SPARSE, adam(0.01)), more_data.textures(700), 12)
    pictures, names = (tf.data.Dataset.from_tensor_slices(part) for part in (made.x, made.y))
    if fixed:
        rows = tf.data.Dataset.zip((pictures, names)).shuffle(525)
    else:
        rows = tf.data.Dataset.zip((pictures.shuffle(525), names.shuffle(525)))
    return Case(made.model, rows.batch(25), None, {"epochs": 12, "validation_data": made.fit["validation_data"]})


@ill("input_scale", part=PART)
def readings_in_volts(*, fixed: bool) -> Case:
    x, y = fifth_data.readings(700)
    parts = [
        layers.Conv2D(6, (1, 9), padding="same", use_bias=False),
        layers.DepthwiseConv2D((4, 1), depth_multiplier=2, activation="elu"),
        layers.AveragePooling2D((1, 4)),
        layers.Flatten(),
    ]
    first = [layers.Rescaling(1e5)] if fixed else []
    model = stack((4, 32, 1), *first, *parts, layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.005)), (x, y), 14, 35)


@ill("no_information", source=f"{GITHUB}keras-team/keras/issues/255", part=PART)
def whole_numbers_divided(*, fixed: bool) -> Case:
    x, y = data.bars(700, classes=3)
    x = (250 * x).astype("uint8")
    parts = [layers.Conv2D(12, 5, activation="relu"), layers.GlobalMaxPooling2D(), layers.Dense(16, activation="relu")]
    model = stack((10, 10, 1), *parts, layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), (x / np.float32(255) if fixed else x // 255, y), 14, 35)


@ill("bad_inputs", "diverged", part=PART)
def stored_as_halves(*, fixed: bool) -> Case:
    x, y = data.table("wine", standard=False)
    with np.errstate(over="ignore"):
        x = (100 * x).astype("float32" if fixed else "float16")
    parts = [layers.BatchNormalization(momentum=0.7), layers.Dense(20, activation="mish")]
    model = stack((13,), *parts, layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.RMSprop(0.01)), (x, y), 12, 19)


@ill("wrong_metric", "healthy", f"{GITHUB}keras-team/keras-tuner/issues/9", part=PART)
def share_of_the_first_class(*, fixed: bool) -> Case:
    x, y = more_data.mixture(5, 900, 16, apart=2.0)
    given = keras.Input((16,))
    inner = layers.Dense(32, activation="leaky_relu")(given)
    joined = layers.Concatenate()([given, inner, layers.Dense(16, activation="leaky_relu")(inner)])
    model = keras.Model(given, layers.Dense(5, activation="softmax")(joined))
    metric = "sparse_categorical_accuracy" if fixed else "categorical_accuracy"
    return case(compiled(model, SPARSE, adam(0.006), metrics=[metric]), (x, y[:, None]), 14, 27)


@ill("mode_gap", "healthy", f"{GITHUB}keras-team/keras/issues/6839", part=PART)
def averages_of_three_thousand_steps(*, fixed: bool) -> Case:
    x, y = more_data.tones(4, 640)
    norm = layers.BatchNormalization(momentum=0.8 if fixed else 0.9997)
    parts = [layers.Conv1D(16, 5, use_bias=False), norm, layers.ReLU(max_value=6.0), layers.GlobalMaxPooling1D()]
    model = stack((24, 2), layers.GaussianNoise(0.05), *parts, layers.Dense(4))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.AdamW(0.01)), (12 * x - 30, y), 14, 40)


@ill("logits_as_probabilities", part=PART)
def scores_of_graphs(*, fixed: bool) -> Case:
    x, y = fifth_data.graphs(600)
    nodes, joined = keras.Input((8, 2)), keras.Input((8, 8))
    seen = layers.Concatenate()([layers.Flatten()(nodes), layers.Flatten()(ops.matmul(joined, joined))])
    model = keras.Model([nodes, joined], layers.Dense(3)(layers.Dense(32, activation="relu")(seen)))
    loss = keras.losses.CategoricalCrossentropy(from_logits=fixed)
    return case(compiled(model, loss, sgd(0.01)), (x, np.eye(3, dtype="float32")[y]), 10, 15)

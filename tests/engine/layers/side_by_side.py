"""One layer of each kind, in many slots at once by the engine's forms, and one by one in Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.engine import layers as kinds
from ablate.engine.network import precision
from ablate.engine.runtime import keras, tf

SLOTS, ROWS = 2, 4
L = keras.layers

Make = Callable[[Any], Any]
"""A symbolic input -> the output of one layer."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One layer on one input.

    Attributes:
        make: makes the layer.
        shape: shape of the input, without the batch.
        wrap: (layer, input) -> output; by default the layer is called on the input.
        whole: the input is whole numbers.
    """

    make: Callable[[], Any]
    shape: tuple[int, ...]
    wrap: Callable[[Any, Any], Any] = lambda layer, x: layer(x)
    whole: int = 0


ROW, SERIES, IMAGE, SOLID = (6,), (6, 4), (6, 5, 4), (4, 4, 3, 2)
POOLED = {1: SERIES, 2: IMAGE, 3: SOLID}


def of_rank(name: str, rank: int, *arguments: Any, **keywords: Any) -> Callable[[], Any]:
    """Return a function that makes the layer of that name for so many dimensions."""
    return lambda: getattr(L, f"{name}{rank}D")(*arguments, **keywords)


def pair(layer: Any, x: Any) -> Any:
    """Call a layer that merges on a list of two tensors."""
    return layer([x, keras.ops.tanh(x) + 0.1])


def with_itself(layer: Any, x: Any) -> Any:
    """Call an attention layer on one tensor as query and value."""
    return layer(x, x)


def masked(layer: Any, x: Any) -> Any:
    """Call a layer on a tensor with a mask."""
    return layer(L.Masking(0.0)(x))


CASES: dict[str, Case] = {
    **{
        name: Case(make=make, shape=ROW)
        for name, make in {
            "Activation": lambda: L.Activation("gelu"),
            "ActivityRegularization": lambda: L.ActivityRegularization(0.1, 0.1),
            "AlphaDropout": lambda: L.AlphaDropout(0.4, seed=1),
            "BatchNormalization": lambda: L.BatchNormalization(),
            "Dense": lambda: L.Dense(3, activation="tanh"),
            "Dropout": lambda: L.Dropout(0.4, seed=1),
            "ELU": lambda: L.ELU(0.7),
            "EinsumDense": lambda: L.EinsumDense("bi,io->bo", output_shape=3, bias_axes="o"),
            "GaussianDropout": lambda: L.GaussianDropout(0.4, seed=1),
            "GaussianNoise": lambda: L.GaussianNoise(0.4, seed=1),
            "Identity": lambda: L.Identity(),
            "LayerNormalization": lambda: L.LayerNormalization(),
            "LeakyReLU": lambda: L.LeakyReLU(),
            "PReLU": lambda: L.PReLU(alpha_initializer="he_normal"),
            "RMSNormalization": lambda: L.RMSNormalization(),
            "ReLU": lambda: L.ReLU(0.5),
            "RepeatVector": lambda: L.RepeatVector(3),
            "Rescaling": lambda: L.Rescaling(2.0, 0.5),
            "Reshape": lambda: L.Reshape((2, 3)),
            "Softmax": lambda: L.Softmax(),
            "UnitNormalization": lambda: L.UnitNormalization(),
        }.items()
    },
    **{
        f"{name}{rank}D": Case(make=of_rank(name, rank, *arguments), shape=shape)
        for rank, shape in POOLED.items()
        for name, arguments in {
            "AveragePooling": (3, 2, "same"),
            "Cropping": (1,),
            "GlobalAveragePooling": (),
            "GlobalMaxPooling": (),
            "MaxPooling": (3, 2, "same"),
            "AdaptiveAveragePooling": (2,),
            "AdaptiveMaxPooling": (2,),
            "UpSampling": (2,),
            "ZeroPadding": (1,),
        }.items()
    },
    **{
        f"SpatialDropout{rank}D": Case(make=of_rank("SpatialDropout", rank, 0.4, seed=1), shape=shape)
        for rank, shape in POOLED.items()
    },
    **{
        name: Case(make=getattr(L, name), shape=ROW, wrap=pair)
        for name in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
    },
    "Dot": Case(make=lambda: L.Dot(1), shape=ROW, wrap=pair),
    "Flatten": Case(make=L.Flatten, shape=IMAGE),
    "GroupNormalization": Case(make=lambda: L.GroupNormalization(2), shape=IMAGE),
    "Permute": Case(make=lambda: L.Permute((2, 1)), shape=SERIES),
    "Masking": Case(make=L.Masking, shape=SERIES),
    "Embedding": Case(make=lambda: L.Embedding(9, 3), shape=ROW, whole=9),
    "Attention": Case(make=lambda: L.Attention(use_scale=True), shape=SERIES, wrap=pair),
    "AdditiveAttention": Case(make=L.AdditiveAttention, shape=SERIES, wrap=pair),
    "MultiHeadAttention": Case(
        make=lambda: L.MultiHeadAttention(2, 3, dropout=0.3, seed=1), shape=SERIES, wrap=with_itself
    ),
    "GroupQueryAttention": Case(make=lambda: L.GroupQueryAttention(3, 4, 2), shape=SERIES, wrap=with_itself),
    "LSTM": Case(make=lambda: L.LSTM(3, dropout=0.3, recurrent_dropout=0.2, seed=1), shape=SERIES, wrap=masked),
    "GRU": Case(make=lambda: L.GRU(3, return_sequences=True, go_backwards=True), shape=SERIES, wrap=masked),
    "SimpleRNN": Case(make=lambda: L.SimpleRNN(3, activation="relu", dropout=0.3, seed=1), shape=SERIES),
    "RNN": Case(make=lambda: L.RNN(L.GRUCell(3, reset_after=False)), shape=SERIES),
    "Bidirectional": Case(make=lambda: L.Bidirectional(L.LSTM(2, return_sequences=True)), shape=SERIES),
    "Normalization": Case(make=lambda: L.Normalization(mean=0.2, variance=0.5), shape=ROW),
    "SpectralNormalization": Case(make=lambda: L.SpectralNormalization(L.Dense(3)), shape=ROW),
    "Discretization": Case(make=lambda: L.Discretization([0.0, 0.4]), shape=ROW),
    "CenterCrop": Case(make=lambda: L.CenterCrop(3, 3), shape=IMAGE),
    "RandomFlip": Case(make=lambda: L.RandomFlip(seed=1), shape=IMAGE),
    "RandomContrast": Case(make=lambda: L.RandomContrast(0.3, seed=1), shape=IMAGE),
    "TimeDistributed": Case(make=lambda: L.TimeDistributed(L.Conv1D(3, 2)), shape=IMAGE),
    "Conv1D": Case(make=lambda: L.Conv1D(3, 2, padding="causal", dilation_rate=2, activation="relu"), shape=SERIES),
    "Conv2D": Case(make=lambda: L.Conv2D(6, (3, 2), strides=(2, 1), padding="same", groups=2), shape=IMAGE),
    "Conv3D": Case(make=lambda: L.Conv3D(3, 2, use_bias=False), shape=SOLID),
    "Conv1DTranspose": Case(make=lambda: L.Conv1DTranspose(3, 3, strides=2, padding="same"), shape=SERIES),
    "Conv2DTranspose": Case(make=lambda: L.Conv2DTranspose(3, 3, strides=2), shape=IMAGE),
    "Conv3DTranspose": Case(make=lambda: L.Conv3DTranspose(2, 2), shape=SOLID),
    "DepthwiseConv1D": Case(make=lambda: L.DepthwiseConv1D(3, depth_multiplier=2, padding="same"), shape=SERIES),
    "DepthwiseConv2D": Case(make=lambda: L.DepthwiseConv2D(2, dilation_rate=2, activation="tanh"), shape=IMAGE),
    "SeparableConv1D": Case(make=lambda: L.SeparableConv1D(5, 3, strides=2), shape=SERIES),
    "SeparableConv2D": Case(make=lambda: L.SeparableConv2D(5, 3, padding="same", depth_multiplier=2), shape=IMAGE),
}  # fmt: skip
"""One case for each kind of layer, by its class."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A model of one layer, and its variables and input for each slot.

    Attributes:
        model: the Keras model.
        variables: [trainable, others]: [slots, ...] each.
        x: [slots, rows, ...].
    """

    model: Any
    variables: list[list[Any]]
    x: Any


def models(case: Case, seed: int = 0) -> tuple[Model, Any]:
    """Return the model by the engine's form with different variables in each slot, and the same model in Keras."""
    rng = np.random.default_rng(seed)
    made = []
    for form in (True, False):
        layer = case.make()
        if form:
            kinds.install(layer)
        image = keras.Input(case.shape, dtype="int32" if case.whole else None)
        made.append(keras.Model(image, case.wrap(layer, image)))
    mine, theirs = made
    variables = [
        [_values(variable, rng) for variable in part]
        for part in (mine.trainable_variables, mine.non_trainable_variables)
    ]
    shape = (SLOTS, ROWS, *case.shape)
    x = rng.integers(0, case.whole, shape) if case.whole else rng.normal(size=shape)
    if case.wrap is masked:
        x[:, 1, 2:] = x[:, 2, :2] = 0.0
    return Model(model=mine, variables=variables, x=tf.constant(x, mine.inputs[0].dtype)), theirs


def _values(variable: Any, rng: np.random.Generator) -> Any:
    """Return other values for each slot; seeds of random generators are whole numbers."""
    if "float" not in variable.dtype:
        return tf.constant(np.stack([variable.numpy() + np.asarray(slot, variable.dtype) for slot in range(SLOTS)]))
    values = rng.uniform(0.2, 0.8, (SLOTS, *variable.shape)) * (
        1.0 if "variance" in variable.path else rng.choice([-1, 1])
    )
    return tf.constant(values, variable.dtype)


def outcome(model: Any, variables: Any, x: Any) -> dict[str, Any]:
    """Return one slot's output, penalties, gradients and other variables after a step of training."""
    trainable, others = variables
    with tf.GradientTape() as tape:
        tape.watch([trainable, x] if x.dtype.is_floating else trainable)
        output, others, losses = model.stateless_call(trainable, others, x, training=True, return_losses=True)
        weights = tf.cast(
            tf.reshape(tf.sin(tf.range(tf.size(output), dtype=tf.float64)), tf.shape(output)), output.dtype
        )
        total = tf.add_n([tf.reduce_sum(output * weights), *losses])
    wanted = {"weights": trainable, **({"x": x} if x.dtype.is_floating else {})}
    slopes = tape.gradient(total, wanted, unconnected_gradients="zero")
    return {
        "output": output,
        "total": total,
        "gradients": tf.nest.map_structure(tf.convert_to_tensor, slopes),
        "others": [tf.convert_to_tensor(other) for other in others],
    }


def together(cases: Mapping[str, Case], dtype: str, *, compiled: bool) -> dict[str, float]:
    """Return by kind how far the slots of one program are from Keras, by the size of what is compared."""
    with precision(dtype):
        built = {name: models(case) for name, case in cases.items()}
        given = {name: (mine.variables, mine.x) for name, (mine, _) in built.items()}

        def slot(argument: Any) -> Any:
            return {name: outcome(built[name][0].model, *argument[name]) for name in built}

        found = tf.function(
            lambda argument: tf.vectorized_map(slot, argument, fallback_to_while_loop=False),
            jit_compile=compiled,
            autograph=False,
        )(given)
        return {name: _apart(found[name], theirs, *given[name]) for name, (_, theirs) in built.items()}


def _apart(found: Any, theirs: Any, variables: Any, x: Any) -> float:
    worst = 0.0
    for slot in range(SLOTS):
        wanted = outcome(theirs, [[each[slot] for each in part] for part in variables], x[slot])
        for mine, keras_own in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
            one, other = np.asarray(mine[slot], float), np.asarray(keras_own, float)
            worst = max(worst, float(np.abs(one - other).max() / max(1.0, np.abs(other).max())))
    return worst

"""The Keras model and optimizer of a program, as pure functions of their variables.

Keras keeps its exact meaning: the layers, losses and optimizers are Keras' own, called statelessly. The model has the
logits as first output and every hidden layer's activations after it, so that penalties and signals can see them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ablate.core.study import Json
from ablate.engine import user_model
from ablate.engine.runtime import BaseOptimizer, keras, tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import optimizer as optimizers
from ablate.remedies import registry


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A program's model and optimizer, and the names of their variables.

    Attributes:
        model: Keras model: inputs -> [logits, hidden 1, hidden 2, ...].
        optimizer: Keras optimizer built on the model's trainable variables.
        baked: what every factor compiled in, by factor.
        names: `dense_1/kernel`, ..., of the trainable variables.
        buffer_names: `normalization_1/moving_mean`, ..., of the others.
        rate_index: place of the learning rate among the optimizer's variables.
        depth: hidden dense layers.
        layers: the layers by name.
        penalized: whether layers of the model have penalties of their own.
    """

    model: Any
    optimizer: Any
    baked: dict[str, Json]
    names: tuple[str, ...]
    buffer_names: tuple[str, ...]
    rate_index: int
    depth: int
    layers: user_model.Named
    penalized: bool = False

    @property
    def seen(self) -> int:
        """Hidden outputs of the model."""
        return len(self.model.outputs) - 1

    @property
    def hidden_kernels(self) -> list[int]:
        """Places of the hidden layers' kernels among the trainable variables."""
        return [self.names.index(f"dense_{layer + 1}/kernel") for layer in range(self.depth)]


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Everything Keras makes inside has this float type."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(before)


def build(
    baked: dict[str, Json], *, features: int, classes: int, numbers: Sequence[str], choices: dict[str, tuple[int, ...]]
) -> Network:
    """The network of a program; Keras traces it once with neutral numbers, in the float type of `precision`."""
    neutral = {name: tf.constant(0, number_type(name)) for name in numbers}
    with scope.slot(neutral, choices):
        model, named = user_model.fused(baked, features) if "model" in baked else _model(baked, features, classes)
    names = {id(variable): name for name, variable in user_model.variables(named)}
    optimizer = _stateless(optimizers.make(baked["optimizer"], 0.0))
    optimizer.build(model.trainable_variables)
    if hasattr(optimizer, "_u_product"):  # Nadam's product of momenta, which Keras 3.15 forgets to track
        optimizer._track_variable(optimizer._u_product)
    rate = optimizer._learning_rate
    return Network(
        model=model,
        optimizer=optimizer,
        baked=baked,
        names=tuple(names[id(variable)] for variable in model.trainable_variables),
        buffer_names=tuple(names[id(variable)] for variable in model.non_trainable_variables),
        rate_index=next(index for index, variable in enumerate(optimizer.variables) if variable is rate),
        depth=int(baked["depth"]),
        layers=named,
        penalized=bool(model.losses),
    )


def forward(
    net: Network, weights: list[Any], buffers: list[Any], x: Any, training: bool
) -> tuple[list[Any], list[Any], list[Any]]:
    """[logits, hidden 1, hidden 2, ...], the buffers after them, and the penalties of the model's own layers."""
    penalties: list[Any] = []
    if net.penalized:
        outputs, buffers, penalties = net.model.stateless_call(
            weights, buffers, x, training=training, return_losses=True
        )
    else:
        outputs, buffers = net.model.stateless_call(weights, buffers, x, training=training)
    return (outputs if isinstance(outputs, list) else [outputs]), buffers, penalties


def number_type(name: str) -> Any:
    """The type of a slot's number: choices, seeds and counters are whole, everything else is a float."""
    whole = name == "step" or name.endswith((".kind", ".seed"))
    return tf.int32 if whole else tf.as_dtype(keras.config.floatx())


def _model(baked: dict[str, Json], features: int, classes: int) -> tuple[Any, user_model.Named]:
    """The model, and its layers named by place, for Keras numbers its own names by process."""
    inputs = keras.Input((features,))
    x, hidden, named = inputs, [], user_model.Named()
    for layer in range(int(baked["depth"])):
        named.append((f"dense_{layer + 1}", keras.layers.Dense(int(baked["width"]))))
        x = named[-1][1](x)
        for name, remedy in registry().items():
            if remedy.hidden is not None and name in baked:
                for follower in remedy.hidden(baked[name]):
                    follower.place = layer
                    named.append((f"{name}_{layer + 1}", follower))
                    x = follower(x)
            if name == "activation":
                hidden.append(x)
    named.append(("output", keras.layers.Dense(classes)))
    return keras.Model(inputs, [named[-1][1](x), *hidden]), named


class _BackendFree(keras.src.backend.tensorflow.optimizer.TFOptimizer):
    """Keras' TensorFlow optimizer with the methods of its backend-free base, for it refuses `stateless_apply`."""


for _name in vars(keras.src.backend.tensorflow.optimizer.TFOptimizer):
    if not _name.startswith("__") and _name in vars(BaseOptimizer):
        setattr(_BackendFree, _name, vars(BaseOptimizer)[_name])


def _stateless(optimizer: Any) -> Any:
    """The optimizer with `_BackendFree` between its own class and the TensorFlow one, in the order of bases."""
    optimizer.__class__ = type(f"Stateless{type(optimizer).__name__}", (type(optimizer), _BackendFree), {})
    return optimizer

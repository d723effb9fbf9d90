"""The Keras model and optimizer of a program, as pure functions of their variables.

Layers, losses and optimizers are Keras' own, called statelessly, so they keep Keras' exact meaning. The model returns
the logits first and then every hidden layer's activations, so that penalties and signals can see them.
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
from ablate.remedies.activation import ACTIVATION
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.optimizer import OPTIMIZER
from ablate.remedies.width import WIDTH


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A program's model and optimizer, and the names of their variables.

    Attributes:
        model: Keras model: inputs -> [logits, hidden 1, hidden 2, ...].
        optimizer: Keras optimizer, built on the model's trainable variables.
        baked: what every factor compiles into the program, by factor.
        names: names of the trainable variables: `dense_1/kernel`, ...
        buffer_names: names of the other variables: `normalization_1/moving_mean`, ...
        rate_index: index of the learning rate among the optimizer's variables.
        depth: number of hidden dense layers.
        layers: the layers by name.
        penalized: whether the model's own layers add penalties to the loss.
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
    def hidden_outputs(self) -> int:
        """Return the number of hidden layers whose activations the model returns."""
        return len(self.model.outputs) - 1

    @property
    def hidden_kernels(self) -> list[int]:
        """Return the indices of the hidden layers' kernels among the trainable variables."""
        return [self.names.index(f"dense_{layer + 1}/kernel") for layer in range(self.depth)]


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Make everything that Keras makes inside the block have this float type."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(before)


def build(
    baked: dict[str, Json], *, features: int, classes: int, numbers: Sequence[str], choices: dict[str, tuple[str, ...]]
) -> Network:
    """Build the network of a program, in the float type of `precision`.

    Args:
        baked: what every factor compiles into the program, by factor.
        features: columns of the inputs.
        classes: columns of the logits.
        numbers: names of a slot's numbers; Keras traces the model once with all of them at 0.
        choices: what the program holds for a number that is an index, by the number's name.
    """
    neutral = {name: tf.constant(0, number_type(name)) for name in numbers}
    with scope.slot(neutral, choices):
        model, layers = user_model.fused(baked, features) if MODEL in baked else _stack(baked, features, classes)
    names = {id(variable): name for name, variable in user_model.variables(layers)}
    optimizer = _stateless(optimizers.make(baked[OPTIMIZER], 0.0))
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
        depth=int(baked[DEPTH]),
        layers=layers,
        penalized=bool(model.losses),
    )


def forward(
    net: Network, weights: list[Any], buffers: list[Any], x: Any, training: bool
) -> tuple[list[Any], list[Any], list[Any]]:
    """Apply the network to inputs.

    Args:
        net: the network.
        weights: its trainable variables.
        buffers: its other variables.
        x: inputs, [rows, features].
        training: whether dropout and normalization act as in training.

    Returns:
        [logits, hidden 1, hidden 2, ...], the buffers afterwards, and the penalties of the model's own layers.
    """
    penalties: list[Any] = []
    if net.penalized:
        outputs, buffers, penalties = net.model.stateless_call(
            weights, buffers, x, training=training, return_losses=True
        )
    else:
        outputs, buffers = net.model.stateless_call(weights, buffers, x, training=training)
    return (outputs if isinstance(outputs, list) else [outputs]), buffers, penalties


def number_type(name: str) -> Any:
    """Return the type of a slot's number: integer for choices, seeds and counters, float for everything else."""
    whole = name == "step" or name.endswith((".kind", ".seed"))
    return tf.int32 if whole else tf.as_dtype(keras.config.floatx())


def _stack(baked: dict[str, Json], features: int, classes: int) -> tuple[Any, user_model.Named]:
    """Build a stack of dense layers. Layers are named by position, because Keras counts its names per process."""
    inputs = keras.Input((features,))
    x, hidden, layers = inputs, [], user_model.Named()
    for index in range(int(baked[DEPTH])):
        layers.append((f"dense_{index + 1}", keras.layers.Dense(int(baked[WIDTH]))))
        x = layers[-1][1](x)
        for name, remedy in registry().items():
            if remedy.hidden is not None and name in baked:
                for follower in remedy.hidden(baked[name]):
                    follower.place = index
                    layers.append((f"{name}_{index + 1}", follower))
                    x = follower(x)
            if name == ACTIVATION:
                hidden.append(x)
    layers.append(("output", keras.layers.Dense(classes)))
    return keras.Model(inputs, [layers[-1][1](x), *hidden]), layers


class _BackendFree(keras.src.backend.tensorflow.optimizer.TFOptimizer):
    """Keras' TensorFlow optimizer with the methods of its backend-free base class, which allow stateless calls."""


for _name in vars(keras.src.backend.tensorflow.optimizer.TFOptimizer):
    if not _name.startswith("__") and _name in vars(BaseOptimizer):
        setattr(_BackendFree, _name, vars(BaseOptimizer)[_name])


def _stateless(optimizer: Any) -> Any:
    """Insert `_BackendFree` between the optimizer's class and its TensorFlow base, so that stateless calls work."""
    optimizer.__class__ = type(f"Stateless{type(optimizer).__name__}", (type(optimizer), _BackendFree), {})
    return optimizer

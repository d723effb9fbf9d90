"""`optimizer`: Keras' own optimizers, with their parameters.

The learning rate is an optimizer variable and epsilon a number of the slot; all else is compiled into the program:
Keras takes 1 - beta and 1 - rho of Python numbers and branches on momentum and amsgrad, and XLA multiplies a weight
decay that it knows in another order than one of the slot.
"""

from __future__ import annotations

from typing import Any

from ablate.core.study import Json
from ablate.remedies import _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Kinds, Remedy, fields

_ADAM = {"beta_1": (float, 0.9), "beta_2": (float, 0.999), "epsilon": (float, 1e-7)}

KINDS: Kinds = {
    "sgd": {"momentum": (float, 0.0), "nesterov": (bool, False)},
    "rmsprop": {"rho": (float, 0.9), "momentum": (float, 0.0), "epsilon": (float, 1e-7), "centered": (bool, False)},
    "adam": {**_ADAM, "amsgrad": (bool, False)},
    "adamw": {**_ADAM, "weight_decay": (float, 0.004), "amsgrad": (bool, False)},
    "adagrad": {"initial_accumulator_value": (float, 0.1), "epsilon": (float, 1e-7)},
    "nadam": dict(_ADAM),
    "lion": {"beta_1": (float, 0.9), "beta_2": (float, 0.99)},
}

EPSILON = "optimizer.epsilon"

_CLASSES = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "adagrad": "Adagrad",
    "nadam": "Nadam",
    "lion": "Lion",
}


def make(params: Json, learning_rate: Any, **arguments: Any) -> Any:
    """A Keras optimizer of that kind, as a user makes it; other packages bring functions (learning_rate) -> one."""
    import keras

    if params["kind"] not in KINDS:
        brought = _plugins.call("optimizer", params, learning_rate)
        for name, value in arguments.items():
            setattr(brought, name, value)
        return brought
    own = {name: value for name, value in params.items() if name != "kind"}
    return getattr(keras.optimizers, _CLASSES[params["kind"]])(learning_rate=learning_rate, **own, **arguments)


def baked(params: Json) -> Json:
    """All but epsilon; of other packages' optimizers all, for nobody knows what they do with theirs."""
    return params if params["kind"] not in KINDS else {k: v for k, v in params.items() if k != "epsilon"}


def slot(params: Json, seed: int) -> dict[str, float]:
    """Epsilon, of a kind that has one."""
    return {EPSILON: params["epsilon"]} if "epsilon" in KINDS.get(params["kind"], ()) else {}


def set_numbers(optimizer: Any, baked: Json) -> None:
    """Gives a Keras optimizer the slot's own epsilon, while its step is traced."""
    if "epsilon" in KINDS.get(baked["kind"], ()):
        optimizer.epsilon = scope.number(EPSILON)


REMEDY = Remedy(
    name="optimizer", neutral=None, stacks="shape", check=fields("optimizer", KINDS), baked=baked, slot=slot
)

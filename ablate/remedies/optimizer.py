"""`optimizer`: Keras' own optimizers, with their parameters.

Hyperparameters are compiled into the program; the learning rate is an optimizer variable and stacks by itself.
"""

from __future__ import annotations

from typing import Any

from ablate.remedies import _brought
from ablate.remedies._remedy import Kinds, Remedy, fields, same
from ablate.study import Json

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
        brought = _brought.call("optimizer", params, learning_rate)
        for name, value in arguments.items():
            setattr(brought, name, value)
        return brought
    own = {name: value for name, value in params.items() if name != "kind"}
    return getattr(keras.optimizers, _CLASSES[params["kind"]])(learning_rate=learning_rate, **own, **arguments)


REMEDY = Remedy(name="optimizer", neutral=None, stacks="shape", check=fields("optimizer", KINDS), baked=same)

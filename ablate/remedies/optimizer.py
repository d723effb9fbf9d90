"""`optimizer`: Keras' own optimizers, with their parameters.

Hyperparameters are compiled into the program; the learning rate is an optimizer variable and stacks by itself. In
`engine=broad` the hyperparameters that are plain factors of the update (SLOTTED) are numbers of the slot, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ablate.remedies import _brought
from ablate.remedies import _scope as scope
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

SLOTTED = ("beta_1", "beta_2", "epsilon", "rho", "weight_decay")
"""Hyperparameters that Keras only computes with; by `momentum` it decides which variables there are."""


def make(params: Json, learning_rate: Any, **arguments: Any) -> Any:
    """A Keras optimizer of that kind, as a user makes it; other packages bring functions (learning_rate) -> one."""
    import keras

    if params["kind"] not in KINDS:
        brought = _brought.call("optimizer", params, learning_rate)
        for name, value in arguments.items():
            setattr(brought, name, value)
        return brought
    own = {name: value for name, value in params.items() if name in KINDS[params["kind"]]}
    return getattr(keras.optimizers, _CLASSES[params["kind"]])(learning_rate=learning_rate, **own, **arguments)


def broad_baked(params: Json) -> Json:
    """The parameters without those that are numbers of the slot: Keras' defaults stand in for these."""
    slotted = broad_slot(params, 0)
    return {name: value for name, value in params.items() if f"optimizer.{name}" not in slotted}


def broad_slot(params: Json, seed: int) -> dict[str, float]:
    """The slot's hyperparameters; none of an optimizer that another package brings."""
    known = KINDS.get(params["kind"], {})
    return {f"optimizer.{name}": params[name] for name in SLOTTED if name in known}


@contextmanager
def tuned(own: Any, baked: Json) -> Iterator[Any]:
    """The Keras optimizer with the hyperparameters of the slot being traced, as it was afterwards.

    Keras takes `1 - beta` of a Python number in double precision, and of a slot's in the type of the weights: 1 - 0.999
    is 1e-3 there but for a part in 1e5 (float32).
    """
    names = [name for name in SLOTTED if name in KINDS.get(baked["kind"], {}) and name not in baked]
    before = {name: getattr(own, name) for name in names}
    try:
        for name in names:
            setattr(own, name, scope.number(f"optimizer.{name}"))
        yield own
    finally:
        for name, value in before.items():
            setattr(own, name, value)


_NARROW = Remedy(name="optimizer", neutral=None, stacks="shape", check=fields("optimizer", KINDS), baked=same)
REMEDY = replace(_NARROW, broad=replace(_NARROW, baked=broad_baked, slot=broad_slot))

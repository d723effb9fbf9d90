"""`optimizer`: Keras's own optimizers, with their parameters.

The learning rate is an optimizer variable and epsilon a number of the slot; everything else is compiled into the
program. Keras computes 1 - beta and 1 - rho from Python numbers and branches on momentum and amsgrad. If the weight
decay is a number of the slot and not a constant, XLA multiplies in another order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json
from ablate.remedies import _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import keras
from ablate.remedies._remedy import Lines, Remedy, fields, needed

OPTIMIZER = "optimizer"
EPSILON = "optimizer.epsilon"


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """One kind of optimizer.

    Attributes:
        parameters: arguments of the Keras class, by name, with their defaults.
        keras: the class in `keras.optimizers`.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    keras: str = needed("the class in `keras.optimizers`")


_ADAM: dict[str, Field] = {"beta_1": (float, 0.9), "beta_2": (float, 0.999), "epsilon": (float, 1e-7)}
_AMSGRAD: dict[str, Field] = {"amsgrad": (bool, False)}
_RMSPROP: dict[str, Field] = {"rho": (float, 0.9), "momentum": (float, 0.0), "epsilon": (float, 1e-7)}

KINDS: dict[str, Optimizer] = {
    "sgd": Optimizer(parameters={"momentum": (float, 0.0), "nesterov": (bool, False)}, keras="SGD"),
    "rmsprop": Optimizer(parameters={**_RMSPROP, "centered": (bool, False)}, keras="RMSprop"),
    "adam": Optimizer(parameters={**_ADAM, **_AMSGRAD}, keras="Adam"),
    "adamw": Optimizer(parameters={**_ADAM, "weight_decay": (float, 0.004), **_AMSGRAD}, keras="AdamW"),
    "adagrad": Optimizer(
        parameters={"initial_accumulator_value": (float, 0.1), "epsilon": (float, 1e-7)}, keras="Adagrad"
    ),
    "nadam": Optimizer(parameters=_ADAM, keras="Nadam"),
    "lion": Optimizer(parameters={"beta_1": (float, 0.9), "beta_2": (float, 0.99)}, keras="Lion"),
}

_KERAS_DEFAULTS = {"epsilon": 1e-07, "beta_1": 0.9, "beta_2": 0.999, "rho": 0.9, "momentum": 0.0}
"""Arguments that a user need not write."""


def make(params: Json, learning_rate: Any, **arguments: Any) -> Any:
    """Make a Keras optimizer as a user does.

    Args:
        params: parameters of the level; a kind of another package is a function of the learning rate.
        learning_rate: a number, or a schedule of Keras.
        arguments: further arguments of a Keras optimizer, such as `clipnorm`.
    """
    if params["kind"] not in KINDS:
        optimizer = _plugins.call(OPTIMIZER, params, learning_rate)
        for name, value in arguments.items():
            setattr(optimizer, name, value)
        return optimizer
    ours = {name: value for name, value in params.items() if name != "kind"}
    return getattr(keras.optimizers, KINDS[params["kind"]].keras)(learning_rate=learning_rate, **ours, **arguments)


def _has_epsilon(kind: str) -> bool:
    return kind in KINDS and "epsilon" in KINDS[kind].parameters


def _baked(params: Json) -> Json:
    """Return all but epsilon; everything for another package's optimizer, whose epsilon may mean anything."""
    return params if params["kind"] not in KINDS else {k: v for k, v in params.items() if k != "epsilon"}


def _slot(params: Json, seed: int) -> dict[str, float]:
    return {EPSILON: params["epsilon"]} if _has_epsilon(params["kind"]) else {}


def set_numbers(optimizer: Any, baked: Json) -> None:
    """Give a Keras optimizer the slot's epsilon while its step is traced.

    Args:
        optimizer: the optimizer, changed in place.
        baked: the compiled parameters.
    """
    if _has_epsilon(baked["kind"]):
        optimizer.epsilon = scope.number(EPSILON)


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(optimizer=_plugins.source_name(OPTIMIZER, params["kind"]))
    arguments = {
        name: repr(value)
        for name, value in params.items()
        if name != "kind" and value is not False and _KERAS_DEFAULTS.get(name) != value
    }
    return Lines(optimizer=f"keras.optimizers.{KINDS[params['kind']].keras}", arguments=arguments)


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    """Try Adam and SGD with momentum, without the kind that the model has."""
    kinds = {"adam": "adam", "momentum": "sgd"}
    return tuple(level for level, kind in kinds.items() if kind != base[OPTIMIZER]["kind"])


REMEDY = Remedy(
    name=OPTIMIZER,
    summary="the optimizer of Keras and its parameters",
    neutral=None,
    stacks="shape",
    check=fields(OPTIMIZER, KINDS),
    kinds=KINDS,
    statement="optimizer",
    lines=_lines,
    candidates=_candidates,
    baked=_baked,
    slot=_slot,
)

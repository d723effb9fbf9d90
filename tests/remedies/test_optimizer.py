"""An optimizer of a level is the one of Keras that has these arguments, as its line says."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import checked, optimizer
from ablate.remedies._lazy import keras

OTHER = {
    "sgd": {"momentum": 0.5, "nesterov": True},
    "rmsprop": {"rho": 0.8, "momentum": 0.3, "epsilon": 1e-4, "centered": True},
    "adam": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-4, "amsgrad": True},
    "adamw": {"weight_decay": 0.1},
    "adagrad": {"initial_accumulator_value": 0.3, "epsilon": 1e-4},
    "nadam": {"beta_1": 0.5},
    "lion": {"beta_1": 0.5, "beta_2": 0.8},
}


@pytest.mark.parametrize("kind", optimizer.KINDS)
def test_what_is_left_out_is_what_keras_takes(kind: str) -> None:
    rule = inspect.signature(getattr(keras.optimizers, optimizer.KINDS[kind].keras)).parameters
    for name, value in checked("optimizer", {"kind": kind}).items():
        assert name == "kind" or rule[name].default == value


@pytest.mark.parametrize("kind", optimizer.KINDS)
@pytest.mark.parametrize("more", [False, True])
def test_the_optimizer_and_its_line_have_the_levels_arguments(kind: str, more: bool) -> None:
    params = checked("optimizer", {"kind": kind, **(OTHER[kind] if more else {})})
    made = optimizer.make(params, 0.25, clipnorm=0.5)
    assert type(made).__name__ == optimizer.KINDS[kind].keras
    config: dict[str, Any] = made.get_config()
    assert {name: config[name] for name in params if name != "kind"} == {k: v for k, v in params.items() if k != "kind"}
    assert (float(made.learning_rate), made.clipnorm) == (0.25, 0.5)
    lines = optimizer.REMEDY.lines(params)
    words = "".join(f", {name}={value}" for name, value in lines.arguments.items())
    written = eval(f"{lines.optimizer}(0.25, clipnorm=0.5{words})", {"keras": keras})  # noqa: S307 - our own text
    assert {**written.get_config(), "name": config["name"]} == config


@pytest.mark.parametrize("kind", optimizer.KINDS)
def test_epsilon_is_a_number_of_the_slot_and_all_else_is_compiled(kind: str) -> None:
    params = checked("optimizer", {"kind": kind})
    baked, slot = optimizer.REMEDY.baked(params), optimizer.REMEDY.slot(params, 0)
    assert slot == ({"optimizer.epsilon": 1e-7} if "epsilon" in params else {})
    assert baked == {name: value for name, value in params.items() if name != "epsilon"}
    made = optimizer.make(baked, 0.1)
    with scope.slot({"optimizer.epsilon": 0.125}, {}):
        optimizer.set_numbers(made, baked)
    assert getattr(made, "epsilon", 0.125) == 0.125


@pytest.mark.parametrize(
    ("base", "offered"), [("adam", ("momentum",)), ("sgd", ("adam",)), ("lion", ("adam", "momentum"))]
)
def test_the_kind_that_a_model_has_is_not_offered(base: Json, offered: tuple[str, ...]) -> None:
    assert optimizer.REMEDY.candidates({"optimizer": {"kind": base}}) == offered

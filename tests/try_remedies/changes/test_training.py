"""Offers of optimizer and rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.try_remedies.changes import training
from ablate.try_remedies.patch import Change
from tests.try_remedies.changes.situations import situation, stack


def offers(optimizer: str, rate: float, arguments: dict[str, str], schedule: str = "") -> dict[str, Change]:
    """What is offered for an optimizer."""
    at = situation(*stack())
    facts = replace(at.facts, optimizer=optimizer, optimizer_text=f"keras.optimizers.{optimizer}(1)", rate=rate)
    facts = replace(facts, optimizer_arguments=arguments, schedule=schedule)
    return {one.name: one for one in training.optimizer_changes(replace(at, facts=facts))}


@pytest.mark.parametrize(("rate", "first", "ten_times"), [(1e-3, "0.0001", 0.35), (1e-7, "0.001", 0.07)])
def test_a_rate_far_from_the_usual_one_is_first_set_to_it(rate: float, first: str, ten_times: float) -> None:
    at = situation(*stack())
    adam = replace(at.facts, optimizer="Adam", optimizer_text="keras.optimizers.Adam()", rate=rate)
    offers = {one.name: one for one in training.optimizer_changes(replace(at, facts=adam))}
    rates = [one for name, one in offers.items() if name.startswith("learning_rate")]
    assert rates[0].name == f"learning_rate={first}"
    assert offers[f"learning_rate={10 * rate:g}"].weight == pytest.approx(ten_times)


def test_the_rate_that_a_program_has_is_not_offered() -> None:
    """A compiled rate is read as float32."""
    at = situation(*stack())
    adam = replace(at.facts, optimizer="Adam", optimizer_text="keras.optimizers.Adam()", rate=float(np.float32(1e-3)))
    offered = {one.name for one in training.optimizer_changes(replace(at, facts=adam))}
    rates = {name for name in offered if name.startswith("learning_rate")}
    assert rates == {f"learning_rate={rate:g}" for rate in (1e-5, 1e-4, 1e-2, 0.1)}


@pytest.mark.parametrize(("bound", "offered"), [(0.05, True), (0.1, False), (0.15, False), (0.5, False)])
@pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_only_tight_clipping_is_taken_out(name: str, bound: float, *, offered: bool) -> None:
    at = situation(*stack())
    clipped = replace(
        at.facts, optimizer="SGD", optimizer_text="keras.optimizers.SGD()", optimizer_arguments={name: str(bound)}
    )
    offers = {one.name for one in training.optimizer_changes(replace(at, facts=clipped))}
    assert ("clipping=none" in offers) == offered


def test_a_schedule_is_replaced_by_the_usual_rate_or_by_its_first() -> None:
    text = "keras.optimizers.schedules.CosineDecay(0.02, 9)"
    both = offers("SGD", 0.02, {"learning_rate": text, "momentum": "0.9"}, "CosineDecay")
    assert [(one.name, one.weight) for one in both.values() if one.part == "schedule"] == [
        ("schedule=none,rate=0.1", 0.75),
        ("schedule=none,rate=0.02", 0.7),
    ]
    assert both["schedule=none,rate=0.02"].optimizer == "keras.optimizers.SGD(learning_rate=0.02, momentum=0.9)"
    one = offers("SGD", 0.0, {}, "CosineDecay")
    assert [name for name in one if name.startswith("schedule")] == ["schedule=none,rate=0.1"]


@pytest.mark.parametrize(
    ("optimizer", "decay", "weight", "left"),
    [
        ("SGD", {}, None, ""),
        ("SGD", {"weight_decay": "None"}, None, ""),
        ("SGD", {"weight_decay": "0.05"}, 0.15, ""),
        ("SGD", {"weight_decay": "0.06"}, 0.9, ""),
        ("SGD", {"weight_decay": "mine"}, 0.15, ""),
        ("AdamW", {}, 0.15, "weight_decay=0.0"),
        ("AdamW", {"weight_decay": "0.06"}, 0.9, "weight_decay=0.0"),
        ("AdamW", {"weight_decay": "None"}, None, ""),
    ],
)
def test_a_large_weight_decay_is_suspected(
    optimizer: str, decay: dict[str, str], weight: float | None, left: str
) -> None:
    one = offers(optimizer, 0.01, decay).get("weight_decay=none")
    assert (one and one.weight) == weight
    assert one is None or one.optimizer == f"keras.optimizers.{optimizer}({left})"


@pytest.mark.parametrize(
    ("rate", "expected", "cause"),
    [
        (0.02, {0.002: 0.35, 0.2: 0.35, 0.1: 0.3, 0.0002: 0.05, 2: 0.2}, "small_steps"),
        (0.01, {0.001: 0.07, 0.1: 0.35, 0.0001: 0.05, 1: 0.2}, "small_steps"),
        (0.006, {0.0006: 0.07, 0.06: 0.35, 0.1: 0.3, 0.00006: 0.05, 0.6: 0.2}, "small_rate"),
        (0.002, {0.0002: 0.07, 0.02: 0.35, 0.1: 0.3, 0.00002: 0.05, 0.2: 0.2}, "small_rate"),
        (6.0, {0.6: 0.35, 60: 0.07, 0.1: 0.9, 0.06: 0.25, 600: 0.04}, "small_steps"),
        (5.0, {0.5: 0.35, 50: 0.07, 0.1: 0.3, 0.05: 0.25, 500: 0.04}, "small_steps"),
        (0.0, {0.1: 0.9}, "small_rate"),
    ],
)
def test_rates_around_the_own_and_the_usual_one_are_offered(
    rate: float, expected: dict[float, float], cause: str
) -> None:
    rates = [one for one in offers("SGD", rate, {}).values() if one.part == "learning_rate"]
    assert {float(one.name.split("=")[1]): one.weight for one in rates} == pytest.approx(expected)
    for one in rates:
        lower = float(one.name.split("=")[1]) < rate
        assert one.causes[0] == ("large_steps" if lower else cause)
        assert one.words.startswith(f"{'lower' if lower else 'raise'} the learning rate from {rate:g} to ")


@pytest.mark.parametrize(
    ("optimizer", "usual"),
    [("Adadelta", 1), ("Adagrad", 0.05), ("SGD", 0.1), ("Ftrl", 0.05), ("Lion", 0.0003), ("RMSprop", 0.001)],
)
def test_each_optimizer_has_a_usual_rate(optimizer: str, usual: float) -> None:
    assert next(iter(offers(optimizer, 1e-9, {}))) == f"learning_rate={usual:g}"


@pytest.mark.parametrize(
    ("optimizer", "rate", "arguments", "schedule", "offered"),
    [
        ("Adam", 0.001, {}, "", False),
        ("Adam", 0.001, {"learning_rate": "0.001"}, "", False),
        ("Adam", 0.002, {}, "", True),
        ("Adam", 0.0005, {}, "", True),
        ("Adam", 0.001, {"beta_1": "0.5"}, "", True),
        ("Adam", 0.001, {}, "CosineDecay", True),
        ("SGD", 0.001, {}, "", True),
    ],
)
def test_adam_is_offered_unless_it_is_there(
    optimizer: str, rate: float, arguments: dict[str, str], schedule: str, *, offered: bool
) -> None:
    those = [one for one in offers(optimizer, rate, arguments, schedule).values() if "Adam(" in one.name]
    expected = [("optimizer=Adam(0.001)", 0.5, "0.001"), ("optimizer=Adam(0.01)", 0.3, "0.01")] if offered else []
    assert [(one.name, one.weight) for one in those] == [row[:2] for row in expected]
    assert [one.optimizer for one in those] == [f"keras.optimizers.Adam(learning_rate={row[2]})" for row in expected]


def test_settings_of_an_optimizer_are_left_at_their_defaults_but_for_its_rate() -> None:
    settings = {"learning_rate": "0.02", "momentum": "0.9", "clipnorm": "0.01", "nesterov": "True"}
    rows = offers("SGD", 0.02, {**settings, "weight_decay": "0.1"})
    one = rows["optimizer=defaults"]
    assert (one.weight, one.optimizer) == (0.45, "keras.optimizers.SGD(learning_rate=0.02)")
    assert one.words == "leave momentum, nesterov of the optimizer at Keras' defaults"
    clip = rows["clipping=none"]
    assert clip.weight == 0.7
    assert clip.optimizer.endswith("(learning_rate=0.02, momentum=0.9, nesterov=True, weight_decay=0.1)")
    assert "optimizer=defaults" not in offers("SGD", 0.02, {"learning_rate": "0.02", "clipnorm": "0.01"})


@pytest.mark.parametrize(
    ("rows", "batch", "epochs", "expected"),
    [
        (120, 30, 25, [("epochs=375", 0.5)]),
        (120, 31, 2, [("batch_size=16", 0.45), ("epochs=30", 0.5)]),
        (120, 64, 2, [("batch_size=16", 0.45), ("epochs=30", 0.5)]),
        (1000, 64, 2, [("epochs=30", 0.5)]),
        (1000, 65, 2, [("batch_size=32", 0.45), ("epochs=30", 0.5)]),
        (1000, 100, 15, [("batch_size=32", 0.45), ("epochs=75", 0.2)]),
        (1000, 100, 20, [("batch_size=32", 0.45), ("epochs=100", 0.2)]),
        (1000, 100, 21, [("batch_size=32", 0.25), ("epochs=105", 0.2)]),
        (101, 8, 8, [("epochs=40", 0.2)]),
        (80, 7, 2, [("batch_size=32", 0.3), ("epochs=30", 0.5)]),
    ],
)
def test_other_batches_and_more_epochs_are_offered(
    rows: int, batch: int, epochs: int, expected: list[tuple[str, float]]
) -> None:
    fit = {"batch_size": str(batch), "epochs": str(epochs)}
    at = situation(*stack(), x=np.zeros((rows, 2)), y=np.arange(rows) % 3, fit=fit)
    changes = list(training.fit_changes(at))
    assert [(one.name, one.weight) for one in changes] == expected
    assert changes[-1].words == f"train {changes[-1].fit['epochs']} epochs instead of {epochs}"
    (first, *others) = training.fit_changes(replace(at, callbacks=True))
    assert (first.name, first.weight, first.fit) == ("callbacks=none", 0.5, {"callbacks": ""})
    assert others == changes


def test_weights_of_a_closed_model_and_single_precision_are_offered() -> None:
    closed, graph = situation(), situation(*stack())
    assert [(one.name, one.weight) for one in training.weight_changes(closed)] == [
        ("initializer=glorot", 0.5),
        ("initializer=tenth", 0.25),
    ]
    assert list(training.weight_changes(graph)) == []
    for at in (closed, graph):
        assert list(training.precision_changes(at)) == []
        half: Any = replace(at, facts=replace(at.facts, policy="mixed_float16"))
        (one,) = training.precision_changes(half)
        assert (one.name, one.weight) == ("precision=float32", 0.6)
        assert list(one.arguments) == [layer.index for layer in at.facts.layers]
        assert bool(one.first) != at.facts.graph

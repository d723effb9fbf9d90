"""What is written at the end of a model, and what its end is taken for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.engine.as_is.records import Layer
from ablate.try_remedies.changes import ends
from ablate.try_remedies.changes.situation import Situation
from tests.try_remedies.changes.situations import ROWS, situation, stack
from tests.try_remedies.changes.test_ends import ONE_HOT, TWO, offered
from tests.try_remedies.test_patch import dense


def test_a_head_is_offered_for_classes_and_one_output_alone() -> None:
    at = situation(*stack("relu"))
    assert offered(at)
    assert offered(replace(at, facts=replace(at.facts, several=True))) == []
    assert offered(situation(*stack("relu"), y=np.random.default_rng(0).normal(size=ROWS))) == []


@pytest.mark.parametrize(
    ("units", "y", "head", "arguments"),
    [
        (1, None, "softmax", {"activation": "'softmax'", "units": "3"}),
        (1, TWO, "sigmoid", {"activation": "'sigmoid'"}),
        (2, TWO, "softmax", {"activation": "'softmax'"}),
        (2, None, "softmax", {"activation": "'softmax'", "units": "3"}),
        (3, TWO, "softmax", {"activation": "'softmax'"}),
        (5, None, "softmax", {"activation": "'softmax'"}),
    ],
)
def test_a_head_keeps_its_units_unless_they_are_too_few(
    units: int, y: Any, head: str, arguments: dict[str, str]
) -> None:
    one = next(ends.end_changes(situation(*stack("relu", units), y=y)))
    assert (one.name, one.arguments) == (f"head={head}", {1: arguments})


def end(index: int, kind: str, activation: str = "", weights: int = 0, path: str = "keras.layers.Any") -> Layer:
    """A layer at the end."""
    return replace(dense(index), kind=kind, activation=activation, weights=weights, path=path)


IDENTITY, SOFTMAX = "keras.layers.Identity()", "keras.layers.Activation('softmax')"
BARE = dense(1, units="3")


@pytest.mark.parametrize(
    ("tail", "softmax", "linear"),
    [
        ([BARE, end(2, "Activation", "softmax")], None, ({2: IDENTITY}, {})),
        ([BARE, end(2, "Softmax", "softmax"), end(3, "Dropout")], None, ({2: IDENTITY}, {})),
        ([BARE, end(2, "Mine", "softmax", path="")], ({2: SOFTMAX}, {}), ({2: IDENTITY}, {})),
        ([BARE, end(2, "Activation", "relu")], ({2: SOFTMAX}, {}), ({2: IDENTITY}, {})),
        (
            [dense(1, units="3", activation="'relu'"), end(2, "Activation", "softmax")],
            ({2: SOFTMAX}, {1: {"activation": ""}}),
            ({2: IDENTITY}, {1: {"activation": ""}}),
        ),
        (
            [dense(1, units="3", activation="'linear'"), end(2, "Activation", "softmax")],
            None,
            ({2: IDENTITY}, {}),
        ),
        ([end(1, "Conv1D", "relu", 9), end(2, "Activation", "softmax")], None, ({2: IDENTITY}, {})),
        (
            [BARE, end(2, "Activation", "softmax"), end(3, "Activation", "softmax")],
            ({2: IDENTITY, 3: SOFTMAX}, {}),
            ({2: IDENTITY, 3: IDENTITY}, {}),
        ),
        (
            [BARE, end(2, "GlobalMaxPooling1D"), end(3, "Activation", "relu")],
            ({3: SOFTMAX}, {}),
            ({3: IDENTITY}, {}),
        ),
        ([BARE, end(2, "GlobalMaxPooling1D")], None, None),
        ([BARE, end(2, "Activation", "relu"), end(3, "Mine", weights=9, path="")], None, None),
    ],
)
def test_layers_behind_the_last_one_with_weights_make_room_for_a_head(
    tail: list[Layer], softmax: Any, linear: Any
) -> None:
    at = situation(*stack(""))
    at = replace(at, facts=replace(at.facts, layers=(dense(0, units="8"), *tail)))
    rows = {one.name: (one.replaced, one.arguments) for one in ends.end_changes(at)}
    expected = {"head=softmax": softmax, "head=linear": linear}
    assert rows == {name: row for name, row in expected.items() if row is not None}


@pytest.mark.parametrize(
    ("low", "high", "units", "head"),
    [
        (0.0, 1.0, 3, "softmax"),
        (0.0, 1.0, 1, "sigmoid"),
        (-0.5, 0.5, 3, "linear"),
        (0.5, 1.5, 3, "linear"),
        (-0.5, 1.5, 1, "linear"),
    ],
)
def test_a_closed_model_ends_in_what_its_numbers_look_like(low: float, high: float, units: int, head: str) -> None:
    at = situation(low=low, high=high, outputs=(units,), y=TWO if units == 1 else None)
    assert ends._activation(at) == head
    assert offered(at)[-1][1] == (0.95 if head == "linear" else 0.05)


@pytest.mark.parametrize(
    ("loss", "text", "one_hot", "fits"),
    [
        ("mine", "", False, True),
        ("mine", "m", False, False),
        ("mean_absolute_error", "", False, False),
        ("mean_absolute_error", "", True, True),
    ],
)
def test_an_unknown_loss_is_trusted_if_it_is_the_users_own(loss: str, text: str, *, one_hot: bool, fits: bool) -> None:
    at = situation(*stack("relu"), loss=loss, y=np.eye(3)[np.arange(ROWS) % 3] if one_hot else None)
    assert ends._fits(replace(at, facts=replace(at.facts, loss_text=text))) is fits


@pytest.mark.parametrize(
    ("at", "cause"),
    [
        (situation(*stack("softmax", 2), y=TWO, loss=ONE_HOT), "label_form"),
        (situation(*stack("sigmoid", 1), y=TWO, loss=ONE_HOT), "loss_mismatch"),
        (situation(*stack(), from_logits=True), "double_softmax"),
        (situation(*stack("sigmoid"), from_logits=True), "double_softmax"),
        (situation(*stack(""), from_logits=True), "loss_mismatch"),
        (situation(*stack("relu"), loss="mean_squared_error"), "loss_mismatch"),
    ],
)
def test_the_cause_of_a_head_that_does_not_fit_is_named(at: Situation, cause: str) -> None:
    assert ends._cause(at) == cause

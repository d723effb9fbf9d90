"""Offers of the rows: their order and the scale of the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.try_remedies.changes import rows
from tests.try_remedies.changes.situations import ROWS, situation, stack

NORMAL = np.random.default_rng(0).normal(size=(ROWS, 4))


@pytest.mark.parametrize(
    ("x", "weight"),
    [
        (NORMAL, 0.15),
        (NORMAL * 10, 0.55),
        (NORMAL * 1000, 0.7),
        (NORMAL * 0.02, 0.55),
        (NORMAL * 0.002, 0.7),
        (NORMAL * [1, 1, 1, 0.03], 0.55),
        (NORMAL * [1, 1, 1, 0.003], 0.7),
    ],
    ids=["standardized", "wide", "far", "small", "tiny", "uneven", "very uneven"],
)
def test_inputs_are_scaled_the_sooner_the_odder_they_are(x: np.ndarray, weight: float) -> None:
    (one,) = rows.input_changes(situation(*stack(), x=x))
    assert (one.name, one.weight, one.causes) == ("inputs=standardized", weight, ("input_scale",))
    assert one.rows[0] == "mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-7"


def test_images_are_scaled_to_one_first_and_over_all_rows_and_places() -> None:
    first, second = rows.input_changes(situation(*stack(), x=NORMAL.reshape(ROWS, 2, 2) * 1000))
    assert [(first.name, first.weight), (second.name, second.weight)] == [
        ("inputs=0..1", 0.7),
        ("inputs=standardized", pytest.approx(0.68)),
    ]
    assert "axis=tuple(range(2))" in second.rows[0]


def test_missing_numbers_come_first_and_texts_become_a_tensor() -> None:
    holes = NORMAL.copy()
    holes[3, 1] = np.nan
    first, *_ = rows.input_changes(situation(*stack(), x=holes))
    assert (first.name, first.weight, first.part) == ("inputs=finite", 0.95, "missing")
    texts = np.full((ROWS, 2), "a")
    assert [change.name for change in rows.input_changes(situation(*stack(), x=texts))] == ["inputs=tensor"]
    assert list(rows.input_changes(situation(*stack(), x=texts.astype("S").astype(object)))) == []


def test_names_of_words_are_read_by_an_embedding() -> None:
    words = np.random.default_rng(0).integers(0, 500, (ROWS, 6))
    first, scaled = rows.input_changes(situation(*stack(), x=words))
    assert first.before == {
        0: (f"keras.layers.Embedding({words.max() + 1}, 16)", "keras.layers.GlobalAveragePooling1D()")
    }
    assert (first.weight, scaled.weight) == (0.9, 0.1)


@pytest.mark.parametrize(
    ("ordered", "more", "weight"),
    [
        (False, {}, None),
        (True, {}, 0.1),
        (True, {"shuffles": False}, 0.95),
        (True, {"splits": True}, 0.95),
        (False, {"splits": True}, 0.1),
    ],
)
def test_rows_in_the_order_of_their_labels_are_shuffled(
    ordered: bool, more: dict[str, Any], weight: float | None
) -> None:
    y = np.arange(ROWS) % 3
    found = list(rows.row_changes(situation(*stack(), y=np.sort(y) if ordered else y, **more)))
    assert [one.weight for one in found] == ([] if weight is None else [weight])
    assert not found or found[0].fit == ({"shuffle": "True"} if more.get("shuffles") is False else {})


def test_weights_of_rows_and_classes_can_be_left_out() -> None:
    at = situation(*stack(), fit={"class_weight": "weights"})
    assert [(one.name, one.weight, one.fit) for one in rows.row_changes(at)] == [
        ("class_weight=none", 0.4, {"class_weight": ""})
    ]

"""The variables that trials begin with: alike for one seed, and in the trap that the start names."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.engine import data, fused, starts, training
from ablate.engine.starts import Variables, begin
from ablate.remedies import start
from tests.engine import small


def test_the_output_layer_knows_no_depth() -> None:
    shallow, deep = (begun(depth=depth, width=24).weights for depth in (1, 3))
    np.testing.assert_array_equal(shallow["output/kernel"], deep["output/kernel"])
    np.testing.assert_array_equal(shallow["dense_1/kernel"], deep["dense_1/kernel"])
    assert not deep["dense_2/bias"].any()


def test_settings_of_one_seed_begin_alike() -> None:
    plain = begun().weights
    for other in ({"loss": "clipped"}, {"normalization": "batch"}, {"optimizer": "sgd"}, {"activation": "tanh"}):
        weights = begun(**other).weights
        for name, weight in plain.items():
            np.testing.assert_array_equal(weights[name], weight)


def test_saturated_means_that_every_other_class_is_out_of_reach() -> None:
    seed, gap = 12, 20.0
    start, of_trial = begun(seed=seed, start="saturated"), rows(seed)
    scores, _ = forward(start, of_trial.probe)
    others = of_trial.probe_labels != seed % 10
    gaps = (scores[:, seed % 10] - scores[np.arange(len(of_trial.probe_labels)), of_trial.probe_labels])[others]
    assert gap <= gaps.min() < gap * 1.001
    fresh = begun(seed=seed).weights
    assert [name for name, w in start.weights.items() if not np.array_equal(w, fresh[name])] == ["output/bias"]


def test_dead_means_that_no_unit_answers() -> None:
    _, hidden = forward(begun(start="dead", initializer="small"), rows(0).probe)
    assert not any(layer.any() for layer in hidden)
    assert begun(start="dead").weights["dense_2/bias"].tolist() == [-10.0] * 16


def test_symmetric_means_that_all_units_are_one() -> None:
    scores, hidden = forward(begun(start="symmetric"), rows(0).probe)
    for layer in hidden:
        np.testing.assert_array_equal(layer, np.repeat(layer[:, :1], layer.shape[1], axis=1))
    weights = begun(start="symmetric").weights
    np.testing.assert_array_equal(weights["output/kernel"], np.repeat(weights["output/kernel"][:1], 16, axis=0))
    assert np.ptp(scores, axis=1).max() > 0


def rows(seed: int) -> data.Rows:
    return data.rows(small.trial(seed=seed).setting, seed, "float64")


def begun(seed: int = 0, **levels: Json) -> Variables:
    """Return the variables that a trial begins with, in float64."""
    trial = small.trial(seed=seed, **levels)
    net = fused.network(training.shapes_of(small.only([trial]), "float64"))
    return begin(trial, net, data.rows(trial.setting, seed, "float64"), "float64", None)


def forward(start: Variables, inputs: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return logits and hidden outputs of a ReLU network of two layers, in NumPy."""
    weights, x, hidden = start.weights, inputs, []
    for layer in ("dense_1", "dense_2"):
        x = np.maximum(x @ weights[f"{layer}/kernel"] + weights[f"{layer}/bias"], 0)
        hidden.append(x)
    return x @ weights["output/kernel"] + weights["output/bias"], hidden


def test_what_a_first_phase_left_is_taken_over_where_name_and_shape_agree() -> None:
    left = {"a": np.ones(2), "b": np.ones(3), "gone": np.ones(1)}
    fresh = {"a": np.zeros(2), "b": np.zeros(4), "new": np.zeros(1)}
    taken = starts._taken_over(left, fresh)
    assert {name: array.tolist() for name, array in taken.items()} == {"a": [1, 1], "b": [0, 0, 0, 0], "new": [0]}


@pytest.mark.parametrize("asked", [False, True])
def test_moments_are_kept_where_it_is_asked_for_and_their_shapes_agree(
    monkeypatch: pytest.MonkeyPatch, *, asked: bool
) -> None:
    monkeypatch.setattr(start, "keeps_optimizer", lambda _: asked)
    left = Variables(weights={}, buffers={}, moments=(np.ones(2), np.ones((2, 3))))
    assert starts._keeps_moments({}, [(2,), (2, 3)], left) == asked
    assert not starts._keeps_moments({}, [(2,), (3, 2)], left)
    assert not starts._keeps_moments({}, [(2,)], left)

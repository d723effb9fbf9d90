"""Random numbers that settings of one seed share, and the rows under each fault and input scale."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ablate import tasks
from ablate.core.study import Json
from ablate.engine import data
from ablate.remedies import initializer, input_scale
from tests.engine import small

GLOROT: Json = {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}


def test_narrow_networks_take_the_leading_block_of_wide_ones() -> None:
    def draw(fan_in: int, fan_out: int) -> np.ndarray:
        weights = initializer.draw(GLOROT, seed=5, layer=1, fan_in=fan_in, fan_out=fan_out)
        return weights / initializer.limit(GLOROT, fan_in, fan_out)

    wide = draw(700, 700)
    for rows, columns in ((16, 16), (64, 255), (256, 256), (300, 257), (700, 513)):
        np.testing.assert_allclose(draw(rows, columns), wide[:rows, :columns], rtol=0, atol=1e-14)
    assert len(np.unique(wide)) == wide.size


def test_initializers_rescale_the_same_draws() -> None:
    glorot = initializer.draw(GLOROT, seed=1, layer=0, fan_in=64, fan_out=32)
    assert np.abs(glorot).max() <= math.sqrt(6 / 96)
    he = initializer.draw({"kind": "uniform", "mode": "fan_in", "scale": 2.0}, seed=1, layer=0, fan_in=64, fan_out=32)
    np.testing.assert_allclose(he / glorot, math.sqrt(6 / 64) / math.sqrt(6 / 96))
    assert not initializer.draw({"kind": "zeros"}, seed=1, layer=0, fan_in=64, fan_out=32).any()


def test_seeds_and_layers_have_draws_of_their_own() -> None:
    draws = {
        (seed, layer): initializer.draw(GLOROT, seed=seed, layer=layer, fan_in=16, fan_out=16).tobytes()
        for seed in (0, 1)
        for layer in (-1, 0, 1)
    }
    assert len(set(draws.values())) == len(draws)


def test_the_order_depends_on_the_batch_size_by_cutting_alone() -> None:
    one = tasks.order(3, 50, 1, 240)
    for batch in (8, 16, 60):
        np.testing.assert_array_equal(tasks.order(3, 50, batch, 240 // batch).ravel(), one.ravel())
    assert sorted(one[:50, 0]) == list(range(50))
    assert not np.array_equal(one[:50], one[50:100])
    assert not np.array_equal(one, tasks.order(4, 50, 1, 240))


@pytest.mark.parametrize("fault", small.files("fault"))
def test_the_probe_is_clean_whatever_the_fault(fault: str) -> None:
    clean, faulty = rows(), rows(fault=fault)
    np.testing.assert_array_equal(faulty.probe, clean.probe)
    np.testing.assert_array_equal(faulty.probe_labels, clean.probe_labels)
    changed = not (np.array_equal(faulty.inputs, clean.inputs) and np.array_equal(faulty.labels, clean.labels))
    assert changed == (fault in ("nan_row", "labels_shuffled", "labels_off_by_one"))


def test_faults_are_what_they_are_called() -> None:
    clean = rows()
    assert np.argwhere(np.isnan(rows(fault="nan_row").inputs)).tolist() == [[0, 0]]
    np.testing.assert_array_equal(rows(fault="labels_off_by_one").labels, (clean.labels + 1) % 10)
    shuffled, other = (rows(seed=seed, fault="labels_shuffled").labels for seed in (0, 1))
    np.testing.assert_array_equal(np.bincount(shuffled), np.bincount(clean.labels))
    assert np.mean(shuffled == clean.labels) < 0.15
    assert not np.array_equal(shuffled, other)
    assert not np.isnan(rows().inputs).any(), "a fault must leave the shared arrays as they are"


def test_scales_are_of_the_training_rows() -> None:
    standardized = rows().inputs
    np.testing.assert_allclose(standardized.mean(0), 0, atol=1e-5)
    deviations = standardized.std(0)
    np.testing.assert_allclose(deviations[deviations > 0], 1, atol=1e-5)
    raw = rows(input_scale="raw").inputs
    assert (raw.min(), raw.max()) == (0.0, 1.0)
    np.testing.assert_allclose(rows(input_scale="x255").inputs, raw * 255, rtol=1e-6)
    np.testing.assert_allclose(rows(input_scale="scaled_twice").inputs, raw / 255, rtol=1e-6)
    huge = rows(input_scale="huge_column").inputs
    first = int(np.argmax(deviations > 0))
    np.testing.assert_allclose(huge[:, first], 1e4 * standardized[:, first], rtol=1e-6)
    np.testing.assert_array_equal(np.delete(huge, first, 1), np.delete(standardized, first, 1))
    hole = np.array([[np.nan, 1.0], [2.0, 3.0], [4.0, 3.0]])
    scaled = input_scale.scale({"kind": "standardized"}, hole, np.arange(3))
    np.testing.assert_allclose(scaled[1:, 0], [-1, 1])
    assert np.isfinite(scaled[:, 1]).all()


def rows(seed: int = 0, **levels: Json) -> data.Rows:
    return data.rows(small.trial(seed=seed, **levels).setting, seed, "float64")


@pytest.mark.parametrize("level", input_scale.KINDS)
def test_the_lines_of_a_user_scale_as_the_trial_does(level: str) -> None:
    setting = small.trial(input_scale=level).setting
    kept = {"inputs": rows(input_scale="as_is").inputs.astype(np.float64), "np": np}
    kept["train_inputs"] = kept["inputs"].copy()
    exec("\n".join(input_scale.REMEDY.lines(setting["input_scale"].params).inputs), kept)  # noqa: S102
    np.testing.assert_allclose(kept["inputs"], rows(input_scale=level).inputs, rtol=1e-4, atol=1e-6)

"""Weights have the bound of Keras' initializers, and a narrow layer has the first weights of a wide one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.remedies import initializer
from ablate.remedies._lazy import keras

UNIFORM = {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_bound_is_that_of_keras(mode: str, scale: float) -> None:
    rule = keras.initializers.VarianceScaling(scale, mode, "uniform", seed=1)
    drawn = float(np.abs(rule((60, 140))).max())
    limit = initializer.limit({"kind": "uniform", "mode": mode, "scale": scale}, 60, 140)
    assert 0.998 * limit < drawn <= limit
    ours = initializer.draw({"kind": "uniform", "mode": mode, "scale": scale}, seed=1, layer=0, fan_in=60, fan_out=140)
    assert 0.998 * limit < ours.max() <= limit
    assert -limit <= ours.min() < -0.998 * limit


def test_zeros_are_zero_and_unknown_layers_have_the_bound_of_keras_default() -> None:
    assert not initializer.draw({"kind": "zeros"}, seed=1, layer=0, fan_in=3, fan_out=4).any()
    assert initializer.limit({"kind": "own"}, 3, 4) == initializer.limit(UNIFORM, 3, 4) == (6 / 7) ** 0.5


def test_a_constant_is_every_weight_for_every_seed_and_the_line_of_a_program_says_so() -> None:
    params = {"kind": "constant", "value": -0.3}
    assert (initializer.draw(params, seed=1, layer=0, fan_in=3, fan_out=4) == -0.3).all()
    assert initializer.draw(params, seed=2, layer=-1, fan_in=3, fan_out=4).shape == (3, 4)
    assert initializer.limit(params, 3, 4) == 0.3
    rule = keras.initializers.get(eval(initializer.REMEDY.lines(params).dense["kernel_initializer"], {"keras": keras}))  # noqa: S307
    np.testing.assert_allclose(rule((3, 4)), initializer.draw(params, seed=1, layer=0, fan_in=3, fan_out=4), rtol=1e-6)


def test_a_layer_has_draws_of_its_own_and_a_narrow_one_the_first_of_a_wide_one() -> None:
    def drawn(seed: int = 1, layer: int = 0, fan_in: int = 5, fan_out: int = 300) -> np.ndarray:
        limit = initializer.limit(UNIFORM, fan_in, fan_out)
        return initializer.draw(UNIFORM, seed=seed, layer=layer, fan_in=fan_in, fan_out=fan_out) / limit

    wide = drawn()
    for rows, columns in ((5, 300), (5, 256), (5, 257), (3, 20), (5, 1)):
        np.testing.assert_allclose(drawn(fan_in=rows, fan_out=columns), wide[:rows, :columns], atol=1e-12)
    others = [wide[:, 256:], *(drawn(**{name: 2})[:, :44] for name in ("seed", "layer")), drawn(layer=-1)[:, :44]]
    for other in others:
        assert abs(np.corrcoef(wide[:, :44].ravel(), other.ravel())[0, 1]) < 0.25
    assert abs(np.mean(wide)) < 0.05


@pytest.mark.parametrize(
    ("rule", "params"),
    [
        (keras.initializers.GlorotUniform(), {"kind": "uniform", "mode": "fan_avg", "scale": 1.0}),
        (keras.initializers.HeUniform(), {"kind": "uniform", "mode": "fan_in", "scale": 2.0}),
        (keras.initializers.LecunUniform(), {"kind": "uniform", "mode": "fan_in", "scale": 1.0}),
        (keras.initializers.HeUniform(seed=3), {"kind": "own"}),
        (keras.initializers.HeUniform(seed=0), {"kind": "own"}),
        (keras.initializers.HeNormal(), {"kind": "own"}),
        (keras.initializers.Zeros(), {"kind": "zeros"}),
        (keras.initializers.Ones(), {"kind": "constant", "value": 1.0}),
        (keras.initializers.Constant(0.3), {"kind": "constant", "value": 0.3}),
        (keras.initializers.Constant([0.1, 0.2]), {"kind": "own"}),
        (keras.initializers.Orthogonal(), {"kind": "own"}),
    ],
)
def test_an_initializer_of_keras_is_known(rule: Any, params: Json) -> None:
    assert initializer.from_keras(keras.initializers.serialize(rule)) == params


@pytest.mark.parametrize("mode", ["fan_in", "fan_avg"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_line_of_a_program_has_the_same_bound(mode: str, scale: float) -> None:
    params = {"kind": "uniform", "mode": mode, "scale": scale}
    line = initializer.REMEDY.lines(params).dense["kernel_initializer"]
    rule = keras.initializers.get(eval(line, {"keras": keras}))  # noqa: S307 - our own text
    assert float(np.abs(rule((80, 120))).max()) == pytest.approx(initializer.limit(params, 80, 120), rel=2e-3)

"""Gradients are clipped as Keras' optimizers clip them."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import clipping
from ablate.remedies._lazy import keras, tf

RNG = np.random.default_rng(0)
GRADIENTS = [RNG.normal(size=shape).astype("float32") for shape in ((5, 4), (4,), (4, 3))]


def clipped(params: Json, gradients: list[np.ndarray]) -> list[np.ndarray]:
    """Return the gradients that a slot takes."""
    slot = clipping.REMEDY.slot(params, 0)
    numbers = {name: tf.constant(x, tf.int32 if name.endswith("kind") else tf.float32) for name, x in slot.items()}
    with scope.slot(numbers, {}):
        result = clipping._gradients(clipping.REMEDY.baked(params), [tf.constant(one) for one in gradients])
    return [np.asarray(one) for one in result]


@pytest.mark.parametrize("kind", ["none", "norm", "global_norm", "value"])
@pytest.mark.parametrize("bound", [0.4, 2.5, 100.0])
def test_gradients_are_those_of_keras(kind: str, bound: float) -> None:
    params: Json = {"kind": kind} if kind == "none" else {"kind": kind, "value": bound}
    optimizer = keras.optimizers.SGD(**clipping._keras_optimizer(params))
    for ours, keras_own in zip(clipped(params, GRADIENTS), optimizer._clip_gradients(GRADIENTS), strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-5)
    assert clipping.from_keras(optimizer.get_config()) == params


def test_a_norm_that_is_infinite_makes_all_gradients_nan_as_in_keras() -> None:
    huge = [np.array([np.inf, 1.0], "float32"), np.array([2.0], "float32")]
    assert np.isnan(np.concatenate(clipped({"kind": "global_norm", "value": 1.0}, huge))).all()
    assert np.concatenate(clipped({"kind": "value", "value": 1.5}, huge)).tolist() == [1.5, 1.0, 1.5]


def test_global_norm_is_offered_to_a_model_without_a_bound() -> None:
    assert clipping.REMEDY.candidates({"clipping": {"kind": "none"}}) == ("global_norm",)
    assert clipping.REMEDY.candidates({"clipping": {"kind": "norm", "value": 1.0}}) == ()

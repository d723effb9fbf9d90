"""Kernels are kept within the bounds of Keras' constraints."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.remedies import _slot_numbers as scope
from ablate.remedies import constraint
from ablate.remedies._lazy import tf

KERNEL = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")


@pytest.mark.parametrize("kind", ["max_norm", "clamp"])
@pytest.mark.parametrize("bound", [0.5, 2.0])
def test_a_kernel_is_kept_within_the_bound_as_keras_does(kind: str, bound: float) -> None:
    params = {"kind": kind, "value": bound}
    numbers = {name: tf.constant(x, tf.float32) for name, x in constraint.REMEDY.slot(params, 0).items()}
    with scope.slot(numbers, {}):
        ours = np.asarray(constraint._project(constraint.REMEDY.baked(params), tf.constant(KERNEL)))
    np.testing.assert_allclose(ours, constraint._keras_dense(params)["kernel_constraint"](KERNEL), rtol=1e-6)
    if kind == "clamp":
        np.testing.assert_array_equal(ours, np.clip(KERNEL, -bound, bound))
    else:
        norms = np.linalg.norm(KERNEL, axis=0)
        np.testing.assert_allclose(np.linalg.norm(ours, axis=0), np.minimum(norms, bound), rtol=1e-5)
        assert norms.min() < 2.0 < norms.max()


def test_without_a_bound_nothing_is_projected() -> None:
    off = {"kind": "off"}
    assert constraint.REMEDY.baked(off) == constraint.REMEDY.slot(off, 0) == constraint._keras_dense(off) == {}

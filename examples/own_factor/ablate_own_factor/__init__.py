"""`centering`: gradients less their mean over a unit's inputs (Yong et al. 2020, "Gradient Centralization")."""

from __future__ import annotations

from typing import Any

from ablate.remedies import Remedy, fields


def baked(params: Any) -> Any:
    """What is compiled in; nothing where the factor is off, so that such trials are what they were before."""
    return {} if params["kind"] == "off" else params


def gradients(baked: Any, gradients: list[Any]) -> list[Any]:
    """Kernels' gradients with a share of their column means taken off; biases' as they are."""
    import tensorflow as tf

    share = baked["share"]
    return [g - share * tf.reduce_mean(g, 0, keepdims=True) if g.shape.rank == 2 else g for g in gradients]


CENTERING = Remedy(
    name="centering",
    neutral={"kind": "off"},
    stacks="shape",
    check=fields("centering", {"off": {}, "on": {"share": (float, 1.0)}}),
    baked=baked,
    gradients=gradients,
)

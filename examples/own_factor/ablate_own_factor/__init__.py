"""`centering`: gradients minus their mean over a unit's inputs (Yong et al. 2020, "Gradient Centralization")."""

from __future__ import annotations

from typing import Any

from ablate.remedies import Lines, Remedy, fields, no_candidates


def baked(params: Any) -> Any:
    """Return the compiled part: nothing if the factor is off, so that those trials keep their programs."""
    return {} if params["kind"] == "off" else params


def gradients(baked: Any, gradients: list[Any]) -> list[Any]:
    """Subtract a share of their column means from the gradients of kernels; leave those of biases.

    Args:
        baked: the compiled part of the level's parameters.
        gradients: one array per weight.
    """
    import tensorflow as tf

    share = baked["share"]
    return [g - share * tf.reduce_mean(g, 0, keepdims=True) if g.shape.rank == 2 else g for g in gradients]


def lines(params: Any) -> Lines:
    """Write the level for a user of Keras, which has no argument for it."""
    if params["kind"] == "off":
        return Lines()
    return Lines(extra=(f"# in train_step: subtract {params['share']:g} * mean(gradient, axis=0) from each kernel's",))


CENTERING = Remedy(
    name="centering",
    summary="gradients minus their mean over a unit's inputs",
    neutral={"kind": "off"},
    stacks="shape",
    check=fields("centering", {"off": {}, "on": {"share": (float, 1.0)}}),
    statement="none",
    lines=lines,
    candidates=no_candidates,
    baked=baked,
    gradients=gradients,
)

"""Write the figures of a look to TensorBoard."""

from __future__ import annotations

from typing import Any

from ablate.engine.callback.records import Look

FIGURES = ("train", "validation", "loss", "validation_loss", "zero_rows", "update", "norm", "rate")


def write(writer: Any, look: Look) -> None:
    """Write each figure of a look as a scalar.

    Args:
        writer: a writer of `tf.summary`, or one with `add_scalar(name, value, step)`.
        look: the look.
    """
    named = {f"watch/{name}": value for name in FIGURES if (value := getattr(look, name)) is not None}
    if hasattr(writer, "add_scalar"):
        for name, value in named.items():
            writer.add_scalar(name, value, look.step)
        return
    import tensorflow as tf

    with writer.as_default(step=look.step):
        for name, value in named.items():
            tf.summary.scalar(name, value)

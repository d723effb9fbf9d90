"""`python -m validation.losspaths [FOLDER]`: with which forms of a last layer Keras uses the clipped loss.

Keras models, compiled as a user compiles them, take one step of plain gradient descent at logits [0, 40, 0] and true
class 0, beyond every clip. The fused loss raises the bias of the true class by 1; the clipped loss changes nothing.
FOLDER/losspaths.csv (results/published/validation if not given): edit, written, mode, slope, path.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GAP = 40.0
CLASSES = 3
COLUMNS = ("edit", "written", "mode", "slope", "path")


def heads() -> dict[str, tuple[str, Callable[[Any], Any]]]:
    """Return form of the last layer -> (how it is written, function from logits to probabilities)."""
    import keras
    import tensorflow as tf

    layers = keras.layers

    def soft(logits: Any) -> Any:
        return layers.Softmax()(logits)

    return {
        "softmax activation": ("Activation('softmax')", lambda z: layers.Activation("softmax")(z)),
        "softmax layer": ("Softmax()", soft),
        "TensorFlow's softmax": ("Activation(tf.nn.softmax)", lambda z: layers.Activation(tf.nn.softmax)(z)),
        "dropout after it": ("Dropout(0.0)(Softmax())", lambda z: layers.Dropout(0.0)(soft(z))),
        "reshape after it": ("Reshape((N,))(Softmax())", lambda z: layers.Reshape((CLASSES,))(soft(z))),
        "identity after it": ("Lambda(tf.identity)", lambda z: layers.Lambda(tf.identity, (CLASSES,))(soft(z))),
        "cast after it": (
            "Lambda(cast to float64)",
            lambda z: layers.Lambda(lambda p: tf.cast(p, tf.float64), (CLASSES,), dtype="float64")(soft(z)),
        ),
        "mean of two heads": ("Average()([p, p])", lambda z: layers.Average()([soft(z), soft(z)])),
        "written out": (
            "exp(z - max) / sum",
            lambda z: layers.Lambda(_written_out, (CLASSES,))(z),
        ),
        "half precision": ("Softmax(dtype='float16')", lambda z: layers.Softmax(dtype="float16")(z)),
    }


def _written_out(logits: Any) -> Any:
    """Return the softmax of logits, written out."""
    import tensorflow as tf

    raised = tf.exp(logits - tf.reduce_max(logits, -1, keepdims=True))
    return raised / tf.reduce_sum(raised, -1, keepdims=True)


def slope(head: Callable[[Any], Any], *, eager: bool) -> float:
    """Return the derivative of the compiled loss by the logit of the true class, from one step of gradient descent.

    Args:
        head: logits -> probabilities.
        eager: whether Keras runs eagerly instead of compiling.
    """
    import keras
    import numpy as np

    entry = keras.Input((CLASSES,))
    dense = keras.layers.Dense(CLASSES, kernel_initializer="identity")
    model = keras.Model(entry, head(dense(entry)))
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="categorical_crossentropy", run_eagerly=eager)
    model.train_on_batch(np.array([[0.0, GAP, 0.0]], np.float32), np.eye(CLASSES, dtype=np.float32)[:1])
    return 0.0 - float(np.asarray(dense.bias)[0])


def path(slope: float) -> str:
    """Return the name of the loss that has a slope.

    Examples:
        >>> path(-1.0), path(0.0), path(float("nan")), path(-0.5)
        ('fused', 'clipped', 'not finite', 'other')
    """
    if not math.isfinite(slope):
        return "not finite"
    return {0.0: "clipped", -1.0: "fused"}.get(round(slope, 6), "other")


def rows() -> Iterator[tuple[str, str, str, float, str]]:
    """Yield a row per form of the last layer and mode of execution."""
    for edit, (written, head) in heads().items():
        for mode in ("compiled", "eager"):
            derivative = slope(head, eager=mode == "eager")
            yield edit, written, mode, derivative, path(derivative)


def main(folder: Path) -> None:
    """Write the table into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "losspaths.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("results/published/validation"))

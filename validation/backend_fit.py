"""`python validation/backend_fit.py DATA.npz`: plain `keras.Model.fit` on the back end that `KERAS_BACKEND` names.

Needs Keras, its back end and NumPy, nothing of this project, so that any Python can run it. Reads one JSON object a
line from standard input (loss, learning_rate, width, seed) and writes one a line: the same with the validation accuracy
before training and after each epoch, and the training loss of each epoch.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import keras
import numpy as np

EPOCHS = 9
BATCH = 32


def model(width: int, outputs: str, classes: int) -> keras.Model:
    """Return two hidden layers of leaky ReLU and a last layer with the activation `outputs`."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Dense(width),
            layers.LeakyReLU(),
            layers.Dense(width),
            layers.LeakyReLU(),
            layers.Dense(classes, activation=outputs),
        ]
    )


def loss(name: str) -> tuple[Any, str]:
    """Return what `compile` is given as loss, and the activation of the last layer."""
    written: dict[str, tuple[Any, str]] = {
        "softmax": ("categorical_crossentropy", "softmax"),
        "from_logits": (keras.losses.CategoricalCrossentropy(from_logits=True), "linear"),
    }
    return written[name]


def fit(case: dict[str, Any], data: Any) -> dict[str, Any]:
    """Train one network with `fit` and return its case with its curves."""
    keras.utils.set_random_seed(case["seed"])
    used, outputs = loss(case["loss"])
    net = model(case["width"], outputs, data["y"].shape[1])
    net.compile(keras.optimizers.Adam(case["learning_rate"]), used, metrics=["accuracy"])
    held = (data["x_val"], data["y_val"])
    before = net.evaluate(*held, batch_size=512, verbose=0)[1]
    history = net.fit(
        data["x"],
        data["y"],
        batch_size=BATCH,
        epochs=EPOCHS,
        validation_data=held,
        validation_batch_size=512,
        verbose=0,
    ).history
    return case | {
        "backend": keras.backend.backend(),
        "accuracy": [round(float(value), 4) for value in [before, *history["val_accuracy"]]],
        "loss_curve": [round(float(value), 4) for value in history["loss"]],
    }


def main() -> None:
    """Train every case of standard input."""
    data = dict(np.load(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(fit(json.loads(line), data)), flush=True)


if __name__ == "__main__":
    main()

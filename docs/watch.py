"""Write the gallery of docs/watch.md and draw docs/watch.svg: `python docs/watch.py`.

Each case is a `fit` with `ablate.Watch`. The texts are what it says, the curves what it saw.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

import ablate
from ablate.engine.callback.records import Course

HERE = Path(__file__).parent
LOSS = "sparse_categorical_crossentropy"
FIGURES = {"train": "accuracy", "loss": "loss", "zero_rows": "rows without gradient", "update": "update over weights"}


def network(*body: Any, last: Any = "softmax", loss: Any = LOSS, optimizer: Any = "adam", units: int = 10) -> Any:
    """Return a compiled network of 64 inputs; `last` is its last activation."""
    model = keras.Sequential([keras.Input((64,)), *body, layers.Dense(units, activation=last)])
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def relu(**settings: Any) -> Any:
    """Return a layer of 64 units."""
    return layers.Dense(64, activation="relu", **settings)


def leaky() -> list[Any]:
    """Return two layers of 128 leaky units."""
    return [layer for _ in range(2) for layer in (layers.Dense(128), layers.LeakyReLU())]


def clipped(truth: Any, predicted: Any) -> Any:
    """Compute the loss as Keras does on JAX and PyTorch, where the logits are lost."""
    return keras.losses.categorical_crossentropy(keras.ops.one_hot(truth, 10), keras.ops.reshape(predicted, (-1, 10)))


def cases() -> dict[str, tuple[Callable[[], Any], int]]:
    """Return, by title, what builds a model, and its epochs."""
    adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD
    low = keras.initializers.RandomUniform(-0.2, -0.1)
    return {
        "A network that learns": (lambda: network(relu()), 8),
        "Softmax of one output": (lambda: network(relu(), units=1, loss="binary_crossentropy"), 3),
        "Learned and fell back": (lambda: network(*leaky(), loss=clipped, optimizer=adam(0.05)), 9),
        "Dead units": (lambda: network(relu(kernel_initializer=low), relu()), 8),
        "A rate near zero": (lambda: network(relu(), optimizer=sgd(1e-6)), 8),
        "Steps too large": (lambda: network(relu(), relu(), optimizer=adam(1.0)), 8),
        "Weight decay": (
            lambda: network(relu(), optimizer=keras.optimizers.AdamW(0.002, weight_decay=80.0)),
            8,
        ),
        "Averages that lag": (
            lambda: network(layers.Dense(64), layers.BatchNormalization(momentum=0.9999), layers.ReLU()),
            4,
        ),
    }


def watched() -> dict[str, Any]:
    """Fit each case and return its watch."""
    x, y = load_digits(return_X_y=True)
    x, order = (x / 16).astype("float32"), np.random.default_rng(0).permutation(len(y))
    x, y = x[order], y[order]
    result = {}
    for title, (build, epochs) in cases().items():
        keras.utils.set_random_seed(0)
        model, watch = build(), ablate.Watch()
        wanted = (y > 4).astype(int) if model.output_shape[-1] == 1 else y
        model.fit(x[:1400], wanted[:1400], validation_data=(x[1400:], wanted[1400:]), epochs=epochs, verbose=0,
                  callbacks=[watch])  # fmt: skip
        result[title] = watch
        print(title, watch.finding, watch.problems, watch.cost)
    return result


def gallery(watches: dict[str, Any]) -> str:
    """Return the texts of all cases as Markdown."""
    parts = []
    for title, watch in watches.items():
        said = watch.finding.text() if watch.finding else "(nothing is said)"
        parts.append(f"### {title}\n\n```text\n{said}\n```\n")
    return "\n".join(parts)


def picture(watches: dict[str, Any]) -> str:
    """Return the curves of all cases as SVG."""
    figure = Figure(figsize=(9, 1.15 * len(watches)), layout="constrained")
    FigureCanvasSVG(figure)
    grid = figure.subplots(len(watches), len(FIGURES), squeeze=False)
    for row, (title, watch) in zip(grid, watches.items(), strict=True):
        course: Course = watch.course
        for axes, (name, label) in zip(row, FIGURES.items(), strict=True):
            points = [(look.step, value) for look in course.looks if (value := getattr(look, name)) is not None]
            axes.plot(*zip(*points, strict=True), color="#0072b2", linewidth=1.2) if points else None
            if watch.finding:
                axes.axvline(watch.finding.since, color="#d55e00", linestyle="--", linewidth=0.8)
            axes.tick_params(labelsize=6, length=2)
            axes.spines[["top", "right"]].set_visible(False)
            if row is grid[0]:
                axes.set_title(label, fontsize=8)
        row[0].set_ylim(0, 1)
        row[0].set_ylabel(title, fontsize=7, rotation=0, ha="right", va="center")
    path = HERE / "watch.svg"
    with rc_context({"svg.hashsalt": "watch", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
    return path.name


def main() -> None:
    """Write the gallery and the picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        watches = watched()
    page = HERE / "watch.md"
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- gallery: written by docs/watch.py -->\n", "<!-- end of gallery -->"
    page.write_text(
        re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + gallery(watches) + end, text, flags=re.S),
        encoding="utf-8",
    )
    print(picture(watches))


if __name__ == "__main__":
    main()

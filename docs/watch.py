"""Write the gallery of docs/watch.md and draw docs/watch.svg: `python docs/watch.py`.

Each case is a `fit` with `ablate.Watch`. The texts are what it says, the curves what it saw.
"""

from __future__ import annotations

import contextlib
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

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


def network(
    *body: Any, last: Any = "softmax", loss: Any = LOSS, optimizer: Any = "adam", units: int = 10, metric: Any = None
) -> Any:
    """Return a compiled network of 64 inputs; `last` is its last activation."""
    model = keras.Sequential([keras.Input((64,)), *body, layers.Dense(units, activation=last)])
    model.compile(optimizer, loss, metrics=[metric or "accuracy"])
    return model


def relu(**settings: Any) -> Any:
    """Return a layer of 64 units."""
    return layers.Dense(64, activation="relu", **settings)


def leaky() -> list[Any]:
    """Return two layers of 128 leaky units."""
    return [layer for _ in range(2) for layer in (layers.Dense(128), layers.LeakyReLU())]


def normalized() -> list[Any]:
    """Return a layer of 64 units whose averages need tens of thousands of steps."""
    return [layers.Dense(64), layers.BatchNormalization(momentum=0.9999), layers.ReLU()]


def clipped(truth: Any, predicted: Any) -> Any:
    """Compute the loss as Keras does on JAX and PyTorch, where the logits are lost."""
    return keras.losses.categorical_crossentropy(keras.ops.one_hot(truth, 10), keras.ops.reshape(predicted, (-1, 10)))


class Example(NamedTuple):
    """A `fit` of the gallery: what builds the model, its epochs, and what is done to inputs and labels before."""

    build: Callable[[], Any]
    epochs: int = 8
    rows: Callable[[Any, Any], tuple[Any, Any]] = lambda x, y: (x, y)


def cases() -> dict[str, Example]:
    """Return the examples by title."""
    adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD
    low, decays = keras.initializers.RandomUniform(-0.2, -0.1), keras.optimizers.schedules.PiecewiseConstantDecay
    deep = [layers.Dense(32, activation="sigmoid", name=f"deep_{n}") for n in range(10)]
    other = np.random.default_rng(1)
    return {
        "A network that learns": Example(lambda: network(relu())),
        "Softmax of one output": Example(
            lambda: network(relu(), units=1, loss="binary_crossentropy"), 3, lambda x, y: (x, (y > 4).astype(int))
        ),
        "Labels of other rows": Example(lambda: network(relu()), 8, lambda x, y: (x, other.permutation(y))),
        "Labels from 1 to N": Example(lambda: network(relu()), 3, lambda x, y: (x, y + 1)),
        "Inputs that are not scaled": Example(
            lambda: network(relu(), optimizer=sgd(0.1)), 8, lambda x, y: (255 * x, y)
        ),
        "NaN in the inputs": Example(lambda: network(relu()), 3, _with_gaps),
        "A metric of something else": Example(
            lambda: network(
                relu(), units=1, last="sigmoid", loss="binary_crossentropy", metric=keras.metrics.Accuracy()
            ),
            8,
            lambda x, y: (x, (y > 4).astype(int)),
        ),
        "Averages that lag": Example(lambda: network(*[layer for _ in range(2) for layer in normalized()]), 4),
        "A rate near zero": Example(lambda: network(relu(), optimizer=sgd(1e-6))),
        "A rate that decays at once": Example(lambda: network(relu(), optimizer=sgd(decays([4], [0.1, 1e-8])))),
        "Layers that are frozen": Example(lambda: network(relu(kernel_initializer="zeros", trainable=False))),
        "Learned and fell back": Example(lambda: network(*leaky(), loss=clipped, optimizer=adam(0.05)), 9),
        "Dead units": Example(lambda: network(relu(kernel_initializer=low), relu())),
        "Units that are copies": Example(lambda: network(*[relu(kernel_initializer="ones", name=n) for n in "ab"])),
        "Gradients that vanish": Example(lambda: network(*deep, optimizer=sgd(0.1))),
        "Gradients that are clipped away": Example(lambda: network(relu(), optimizer=sgd(0.1, clipvalue=1e-8))),
        "Steps too large": Example(lambda: network(relu(), relu(), optimizer=adam(1.0))),
        "Numbers that are not finite": Example(lambda: network(relu(), optimizer=sgd(1e30))),
        "Weight decay": Example(lambda: network(relu(), optimizer=keras.optimizers.AdamW(0.002, weight_decay=80.0))),
        "Penalties that outweigh the loss": Example(
            lambda: network(*[relu(kernel_regularizer=keras.regularizers.L2(10.0)) for _ in range(2)])
        ),
        "Dropout of nearly all": Example(lambda: network(relu(), layers.Dropout(0.99))),
    }


def _with_gaps(x: Any, y: Any) -> tuple[Any, Any]:
    return np.where(np.arange(len(x))[:, None] % 50 == 0, np.float32("nan"), x), y


def watched(titles: list[str]) -> dict[str, Any]:
    """Fit the named examples, or all, and return the watch of each."""
    x, y = load_digits(return_X_y=True)
    x, order = (x / 16).astype("float32"), np.random.default_rng(0).permutation(len(y))
    x, y = x[order], y[order]
    result = {}
    for title, example in cases().items():
        if titles and title not in titles:
            continue
        keras.utils.set_random_seed(0)
        model, watch = example.build(), ablate.Watch()
        seen, wanted = example.rows(x, y)
        with contextlib.suppress(Exception):  # labels out of range end `fit`
            model.fit(seen[:1400], wanted[:1400], validation_data=(seen[1400:], wanted[1400:]), epochs=example.epochs,
                      verbose=0, callbacks=[watch])  # fmt: skip
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
            axes.locator_params(nbins=3)
            axes.tick_params(labelsize=6, length=2)
            axes.spines[["top", "right"]].set_visible(False)
            if row is grid[0]:
                axes.set_title(label, fontsize=8)
        row[0].set_ylim(0, 1)
        row[0].set_ylabel(title, fontsize=7, rotation=0, ha="right", va="center")
    path = HERE / "watch.svg"
    with rc_context({"svg.hashsalt": "watch", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
    path.write_text(re.sub(r">\s+<", "><", path.read_text(encoding="utf-8")) + "\n", encoding="utf-8")
    return path.name


def main(titles: list[str]) -> None:
    """Write the gallery and the picture, or print the named examples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        watches = watched(titles)
    if titles:
        print(gallery(watches))
        return
    page = HERE / "watch.md"
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- gallery: written by docs/watch.py -->\n", "<!-- end of gallery -->"
    page.write_text(
        re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + gallery(watches) + end, text, flags=re.S),
        encoding="utf-8",
    )
    print(picture(watches))


if __name__ == "__main__":
    main(sys.argv[1:])

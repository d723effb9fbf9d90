"""Draw programs at random: a task, a network, a way of training, and at most one fault; any number is a new program.

Rules of the audit may be set by looking at draws below `HELD`, never at others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers

from validation.programs import data, more_data
from validation.programs.nets import compiled
from validation.programs.program import Case, case

HELD = 10_000
"""Draws from this number on are held out."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a drawn program is made of; a fault changes some of it.

    Attributes:
        task: name of the task.
        body: name of the network's body.
        act: activation of hidden layers.
        width, depth: units and number of hidden layers.
        form: `sparse`, `one_hot` or `binary` labels and loss.
        logits: whether the loss takes raw outputs.
        norm: whether hidden layers are normalized over the batch.
        optimizer, rate: name in Keras and learning rate.
        batch, epochs: rows of a batch, and epochs.
        data: changes inputs and labels.
        front, back: makes layers that stand in front of the body, and in front of the output.
        hidden: further arguments of the hidden layers.
        head: activation of the output; None takes the one that fits.
        loss: the loss; None takes the one that fits.
        settings: further arguments of the optimizer.
        compile, fit: further arguments of `compile` and of `fit`.
        after: changes the built model before it is compiled.
        schedule: schedule of the rate; None keeps it constant.
    """

    task: str
    body: str
    act: str
    width: int
    depth: int
    form: str
    logits: bool
    norm: bool
    optimizer: str
    rate: float
    batch: int
    epochs: int
    data: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]] = lambda x, y: (x, y)
    front: Callable[[], list[Any]] = list
    back: Callable[[], list[Any]] = list
    hidden: dict[str, Any] = field(default_factory=dict)
    head: Any = None
    loss: Any = None
    settings: dict[str, Any] = field(default_factory=dict)
    compile: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    after: Callable[[Any], Any] = lambda model: model
    schedule: Any = None


TABLES: dict[str, Callable[[], data.Data]] = {
    "wine": lambda: data.table("wine"),
    "cancer": lambda: data.table("breast_cancer"),
    "iris": lambda: data.table("iris"),
    "digits": lambda: data.digits(900),
    "moons": data.moons,
    "rings": more_data.rings,
    "blobs": lambda: data.blobs(6, 700, 10),
    "mixture": lambda: more_data.mixture(4, 900, 16, apart=2.0),
}
PICTURES: dict[str, Callable[[], data.Data]] = {
    "pictures": lambda: data.pictures(900),
    "textures": more_data.textures,
}
SERIES: dict[str, Callable[[], data.Data]] = {
    "tones": lambda: more_data.tones(3, 500),
    "marked": lambda: more_data.marked(900, 6, 4),
}
WORDS: dict[str, Callable[[], data.Data]] = {
    "words": lambda: data.words(3, 900),
    "words_of_two": lambda: data.words(2, 800),
}
TASKS = {**TABLES, **PICTURES, **SERIES, **WORDS}


def plan(rng: np.random.Generator, *, task: str = "") -> Plan:
    """Draw a program without a fault.

    Args:
        rng: the source of chance.
        task: name of the task; drawn if empty.
    """
    task = task or str(rng.choice([*TASKS]))
    bodies = {"tables": ("dense",), "pictures": ("conv", "pooled"), "series": ("conv1d", "lstm", "gru"),
              "words": ("mean", "conv_words")}  # fmt: skip
    kind = "tables" if task in TABLES else "pictures" if task in PICTURES else "series" if task in SERIES else "words"
    two = len(np.unique(TASKS[task]()[1])) == 2
    name = str(rng.choice(["adam", "sgd", "rmsprop", "nadam"]))
    return Plan(
        task=task,
        body=str(rng.choice(bodies[kind])),
        act=str(rng.choice(["relu", "tanh", "elu", "gelu", "swish"])),
        width=int(rng.choice([16, 24, 32, 48])),
        depth=int(rng.choice([1, 2, 3])),
        form=str(rng.choice(["sparse", "one_hot", *(["binary"] * 2 if two else [])])),
        logits=bool(rng.integers(2)),
        norm=bool(rng.random() < 0.2),
        optimizer=name,
        rate=float(rng.choice([0.05, 0.1]) if name == "sgd" else rng.choice([0.003, 0.006, 0.01])),
        batch=int(rng.choice([8, 16, 32])),
        epochs=int(rng.choice([12, 18, 25])),
        settings={"momentum": 0.9} if name == "sgd" else {},
    )


def built(one: Plan) -> Case:
    """Build a program as a user would write it.

    Args:
        one: its plan.
    """
    x, y = TASKS[one.task]()
    classes = int(y.max()) + 1
    x, y = one.data(x, y)
    if one.form == "one_hot":
        y = np.eye(classes, dtype="float32")[y] if y.dtype.kind in "iu" and y.min() >= 0 and y.max() < classes else y
    model = keras.Sequential([keras.Input(x.shape[1:]), *one.front(), *_body(one), *one.back(), *_head(one, classes)])
    model = one.after(model)
    made = {"sparse": keras.losses.SparseCategoricalCrossentropy, "one_hot": keras.losses.CategoricalCrossentropy,
            "binary": keras.losses.BinaryCrossentropy}[one.form]  # fmt: skip
    loss = one.loss if one.loss is not None else made(from_logits=one.logits and one.head is None)
    kind = {"sgd": "SGD", "rmsprop": "RMSprop", "adamw": "AdamW"}.get(one.optimizer, one.optimizer.title())
    optimizer = getattr(keras.optimizers, kind)(one.schedule or one.rate, **one.settings)
    metric = {"binary": keras.metrics.BinaryAccuracy(threshold=0.0 if one.logits and one.head is None else 0.5)}
    extra = {"metrics": [metric.get(one.form, "accuracy")], **one.compile}
    return case(compiled(model, loss, optimizer, **extra), (x, y), one.epochs, one.batch, **one.fit)


def _body(one: Plan) -> list[Any]:
    kw: dict[str, Any] = {"activation": one.act, **one.hidden}
    hidden = [
        layer
        for number in range(one.depth)
        for layer in (
            layers.Dense(one.width, **kw, name=f"hidden_{number}"),
            *([layers.BatchNormalization()] if one.norm else []),
        )
    ]
    first: dict[str, Callable[[], list[Any]]] = {
        "dense": list,
        "conv": lambda: [layers.Conv2D(12, 3, **kw), layers.MaxPooling2D(2), layers.Flatten()],
        "pooled": lambda: [layers.Conv2D(24, 3, **kw), layers.Conv2D(24, 3, **kw), layers.GlobalMaxPooling2D()],
        "conv1d": lambda: [layers.Conv1D(16, 3, **kw), layers.Flatten()],
        "lstm": lambda: [layers.LSTM(16)],
        "gru": lambda: [layers.GRU(16)],
        "mean": lambda: [layers.Embedding(400, 16), layers.GlobalAveragePooling1D()],
        "conv_words": lambda: [layers.Embedding(400, 16), layers.Conv1D(16, 3, **kw), layers.GlobalMaxPooling1D()],
    }
    return [*first[one.body](), *hidden]


def _head(one: Plan, classes: int) -> list[Any]:
    fits = "linear" if one.logits else "sigmoid" if one.form == "binary" else "softmax"
    return [layers.Dense(1 if one.form == "binary" else classes, activation=one.head or fits, name="out")]


def replaced(one: Plan, **changes: Any) -> Plan:
    """Return a plan with other parts."""
    return dataclasses.replace(one, **changes)

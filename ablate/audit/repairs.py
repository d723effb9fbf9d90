"""Name the repairs that several rules propose, as data and as lines of Keras."""

from __future__ import annotations

from ablate.audit.finding import Repair


def head(activation: str, units: int) -> Repair:
    """Return a last layer with another activation.

    Args:
        activation: name of the activation.
        units: units of the layer.
    """
    return Repair(
        part="head",
        change={"activation": activation, "units": units},
        words=f"end in {activation}, with {units} unit{'s' if units > 1 else ''}",
        keras=(f'keras.layers.Dense({units}, activation="{activation}")',),
    )


def loss(name: str, *, from_logits: bool = False) -> Repair:
    """Return another loss.

    Args:
        name: its name in Keras, such as `binary_crossentropy`.
        from_logits: whether it takes raw outputs.
    """
    made = "".join(part.capitalize() for part in name.split("_")).replace("Crossentropy", "Crossentropy")
    return Repair(
        part="loss",
        change={"name": name, "from_logits": from_logits},
        words=f"use the loss {name}" + (" on raw outputs" if from_logits else ""),
        keras=(f"loss = keras.losses.{made}({'from_logits=True' if from_logits else ''})",),
    )


def labels(words: str, line: str, **change: object) -> Repair:
    """Return a change of the labels.

    Args:
        words: the change in words.
        line: the line of Python.
        change: the change as data.
    """
    return Repair(part="labels", change=change, words=words, keras=(line,))


def standardize() -> Repair:
    """Return the standardization of the inputs, by the training rows."""
    return Repair(
        part="inputs",
        change={"scale": "standardized"},
        words="standardize the inputs",
        keras=("x_mean, x_std = x.mean(0), x.std(0) + 1e-7", "x = (x - x_mean) / x_std"),
    )


def rate(value: float) -> Repair:
    """Return another learning rate."""
    return Repair(
        part="learning_rate",
        change={"value": value},
        words=f"set the learning rate to {value:g}",
        keras=(f"model.optimizer.learning_rate = {value:g}",),
    )


def adam(value: float = 1e-3) -> Repair:
    """Return Adam as the optimizer."""
    return Repair(
        part="optimizer",
        change={"kind": "adam", "learning_rate": value},
        words=f"use Adam with a rate of {value:g}",
        keras=(f"optimizer = keras.optimizers.Adam({value:g})",),
    )


def removed(part: str, words: str, line: str, **change: object) -> Repair:
    """Return the removal or the lowering of a setting.

    Args:
        part: what is changed, as in `Repair.part`.
        words: the change in words.
        line: the line of Keras.
        change: the change as data.
    """
    return Repair(part=part, change=change, words=words, keras=(line,))

"""Write the lines of a Keras program that a setting changes, and no others.

Each factor writes its own part of each statement (`Remedy.lines`). This module joins the parts: a statement is written
whole if one of its factors changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ablate.core.study import Setting
from ablate.remedies import registry
from ablate.remedies._remedy import Lines, Statement

DENSE = ("units", "kernel_initializer", "kernel_regularizer", "kernel_constraint")
"""Arguments of a dense layer in Keras's own order; all others follow."""


def keras_lines(setting: Setting, baseline: Setting) -> list[str]:
    r"""Write the statements of a Keras program that differ from the baseline's.

    Args:
        setting: the setting to write.
        baseline: the setting that the program has.

    Returns:
        Lines of source code.

    Examples:
        >>> from ablate.configure import compose
        >>> base = compose(["loss=clipped"]).baseline
        >>> print(*keras_lines(compose(["loss=fused", "learning_rate=0.01"]).baseline, base), sep="\n")
        outputs = keras.layers.Dense(classes)(x)  # logits: no softmax
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(learning_rate=0.01)
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    """
    changed = setting.remedies(baseline)
    parts = {name: remedy.lines(setting[name].params) for name, remedy in registry().items()}
    statements: set[Statement] = {registry()[name].statement for name in changed}
    lines = [line for name in changed for line in parts[name].inputs]
    if "layers" in statements:
        lines += _hidden(parts.values())
    if "loss" in statements:
        lines += [line for part in parts.values() for line in part.loss]
    if "optimizer" in statements:
        lines.append(_optimizer(parts.values()))
    if statements & {"optimizer", "loss"}:
        lines.append(_compile(statements))
    lines += [line for name in changed for line in parts[name].extra]
    arguments = [argument for name in changed for argument in parts[name].fit]
    return [*lines, f"model.fit(..., {', '.join(arguments)})"] if arguments else lines


def _hidden(parts: Collection[Lines]) -> list[str]:
    """Write one hidden layer's statements, in the loop over the layers."""
    words = _joined(part.dense for part in parts)
    ordered = {name: words[name] for name in (*DENSE, *words) if name in words}
    dense = ", ".join(text if name == "units" else f"{name}={text}" for name, text in ordered.items())
    depth = next(part.depth for part in parts if part.depth)
    layers = (f"keras.layers.Dense({dense})", *(layer for part in parts for layer in part.hidden))
    return [f"for _ in range({depth}):", *(f"    x = {layer}(x)" for layer in layers)]


def _optimizer(parts: Collection[Lines]) -> str:
    """Write the optimizer: the learning rate, the optimizer's own arguments, then those of other factors."""
    (optimizer,) = (part for part in parts if part.optimizer)
    words = _joined(part.arguments for part in parts)
    for part in parts:
        if part.rate:
            words["learning_rate"] = part.rate.format(rate=words["learning_rate"])
    ordered = {name: words[name] for name in ("learning_rate", *optimizer.arguments, *words)}
    return f"optimizer = {optimizer.optimizer}({', '.join(f'{name}={text}' for name, text in ordered.items())})"


def _compile(statements: Collection[Statement]) -> str:
    optimizer, loss = ("optimizer" if "optimizer" in statements else "..."), ("loss" if "loss" in statements else "...")
    return f'model.compile(optimizer={optimizer}, loss={loss}, metrics=["accuracy"])'


def _joined(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {name: text for mapping in mappings for name, text in mapping.items()}

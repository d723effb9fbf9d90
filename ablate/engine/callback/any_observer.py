"""Look into a model on any back end, by outputs, weights and losses alone.

Whether the loss has a gradient at the output follows from these: on few rows, each output is moved a little in the
space of the logits, and the loss of the row is computed anew. Where it stays the same to the last bit for every move,
its gradient is zero: a clip cuts it off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ablate.engine.any_backend import keras
from ablate.engine.inspection import data
from ablate.engine.inspection.leaves import leaves
from ablate.engine.inspection.records import Layer
from ablate.engine.inspection.rows import Rows, mapped

MOVE = 0.05
"""How far a logit is moved."""

COLUMNS = 30
"""Outputs that are moved one by one; of more, the true and the strongest one."""


class AnyObserver:
    """Look into a model on any back end.

    Attributes:
        model: the model.
        error: why its loss cannot be computed; empty if it can.
    """

    gradients = False

    def __init__(self, model: Any) -> None:
        self.model, self.error = model, ""

    def judged(self, x: Any, y: np.ndarray, weights: Any) -> tuple[np.ndarray, float | None, float | None]:
        """Return predictions, mean loss, and the share of rows without a gradient at the output; None if not known.

        Args:
            x: inputs.
            y: labels.
            weights: sample weights, which are not used: losses are those of single rows.
        """
        del weights
        made = self._predicted(x)
        losses = self._losses(y, made)
        if losses is None:
            return made, None, None
        slope = self._slope(y, made)
        return made, float(losses.mean()), None if slope is None else float((slope == 0).all(axis=1).mean())

    def passed(self, rows: Rows, few: np.ndarray) -> dict[str, Any]:
        """Return what one pass shows: predictions, loss, and how the loss depends on the output.

        Args:
            rows: the rows.
            few: the training rows that pass.
        """
        x, y, _ = rows.few(few)
        outputs: dict[int, np.ndarray] = {}
        with _listening(leaves(self.model), outputs):
            made = self._predicted(x)
        losses, slope = self._losses(y, made), self._slope(y, made)
        return {
            "predictions": made,
            "loss": float("nan") if losses is None else float(losses.mean()),
            "slope": np.zeros_like(made) if slope is None else slope,
            "known": slope is not None,
            "fused": False,
            "outputs": outputs,
        }

    def layers(self, seen: dict[str, Any], classes: np.ndarray | None) -> tuple[Layer, ...]:
        """Return the records of the layers, without gradients.

        Args:
            seen: what `passed` returned.
            classes: class of each row, to measure what can be read from a layer; None measures none of that.
        """
        trained = {id(one) for one in self.model.trainable_variables}
        result = []
        for number, layer in enumerate(leaves(self.model)):
            kernels = [np.asarray(keras.ops.convert_to_numpy(weight), np.float64) for weight in layer.weights]
            tables = [kernel.reshape(-1, kernel.shape[-1]) for kernel in kernels if kernel.ndim > 1 and kernel.size > 1]
            output = seen["outputs"].get(number)
            result.append(
                Layer(
                    name=layer.name,
                    kind=type(layer).__name__,
                    settings=_settings(layer),
                    weights=sum(kernel.size for kernel in kernels),
                    trained=any(id(one) in trained for one in layer.trainable_variables),
                    norm=float(np.sqrt(sum(np.square(kernel).sum() for kernel in kernels))),
                    finite=all(np.isfinite(kernel).all() for kernel in kernels)
                    and (output is None or bool(np.isfinite(output).all())),
                    copies=any(
                        table.shape[1] > 2 and table.any() and (table == table[:, :1]).all() for table in tables
                    ),
                    zero=bool(tables) and not any(table.any() for table in tables),
                    **_of_output(output, classes),
                )
            )
        return tuple(result)

    def _predicted(self, x: Any) -> np.ndarray:
        made = self.model(mapped(keras.ops.convert_to_tensor, x), training=False)
        return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(made, "float32")))

    def _losses(self, y: np.ndarray, made: np.ndarray) -> np.ndarray | None:
        """Return the loss of each row; None if the loss cannot be computed row by row."""
        if self.error:
            return None
        try:
            loss = keras.losses.get(self.model.loss)
            call = loss.call if isinstance(loss, keras.losses.Loss) else loss
            truth = keras.ops.convert_to_tensor(_as_column(y, made))
            losses = np.asarray(keras.ops.convert_to_numpy(call(truth, keras.ops.convert_to_tensor(made))), np.float64)
        except Exception as error:  # noqa: BLE001 - a loss may be anybody's code
            self.error = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            return None
        return losses.reshape(len(made), -1).mean(axis=1) if losses.ndim else None

    def _slope(self, y: np.ndarray, made: np.ndarray) -> np.ndarray | None:
        """Return how the loss of each row changes with each logit, [rows, outputs]; None if it is not known."""
        if made.ndim != 2 or not np.isfinite(made).all():
            return None
        columns = list(range(made.shape[1])) if made.shape[1] <= COLUMNS else []
        result = np.zeros(made.shape)
        truth = data.numbered(y) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0].astype(int)
        moves = [np.eye(made.shape[1])[[column] * len(made)] for column in columns]
        if not moves:
            moves = [np.eye(made.shape[1])[np.clip(which, 0, made.shape[1] - 1)] for which in (truth, made.argmax(1))]
        for move in moves:
            up, down = (self._losses(y, moved(made, sign * MOVE * move)) for sign in (1, -1))
            if up is None or down is None:
                return None
            result += move * ((up - down) / (2 * MOVE))[:, None]
        return result


def moved(made: np.ndarray, move: np.ndarray) -> np.ndarray:
    """Return predictions whose logits are moved: probabilities as softmax or sigmoid makes them, else the outputs.

    Args:
        made: predictions, [rows, outputs].
        move: what is added to each logit.

    Examples:
        >>> moved(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])).round(3).tolist()
        [[0.731, 0.269]]
    """
    table = made.astype(np.float64)
    with np.errstate(all="ignore"):
        if table.shape[1] > 1 and table.min() >= 0 and np.allclose(table.sum(axis=1), 1, atol=1e-3):
            logits = np.log(np.maximum(table, 1e-300)) + move
            raised = np.exp(logits - logits.max(axis=1, keepdims=True))
            return np.asarray(raised / raised.sum(axis=1, keepdims=True), made.dtype)
        if table.shape[1] == 1 and table.min() >= 0 and table.max() <= 1:
            odds = np.exp(move) * table
            return np.asarray(odds / (odds + 1 - table), made.dtype)
    return np.asarray(table + move, made.dtype)


def _as_column(y: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return labels with the shape that `fit` gives them: one number a row is a column."""
    return y[:, None] if y.ndim == 1 and made.ndim == 2 else y


@contextmanager
def _listening(layers: list[Any], outputs: dict[int, np.ndarray]) -> Iterator[None]:
    """Keep the outputs of layers during a pass."""

    def listener(number: int, call: Any) -> Any:
        def listening(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            first = result[0] if isinstance(result, list | tuple) and result else result
            try:
                outputs[number] = np.asarray(keras.ops.convert_to_numpy(first), np.float32)
            except Exception:  # noqa: BLE001 - an output inside a loop of the back end has no numbers
                outputs.pop(number, None)
            return result

        return listening

    for number, layer in enumerate(layers):
        layer.__dict__["call"] = listener(number, layer.call)
    try:
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _settings(layer: Any) -> dict[str, Any]:
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    settings: dict[str, Any] = {"activation": activation} if activation else {}
    for name in ("rate", "momentum", "units"):
        if isinstance(getattr(layer, name, None), int | float):
            settings[name] = getattr(layer, name)
    for name in ("kernel_regularizer", "activity_regularizer"):
        if getattr(layer, name, None) is not None:
            settings[name] = str(getattr(layer, name).get_config())
    if getattr(layer, "kernel_initializer", None) is not None:
        settings["initializer"] = type(layer.kernel_initializer).__name__
    return settings


def _of_output(output: np.ndarray | None, classes: np.ndarray | None) -> dict[str, Any]:
    if output is None or output.ndim < 2 or not np.isfinite(output).all():
        return {}
    rows, units = output.reshape(len(output), -1), np.abs(output.reshape(-1, output.shape[-1])).max(axis=0)
    size, spread = float(np.sqrt(np.mean(rows**2))), float((rows - rows.mean(axis=0)).std())
    read = data.readable(rows, classes) if classes is not None and len(rows) == len(classes) and spread > 0 else None
    return {
        "largest": float(units.max(initial=0.0)),
        "spread": spread / size if size else 0.0,
        "width": rows.shape[1],
        "dead": float(np.mean(units == 0)),
        "readable": read,
    }

"""Find which formulation of the loss a compiled model has, by the loss's values and gradients, not by its name.

Keras silently replaces some combinations of output layers and loss by others, so the source says little. The user's
path from logits to loss is traced as Keras traces it. Its values and gradients are compared with those of each
formulation of the factor `loss`, at logits from small ones to ones far past every clip. If no formulation equals the
user's loss, that loss is trained as it is, as the level `own`.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import Json, canonical
from ablate.engine import graph
from ablate.engine.runtime import keras, tf
from ablate.remedies import _loss_path, checked, registry
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss as losses
from ablate.remedies.loss import LOSS

GAPS = (2.0, 12.0, 30.0, 60.0, 100.0)
"""Logit of a wrong class minus that of the true class, at the points where formulations are compared."""


@dataclass(frozen=True, kw_only=True)
class LossPath:
    """A user's output layers and loss.

    Attributes:
        level: parameters of the level of `loss` that computes the same.
        tail: the layers after the logits: names of activations, classes of other layers.
        name: name of the compiled loss.
        sparse: whether the loss takes class numbers; otherwise it takes one-hot rows.
        from_logits: the `from_logits` of the compiled loss; None if it has no such setting.
    """

    level: Json
    tail: tuple[str, ...]
    name: str
    sparse: bool
    from_logits: bool | None


def read(model: Any, layers: graph.Graph, source: Json) -> LossPath:
    """Read the loss path of a compiled model.

    Args:
        model: the model.
        layers: its graph.
        source: `builder` and `arguments`, which stand for a loss of the user's own where the loss is stored.

    Raises:
        ConfigError: the model is not compiled, or its loss cannot be computed on its output.
    """
    if not getattr(model, "compiled", False) or model.loss is None:
        raise ConfigError("A model must be compiled with a loss: `model.compile(optimizer=..., loss=...)`.")
    if isinstance(model.loss, dict | list):
        raise ConfigError(f"A model must be compiled with one loss. Received {model.loss!r}.")
    tail = [node.layer for node in layers.tail]
    written = _written(model.loss, source)
    classes = layers.logits.shape[-1]
    if classes < 2:
        raise ConfigError(
            "The model must have one output per class, also for two classes. The softmax of a single output is always "
            "1 and its cross-entropy 0, so nothing can be learned. Write `Dense(classes)`."
        )
    sparse, loss = _labels({"tail": tail, "loss": written}, model.loss, classes)
    path = {"tail": tail, "loss": written, "labels": "sparse" if sparse else "one_hot"}
    config = _loss_path.config_of(model.loss)
    return LossPath(
        level=_level(path, loss, model.loss, classes),
        tail=tuple(_head(layer) for layer in tail),
        name=_name(model.loss),
        sparse=sparse,
        from_logits=config.get("from_logits", False if isinstance(model.loss, str) else None),
    )


def _head(layer: Json) -> str:
    name = graph.activation_of(layer["config"])
    return name if isinstance(name, str) else str(layer["class_name"]).lower()


def _name(loss: Any) -> str:
    return loss if isinstance(loss, str) else str(getattr(loss, "name", None) or getattr(loss, "__name__", loss))


def _written(loss: Any, source: Json) -> Json:
    """Return the loss as JSON; for a loss of the user's own, its builder and a hash of its source and settings."""
    if isinstance(loss, str):
        return {"name": loss}
    if isinstance(loss, keras.losses.Loss) and type(loss).__module__.startswith("keras."):
        wrapped = getattr(loss, "fn", None)
        if wrapped is None or getattr(wrapped, "__module__", "").startswith("keras."):
            return serialized(loss)
    if getattr(loss, "__module__", "").startswith("keras."):
        return {"name": loss.__name__}
    return {**source, "code": _loss_path.code(loss)}


def serialized(loss: Any) -> Json:
    """Return a loss of Keras as JSON, also with the arguments that `serialize` leaves out, such as Huber's `delta`.

    Args:
        loss: an object of a class in `keras.losses`.
    """
    written: Json = keras.losses.serialize(loss)
    usual = inspect.signature(type(loss)).parameters
    used = getattr(loss, "_fn_kwargs", {}).items()
    given = {name: value for name, value in used if name in usual and value != usual[name].default}
    return {**written, "config": {k: v for k, v in {**given, **written["config"]}.items() if k != "dtype"}}


def _labels(path: Json, loss: Any, classes: int) -> tuple[bool, Callable[[Any, Any], Any]]:
    """Return whether the loss takes class numbers, and the traced loss; if its name does not tell, try both forms.

    Raises:
        ConfigError: the loss cannot be computed on the model's output; the message quotes the error.
    """
    name = _name(loss)
    ways = [("sparse" in name)] if "crossentropy" in name else [False, True]
    error, computable = "", []
    for sparse in ways:
        traced = _traced({**path, "labels": "sparse" if sparse else "one_hot"})
        try:
            truth, logits = np.eye(classes, dtype=np.float32), np.zeros((classes, classes), np.float32)
            _, slope = traced(tf.constant(truth), tf.constant(logits))
        except Exception as problem:  # noqa: BLE001 - a user's loss may raise anything; the message quotes it
            error = f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
            continue
        computable.append((sparse, traced))
        if (np.argmin(np.asarray(slope), axis=-1) == np.arange(classes)).all():
            return sparse, traced
    if computable:  # no gradient tells the form of the labels: the loss is flat where training begins
        return computable[0]
    raise ConfigError(f"The compiled loss `{name}` must be computable on the model's output. {error}")


def _traced(path: Json) -> Callable[[Any, Any], Any]:
    """Return a function (truth, logits) -> loss and gradient; it is a graph, in which Keras looks for the logits."""

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def traced(truth: Any, logits: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = _loss_path.loss(path)(truth, logits)
        slope = tape.gradient(value, logits)
        return value, tf.zeros_like(logits) if slope is None else slope

    return traced  # type: ignore[no-any-return]


def _level(path: Json, traced: Callable[[Any, Any], Any], loss: Any, classes: int) -> Json:
    """Return the level of `loss` whose values and gradients are the user's at every point; `own` if there is none."""
    points = list(_points(classes))
    wanted = [_numbers(traced, *point) for point in points]
    softmax = any(_head(layer) == "softmax" for layer in path["tail"])
    for level in _candidates(float(wanted[-1][0]), softmax, loss):
        if all(
            _same(_numbers(_formulation(canonical(level), classes), *point), users)
            for point, users in zip(points, wanted, strict=True)
        ):
            return level
    return checked(LOSS, {"kind": "own", "path": path})


def _points(classes: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield truth and logits to compare at: five rows near zero, then one row for each gap of GAPS."""
    rng = np.random.Generator(np.random.PCG64(5))
    rows = np.arange(5) % classes
    yield np.eye(classes, dtype=np.float32)[rows], rng.normal(size=(5, classes)).astype(np.float32)
    for gap in GAPS:
        logits = np.zeros((1, classes), np.float32)
        logits[0, 1] = gap
        yield np.eye(classes, dtype=np.float32)[:1], logits


def _candidates(farthest: float, softmax: bool, loss: Any) -> Iterator[Json]:
    """Yield levels to compare with; the largest value of a clipped loss is -ln(eps), which gives its eps."""
    kinds = ["keras", "fused"] if softmax else ["fused"]
    kinds += ["keras_logits_lost", "double_softmax", "mse", "naive"]
    yield from (checked(LOSS, {"kind": kind}) for kind in kinds)
    if math.isfinite(farthest) and 1.0 < farthest < 87.0:
        eps = float(f"{math.exp(-farthest):.3g}")
        yield checked(LOSS, {"kind": "clipped", "eps": eps})
    alpha = _loss_path.config_of(loss).get("label_smoothing")
    if alpha:
        yield checked(LOSS, {"kind": "label_smoothing", "alpha": float(alpha)})


@functools.lru_cache(maxsize=64)
def _formulation(level: str, classes: int) -> Callable[[Any, Any], Any]:
    """Trace a level of `loss`, given as canonical JSON, for any number of rows."""
    params = json.loads(level)
    numbers = registry()[LOSS].slot(params, 0)
    rows = tf.TensorSpec([None, classes], tf.float32)

    @tf.function(autograph=False, input_signature=[rows, rows])  # type: ignore[untyped-decorator]
    def traced(truth: Any, logits: Any) -> Any:
        kinds = {"loss.kind": tf.constant(numbers["loss.kind"], tf.int32)}
        floats = {name: tf.constant(value, tf.float32) for name, value in numbers.items() if name != "loss.kind"}
        with scope.slot({**floats, **kinds}, registry()[LOSS].choices(params)):
            return losses.value_and_slope(truth, logits)

    # Traced here and not by its first call: TensorFlow warns of retracing when 5 of the last 10 calls traced.
    return traced.get_concrete_function()  # type: ignore[no-any-return]


def _numbers(traced: Callable[[Any, Any], Any], truth: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value, slope = traced(tf.constant(truth), tf.constant(logits))
    return np.asarray(value), np.asarray(slope)


def _same(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> bool:
    value = np.allclose(one[0], other[0], rtol=2e-3, atol=1e-5, equal_nan=True)
    return bool(value and np.allclose(one[1], other[1], rtol=2e-3, atol=1e-5, equal_nan=True))

"""Which formulation of the loss a compiled model really has: asked by its values and gradients, not by its name.

Keras replaces some combinations of head and loss by others without a word, so what is written says little. The user's
way from logits to loss is traced as Keras traces it, at logits from harmless to far past every clip, and compared with
each formulation of the factor `loss`; what is none of them is trained as it stands, as the level `own`.
"""

from __future__ import annotations

import functools
import json
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import Json, canonical
from ablate.engine.graph import Graph
from ablate.engine.runtime import keras, tf
from ablate.remedies import _loss_path, checked, registry
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss as losses

GAPS = (2.0, 12.0, 30.0, 60.0, 100.0)
"""How far a wrong class is ahead of the true one, at the points where formulations are compared."""


@dataclass(frozen=True, kw_only=True)
class LossPath:
    """What a user's head and loss amount to.

    Attributes:
        level: parameters of the level of `loss` that they are.
        tail: the head: classes of the layers after the logits, an activation by its name.
        name: the compiled loss as people call it.
        sparse: whether the loss takes class numbers; one-hot rows otherwise.
        from_logits: what the compiled loss says of its input; None where it says nothing.
    """

    level: Json
    tail: tuple[str, ...]
    name: str
    sparse: bool
    from_logits: bool | None


def read(model: Any, graph: Graph, source: Json) -> LossPath:
    """The loss path of a compiled model.

    Args:
        model: the model.
        graph: its graph.
        source: {`builder`, `arguments`}: where a loss that is not Keras' own is found again.

    Raises:
        ConfigError: a model that is not compiled, or whose loss cannot be computed on its output.
    """
    if not getattr(model, "compiled", False) or model.loss is None:
        raise ConfigError("A model must be compiled with a loss: `model.compile(optimizer=..., loss=...)`.")
    if isinstance(model.loss, dict | list):
        raise ConfigError(f"A model must be compiled with one loss. Received {model.loss!r}.")
    tail = [node.layer for node in graph.tail]
    written = _written(model.loss, source)
    classes = graph.logits.shape[-1]
    if classes < 2:
        raise ConfigError(
            "There must be one output a class, also for two classes. With one output softmax is always 1, and "
            "its cross-entropy is 0: nothing can be learned. Write `Dense(classes)`."
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
    activation = layer["config"].get("activation")
    return activation if isinstance(activation, str) else str(layer["class_name"]).lower()


def _name(loss: Any) -> str:
    return loss if isinstance(loss, str) else str(getattr(loss, "name", None) or getattr(loss, "__name__", loss))


def _written(loss: Any, source: Json) -> Json:
    """The loss as JSON; one that is not Keras' own by its builder, with a hash of all that decides its values."""
    if isinstance(loss, str):
        return {"name": loss}
    if isinstance(loss, keras.losses.Loss) and type(loss).__module__.startswith("keras."):
        wrapped = getattr(loss, "fn", None)
        if wrapped is None or getattr(wrapped, "__module__", "").startswith("keras."):
            found: Json = keras.losses.serialize(loss)
            return {**found, "config": {k: v for k, v in found["config"].items() if k != "dtype"}}
    if getattr(loss, "__module__", "").startswith("keras."):
        return {"name": loss.__name__}
    return {**source, "code": _loss_path.code(loss)}


def _labels(path: Json, loss: Any, classes: int) -> tuple[bool, Callable[[Any, Any], Any]]:
    """Whether the loss takes class numbers, and the traced loss; a loss that says nothing is tried both ways.

    Raises:
        ConfigError: neither way can be computed, with the error.
    """
    name = _name(loss)
    ways = [("sparse" in name)] if "crossentropy" in name else [False, True]
    error, computable = "", []
    for sparse in ways:
        traced = _traced({**path, "labels": "sparse" if sparse else "one_hot"})
        try:
            truth, logits = np.eye(classes, dtype=np.float32), np.zeros((classes, classes), np.float32)
            _, slope = traced(tf.constant(truth), tf.constant(logits))
        except Exception as problem:  # noqa: BLE001 - whatever a user's loss raises, it is told
            error = f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
            continue
        computable.append((sparse, traced))
        if (np.argmin(np.asarray(slope), axis=-1) == np.arange(classes)).all():
            return sparse, traced
    if computable:  # no gradient tells: a loss that is flat where training begins
        return computable[0]
    raise ConfigError(f"The compiled loss `{name}` must be computable on the model's output. {error}")


def _traced(path: Json) -> Callable[[Any, Any], Any]:
    """(truth, logits) -> value and its gradient by the logits, as a graph, for Keras looks at the graph."""

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
    """The level of `loss` whose values and gradients are the user's at every point; `own` if there is none."""
    points = [(truth, logits) for truth, logits in _points(classes)]
    wanted = [_numbers(traced, *point) for point in points]
    softmax = any(_head(layer) == "softmax" for layer in path["tail"])
    for level in _candidates(float(wanted[-1][0]), softmax, loss):
        if all(
            _same(_numbers(_formulation(canonical(level), classes), *point), own)
            for point, own in zip(points, wanted, strict=True)
        ):
            return level
    return checked("loss", {"kind": "own", "path": path})


def _points(classes: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Truth and logits to compare at: five rows near zero, then one row ever further on the wrong side."""
    rng = np.random.Generator(np.random.PCG64(5))
    rows = np.arange(5) % classes
    yield np.eye(classes, dtype=np.float32)[rows], rng.normal(size=(5, classes)).astype(np.float32)
    for gap in GAPS:
        logits = np.zeros((1, classes), np.float32)
        logits[0, 1] = gap
        yield np.eye(classes, dtype=np.float32)[:1], logits


def _candidates(farthest: float, softmax: bool, loss: Any) -> Iterator[Json]:
    """Levels to compare with; the eps of a clipped loss is what its value far out says: -ln(eps)."""
    kinds = ["keras", "fused"] if softmax else ["fused"]
    kinds += ["keras_logits_lost", "double_softmax", "mse", "naive"]
    yield from (checked("loss", {"kind": kind}) for kind in kinds)
    if math.isfinite(farthest) and 1.0 < farthest < 87.0:
        eps = float(f"{math.exp(-farthest):.3g}")
        yield checked("loss", {"kind": "clipped", "eps": eps})
    alpha = _loss_path.config_of(loss).get("label_smoothing")
    if alpha:
        yield checked("loss", {"kind": "label_smoothing", "alpha": float(alpha)})


@functools.lru_cache(maxsize=64)
def _formulation(level: str, classes: int) -> Callable[[Any, Any], Any]:
    """A level of `loss`, by its canonical JSON, as a graph for any number of rows."""
    numbers = registry()["loss"].slot(json.loads(level), 0)
    rows = tf.TensorSpec([None, classes], tf.float32)

    @tf.function(autograph=False, input_signature=[rows, rows])  # type: ignore[untyped-decorator]
    def traced(truth: Any, logits: Any) -> Any:
        kinds = {"loss.kind": tf.constant(numbers["loss.kind"], tf.int32)}
        floats = {name: tf.constant(value, tf.float32) for name, value in numbers.items() if name != "loss.kind"}
        with scope.slot({**floats, **kinds}, {"loss.kind": [int(numbers["loss.kind"])]}):
            return losses.value_and_slope(truth, logits)

    # Traced once, here: TensorFlow warns of every fifth function whose first call traces it.
    return traced.get_concrete_function()  # type: ignore[no-any-return]


def _numbers(traced: Callable[[Any, Any], Any], truth: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value, slope = traced(tf.constant(truth), tf.constant(logits))
    return np.asarray(value), np.asarray(slope)


def _same(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> bool:
    value = np.allclose(one[0], other[0], rtol=2e-3, atol=1e-5, equal_nan=True)
    return bool(value and np.allclose(one[1], other[1], rtol=2e-3, atol=1e-5, equal_nan=True))

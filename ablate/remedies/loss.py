"""`loss`: every formulation of the cross-entropy, written out on logits, selected per slot.

Keras on TensorFlow silently replaces softmax + categorical cross-entropy by the fused loss, so a formulation is never
left to a Keras layer here, but for the two levels whose point is what Keras does: `keras` and `keras_logits_lost`.
What is selected per slot is dL/dlogits, so no branch's infinity or NaN reaches another trial.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ablate.core.study import Json, canonical
from ablate.remedies import _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Choices, Kinds, Remedy, fields

KINDS: Kinds = {
    "fused": {},
    "clipped": {"eps": (float, 1e-7)},
    "naive": {},
    "keras": {},
    "keras_logits_lost": {},
    "post": {},
    "double_softmax": {},
    "label_smoothing": {"alpha": (float, 0.1)},
    "mse": {},
    "own": {"path": (object, ...)},
}
ORDER = (*(kind for kind in KINDS if kind != "own"), "log_zero", "own")
"""A kind's place here is its number in a slot; new kinds go last. `log_zero` is planted by `fault`; `own` stands for
what a user compiled, and for the kinds of other packages: functions (truth, logits) -> the mean loss."""

FAMILIES = (
    ("fused", "clipped"),
    ("keras", "keras_logits_lost", "post", "naive", "label_smoothing"),
    ("double_softmax", "mse", "log_zero"),
    ("own",),
)
"""Which kinds a program selects among: compiling one costs as much as a layer. Part of every result's bits."""

KERAS_EPSILON = 1e-7


def fused(truth: Any, logits: Any) -> Any:
    """Mean of logsumexp(z) - z_y: softmax and cross-entropy in one, exact at any logit."""
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=logits))


def clipped(truth: Any, logits: Any) -> Any:
    """Old Keras: softmax, renormalized, clipped to [eps, 1 - eps], then the logarithm.

    The gradient of a sample is exactly zero where its class has p < eps. (keras 2.2.4, backend/tensorflow_backend.py.)
    """
    import tensorflow as tf

    eps = scope.number("loss.eps")
    p = tf.nn.softmax(logits)
    p = tf.clip_by_value(p / tf.reduce_sum(p, -1, keepdims=True), eps, 1.0 - eps)
    return tf.reduce_mean(-tf.reduce_sum(truth * tf.math.log(p), -1))


def naive(truth: Any, logits: Any) -> Any:
    """-sum(truth * log(softmax(z))): 0 * log(0) is NaN once any probability underflows."""
    import tensorflow as tf

    return tf.reduce_mean(-tf.reduce_sum(truth * tf.math.log(tf.nn.softmax(logits)), -1))


def keras_today(truth: Any, logits: Any) -> Any:
    """A softmax layer and `categorical_crossentropy`, through Keras' own objects."""
    import keras

    return keras.losses.CategoricalCrossentropy()(truth, keras.activations.softmax(logits))


def keras_logits_lost(truth: Any, logits: Any) -> Any:
    """The same with a reshape after the softmax: the tensor that carried the logits is gone, and the clip is live."""
    import keras
    import tensorflow as tf

    probabilities = tf.reshape(keras.activations.softmax(logits), [-1, logits.shape[-1]])
    return keras.losses.CategoricalCrossentropy()(truth, probabilities)


def post(truth: Any, logits: Any) -> Any:
    """The post's own code: the softmax removed, the loss on the prediction as it is."""
    import tensorflow as tf

    truth = tf.stop_gradient(truth)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=logits))


def double_softmax(truth: Any, logits: Any) -> Any:
    """The fused loss on probabilities taken for logits."""
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=tf.nn.softmax(logits)))


def label_smoothing(truth: Any, logits: Any) -> Any:
    """The fused loss on truth * (1 - alpha) + alpha / N."""
    alpha = scope.number("loss.alpha")
    return fused(truth * (1.0 - alpha) + alpha / truth.shape[-1], logits)


def mse(truth: Any, logits: Any) -> Any:
    """Mean squared error of the softmax, over samples and classes."""
    import tensorflow as tf

    return tf.reduce_mean(tf.reduce_mean(tf.square(tf.nn.softmax(logits) - truth), -1))


def log_zero(truth: Any, logits: Any) -> Any:
    """A planted bug: probabilities under a floor are cut to exactly zero before the logarithm."""
    import tensorflow as tf

    p = tf.nn.softmax(logits)
    p = tf.where(p < scope.number("loss.floor"), tf.zeros_like(p), p)
    return tf.reduce_mean(-tf.math.log(tf.reduce_sum(truth * p, -1)))


def own(truth: Any, logits: Any) -> Any:
    """The one formulation that the program knows by its parameters: a user's, or one that another package brings."""
    import json

    (text,) = scope.choices("loss.own")
    return formulation(json.loads(str(text)))(truth, logits)


def formulation(params: Json) -> Callable[[Any, Any], Any]:
    """(truth, logits) -> mean loss, of a level whose kind is not among KINDS, or `own`."""
    if params["kind"] != "own":
        return lambda truth, logits: _plugins.call("loss", params, truth, logits)
    from ablate.remedies import _loss_path

    return _loss_path.loss(params["path"])


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "fused": fused,
    "clipped": clipped,
    "naive": naive,
    "keras": keras_today,
    "keras_logits_lost": keras_logits_lost,
    "post": post,
    "double_softmax": double_softmax,
    "label_smoothing": label_smoothing,
    "mse": mse,
    "log_zero": log_zero,
    "own": own,
}


def value_and_slope(truth: Any, logits: Any) -> tuple[Any, Any]:
    """The slot's loss and its gradient by the logits, [rows, classes], selected among the program's formulations."""
    import tensorflow as tf

    chosen = scope.number("loss.kind")
    value, slope = tf.zeros([], logits.dtype), tf.zeros_like(logits)
    for index in scope.choices("loss.kind"):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            this = FUNCTIONS[ORDER[int(index)]](truth, logits)
        here = tf.equal(chosen, index)
        value = tf.where(here, this, value)
        slope = tf.where(here, tape.gradient(this, logits), slope)
    sign = scope.number("loss.sign")
    return sign * value, sign * slope


def check_gap(params: Json) -> float:
    """Return G of the loss check's logits [0, G, 0, ...]: beyond every clip, so -ln(eps) + 24, or 40 without a clip."""
    return 24.0 - math.log(params["eps"]) if params["kind"] == "clipped" else 40.0


def check_slope(params: Json) -> tuple[float, float] | None:
    """Return the gradient that the loss check expects at logits 0 and 1, true class 0; None if any is allowed."""
    if params["kind"] in ("clipped", "keras_logits_lost"):
        return (0.0, 0.0)
    return (-1.0, 1.0) if params["kind"] in ("fused", "keras", "post") else None


def choices(params: Json) -> Choices:
    """The family of the kind; a formulation that is not ours is alone in its program, which knows it by its text."""
    if _kind(params) == "own":
        return {**family_of("own"), "loss.own": [canonical(params)]}
    return family_of(params["kind"])


def _kind(params: Json) -> str:
    """The kind by which the engine knows a level: `own` for every formulation that is not ours."""
    return params["kind"] if params["kind"] in KINDS else "own"


def family_of(kind: str) -> Choices:
    """The numbers of the kinds that share a program with this one."""
    family = next(family for family in FAMILIES if kind in family)
    return {"loss.kind": [ORDER.index(member) for member in family]}


def broad_choices(params: Json) -> Choices:
    """Every formulation of this package; one that is not ours is alone in its program, as ever."""
    if _kind(params) == "own":
        return choices(params)
    return {"loss.kind": [ORDER.index(kind) for family in FAMILIES for kind in family if kind != "own"]}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The formulation's number, and every formulation's parameter (a neutral one where it is not this trial's)."""
    return {
        "loss.kind": ORDER.index(_kind(params)),
        "loss.eps": params.get("eps", KERAS_EPSILON) if _kind(params) != "own" else KERAS_EPSILON,
        "loss.alpha": params.get("alpha", 0.1) if _kind(params) != "own" else 0.1,
        "loss.sign": 1.0,
        "loss.floor": 0.0,
        "loss.canary": check_gap(params),
    }


def keras_loss(params: Json, before: tuple[list[Any], Any]) -> tuple[list[Any], Any]:
    """What a user writes: the layers after the last dense one, and the loss handed to `compile`."""
    import keras
    import tensorflow as tf

    kind, layers, losses, ops = params["kind"], keras.layers, keras.losses, keras.ops
    if _kind(params) == "own":
        return [], formulation(params)
    if kind in ("clipped", "keras_logits_lost"):
        lost = [layers.Softmax(), layers.Reshape((-1,))]
        return lost, _with_epsilon(losses.CategoricalCrossentropy(), params.get("eps", KERAS_EPSILON))
    if kind == "naive":
        return [layers.Softmax()], lambda y, p: ops.mean(-ops.sum(y * ops.log(p), -1))
    if kind == "keras":
        return [layers.Softmax()], "categorical_crossentropy"
    if kind == "post":
        return [], lambda y, p: tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.stop_gradient(y), p))
    if kind == "double_softmax":
        return [layers.Softmax(), layers.Reshape((-1,))], losses.CategoricalCrossentropy(from_logits=True)
    if kind == "label_smoothing":
        return [], losses.CategoricalCrossentropy(from_logits=True, label_smoothing=params["alpha"])
    if kind == "mse":
        return [layers.Softmax()], losses.MeanSquaredError()
    return [], losses.CategoricalCrossentropy(from_logits=True)


def _with_epsilon(loss: Any, eps: float) -> Any:
    """The loss under another fuzz factor: Keras reads it while it traces."""
    import keras

    def traced(truth: Any, prediction: Any) -> Any:
        before = keras.config.epsilon()
        keras.config.set_epsilon(eps)
        try:
            return loss(truth, prediction)
        finally:
            keras.config.set_epsilon(before)

    return traced


def identity(params: Json) -> Json:
    """The parameters; of a user's own loss the code, not where it is found."""
    written = params["path"]["loss"] if params["kind"] == "own" else {}
    if "builder" not in written:
        return params
    return {**params, "path": {**params["path"], "loss": {"code": written["code"]}}}


_NARROW = Remedy(
    name="loss",
    neutral=None,
    stacks="choice",
    check=fields("loss", KINDS),
    choices=choices,
    slot=slot,
    keras_loss=keras_loss,
    identity=identity,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, choices=broad_choices))

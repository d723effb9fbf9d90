"""`loss`: every formulation of the cross-entropy, written out on logits and selected per slot.

Keras on TensorFlow silently replaces softmax and categorical cross-entropy by the fused loss. So this module computes
every formulation itself, except the two levels that show what Keras does: `keras` and `keras_logits_lost`. A program
computes several formulations and selects value and gradient per slot, so the infinity or NaN of one formulation does
not reach the trials of another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json, canonical
from ablate.remedies import _loss_path, _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import keras, tf
from ablate.remedies._remedy import Choices, Lines, Remedy, fields, needed

LOSS = "loss"
LOG_ZERO = "log_zero"
"""A formulation that is no level of `loss`: `fault` plants it."""

KERAS_EPSILON = 1e-7

KerasLoss = tuple[list[Any], Any]
"""Layers after the logits, and the loss of their output."""


def fused(truth: Any, logits: Any) -> Any:
    """Return the mean of logsumexp(z) - z_y: softmax and cross-entropy in one, exact at any logit.

    Args:
        truth: one-hot rows [rows, classes].
        logits: [rows, classes].
    """
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=logits))


def clipped(truth: Any, p: Any) -> Any:
    """Return the loss of old Keras: softmax, renormalized, clipped to [eps, 1 - eps], then the logarithm.

    The gradient of a sample is exactly zero where its class has p < eps (keras 2.2.4, backend/tensorflow_backend.py).

    Args:
        truth: one-hot rows [rows, classes].
        p: the softmax of the logits, [rows, classes].
    """
    eps = scope.number("loss.eps")
    p = tf.clip_by_value(p / tf.reduce_sum(p, -1, keepdims=True), eps, 1.0 - eps)
    return tf.reduce_mean(-tf.reduce_sum(truth * tf.math.log(p), -1))


def keras_today(truth: Any, logits: Any) -> Any:
    """Return the loss of a softmax layer and `categorical_crossentropy`, through Keras's own objects.

    Args:
        truth: one-hot rows [rows, classes].
        logits: [rows, classes].
    """
    return keras.losses.CategoricalCrossentropy()(truth, keras.activations.softmax(logits))


def keras_logits_lost(truth: Any, logits: Any) -> Any:
    """Return the loss of `keras_today` with a reshape after the softmax: Keras finds no logits there, and clips.

    Args:
        truth: one-hot rows [rows, classes].
        logits: [rows, classes].
    """
    probabilities = tf.reshape(keras.activations.softmax(logits), [-1, logits.shape[-1]])
    return keras.losses.CategoricalCrossentropy()(truth, probabilities)


def _naive(truth: Any, p: Any) -> Any:
    """Return -sum(truth * log(p)): 0 * log(0) is NaN once any probability underflows."""
    return tf.reduce_mean(-tf.reduce_sum(truth * tf.math.log(p), -1))


def _post(truth: Any, logits: Any) -> Any:
    """Return the loss of the blog post's code (see experiments/blog.yaml): the fused loss without a softmax layer."""
    truth = tf.stop_gradient(truth)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=logits))


def _label_smoothing(truth: Any, logits: Any) -> Any:
    """Return the fused loss on truth * (1 - alpha) + alpha / N."""
    alpha = scope.number("loss.alpha")
    return fused(truth * (1.0 - alpha) + alpha / truth.shape[-1], logits)


def _mse(truth: Any, p: Any) -> Any:
    """Return the mean squared error of the softmax, over samples and classes."""
    return tf.reduce_mean(tf.reduce_mean(tf.square(p - truth), -1))


def _log_zero(truth: Any, p: Any) -> Any:
    """Return the loss of a planted bug: probabilities under a floor are set to zero before the logarithm."""
    p = tf.where(p < scope.number("loss.floor"), tf.zeros_like(p), p)
    return tf.reduce_mean(-tf.math.log(tf.reduce_sum(truth * p, -1)))


def _formulation(params: Json) -> Callable[[Any, Any], Any]:
    """Return (truth, logits) -> mean loss, for a level whose kind is `own` or of another package."""
    if params["kind"] != "own":
        return lambda truth, logits: _plugins.call(LOSS, params, truth, logits)
    return _loss_path.loss(params["path"])


def _softmax_and_reshape() -> list[Any]:
    """Return layers after which Keras no longer finds the logits."""
    return [keras.layers.Softmax(), keras.layers.Reshape((-1,))]


def _keras_clipped(params: Json) -> KerasLoss:
    loss = keras.losses.CategoricalCrossentropy()
    return _softmax_and_reshape(), _with_epsilon(loss, params.get("eps", KERAS_EPSILON))


def _cross_entropy(**arguments: Any) -> Any:
    return keras.losses.CategoricalCrossentropy(from_logits=True, **arguments)


def _with_epsilon(loss: Any, eps: float) -> Any:
    """Return the loss with another epsilon of Keras, which Keras reads while it traces."""

    def traced(truth: Any, prediction: Any) -> Any:
        before = keras.config.epsilon()
        keras.config.set_epsilon(eps)
        try:
            return loss(truth, prediction)
        finally:
            keras.config.set_epsilon(before)

    return traced


_LOGITS = "outputs = keras.layers.Dense(classes)(x)  # logits: no softmax"
_SOFTMAX = 'outputs = keras.layers.Dense(classes, activation="softmax")(x)'


def _symptom_lines(params: Json) -> tuple[str, ...]:
    """Write a formulation that nobody should copy: it reproduces a fault."""
    return _SOFTMAX, f"loss = ...  # `loss={params['kind']}` reproduces a fault: see ablate/remedies/loss.py"


def _fused_lines(params: Json) -> tuple[str, ...]:
    return _LOGITS, "loss = keras.losses.CategoricalCrossentropy(from_logits=True)"


def _label_smoothing_lines(params: Json) -> tuple[str, ...]:
    words = f"from_logits=True, label_smoothing={params['alpha']:g}"
    return _LOGITS, f"loss = keras.losses.CategoricalCrossentropy({words})"


@dataclass(frozen=True, kw_only=True)
class Formulation:
    """One kind of loss.

    Attributes:
        parameters: numbers, by name, with their defaults.
        function: (one-hot truth, logits) -> mean loss, or (truth, softmax of the logits) for a kind of
            `OF_PROBABILITIES`; it reads its parameters as numbers of the slot. None for `own`: its path says it.
        keras: parameters -> (layers after the logits, loss) of a user.
        lines: parameters -> the statements of the output layer and of `loss`, as source text.
        gradient: the gradient at logits 0 and 1 that the loss check must find; None if nothing is promised.
        gap: parameters -> the logit of a wrong class at the loss check: past the clip of the formulation.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    function: Callable[[Any, Any], Any] | None = needed(
        "a function (truth, logits) -> mean loss, on TensorFlow tensors"
    )
    keras: Callable[[Json], KerasLoss] = needed("a function (parameters) -> (layers after the logits, Keras loss)")
    lines: Callable[[Json], tuple[str, ...]] = needed("a function (parameters) -> statements of output layer and loss")
    gradient: tuple[float, float] | None = needed("the gradient that the loss check must find, or None")
    gap: Callable[[Json], float] = lambda _: 40.0


KINDS: dict[str, Formulation] = {
    "fused": Formulation(
        function=fused, keras=lambda _: ([], _cross_entropy()), lines=_fused_lines, gradient=(-1.0, 1.0)
    ),
    "clipped": Formulation(
        parameters={"eps": (float, KERAS_EPSILON)},
        function=clipped,
        keras=_keras_clipped,
        lines=_symptom_lines,
        gradient=(0.0, 0.0),
        gap=lambda params: 24.0 - math.log(params["eps"]),
    ),
    "naive": Formulation(
        function=_naive,
        keras=lambda _: (
            [keras.layers.Softmax()],
            lambda y, p: keras.ops.mean(-keras.ops.sum(y * keras.ops.log(p), -1)),
        ),
        lines=_symptom_lines,
        gradient=None,
    ),
    "keras": Formulation(
        function=keras_today,
        keras=lambda _: ([keras.layers.Softmax()], "categorical_crossentropy"),
        lines=lambda _: (_SOFTMAX, 'loss = "categorical_crossentropy"'),
        gradient=(-1.0, 1.0),
    ),
    "keras_logits_lost": Formulation(
        function=keras_logits_lost, keras=_keras_clipped, lines=_symptom_lines, gradient=(0.0, 0.0)
    ),
    "post": Formulation(function=_post, keras=lambda _: ([], _post), lines=_fused_lines, gradient=(-1.0, 1.0)),
    "double_softmax": Formulation(
        function=fused,  # on probabilities, which are taken for logits
        keras=lambda _: (_softmax_and_reshape(), _cross_entropy()),
        lines=_symptom_lines,
        gradient=None,
    ),
    "label_smoothing": Formulation(
        parameters={"alpha": (float, 0.1)},
        function=_label_smoothing,
        keras=lambda params: ([], _cross_entropy(label_smoothing=params["alpha"])),
        lines=_label_smoothing_lines,
        gradient=None,
    ),
    "mse": Formulation(
        function=_mse,
        keras=lambda _: ([keras.layers.Softmax()], keras.losses.MeanSquaredError()),
        lines=lambda _: (_SOFTMAX, "loss = keras.losses.MeanSquaredError()"),
        gradient=None,
    ),
    "own": Formulation(
        parameters={"path": (object, ...)},
        function=None,
        keras=lambda params: ([], _formulation(params)),
        lines=_symptom_lines,
        gradient=None,
    ),
}
"""`own` stands for a user's compiled loss, and for the kinds of other packages, which are functions
(truth, logits) -> the mean loss."""

OF_PROBABILITIES = ("clipped", "naive", "double_softmax", "mse", LOG_ZERO)
"""Kinds that begin with a softmax. A program differentiates one softmax for all of them."""

SHARED = ("fused", "keras", "keras_logits_lost", "post", "label_smoothing", *OF_PROBABILITIES)
"""Kinds that every program holds. They are compiled in, so the list stays as it is: a kind that is added later, by a
user or by another package, has programs of its own, and no trial gets other bits."""

EQUIVALENT = ("keras", "fused", "post")
"""Kinds that are the same formulation: to replace one by another is no remedy."""

FUNCTIONS = {LOG_ZERO: _log_zero, **{kind: record.function for kind, record in KINDS.items() if record.function}}


def value_and_slope(truth: Any, logits: Any) -> tuple[Any, Any]:
    """Return the slot's loss and its gradient at the logits, selected among the program's formulations.

    Args:
        truth: one-hot rows, [rows, classes].
        logits: [rows, classes].
    """
    choices = dict(enumerate(scope.choices("loss.kind")))
    of_probabilities = {index: choice for index, choice in choices.items() if choice in OF_PROBABILITIES}
    of_logits = {index: choice for index, choice in choices.items() if choice not in OF_PROBABILITIES}
    value, slope, _ = _selected(of_logits, truth, logits)
    if of_probabilities:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            p = tf.nn.softmax(logits)
        inner_value, inner_slope, here = _selected(of_probabilities, truth, p)
        value = tf.where(here, inner_value, value)
        slope = tf.where(here, tape.gradient(p, logits, output_gradients=inner_slope), slope)
    sign = scope.number("loss.sign")
    return sign * value, sign * slope


def _selected(choices: Mapping[int, str], truth: Any, x: Any) -> tuple[Any, Any, Any]:
    """Return the loss of the slot and its gradient at `x`, and whether the slot's loss is one of these choices."""
    chosen = scope.number("loss.kind")
    value, slope, found = tf.zeros([], x.dtype), tf.zeros_like(x), tf.constant(False)
    for index, choice in choices.items():
        with tf.GradientTape() as tape:
            tape.watch(x)
            this = (FUNCTIONS.get(choice) or _formulation(json.loads(choice)))(truth, x)
        here = tf.equal(chosen, index)
        value = tf.where(here, this, value)
        slope = tf.where(here, tape.gradient(this, x), slope)
        found = found | here
    return value, slope, found


def check_gap(params: Json) -> float:
    """Return G of the loss check's logits [0, G, 0, ...]: past the clip of every formulation."""
    return KINDS[_kind(params)].gap(params)


def check_slope(params: Json) -> tuple[float, float] | None:
    """Return the gradient at logits 0 and 1 that the loss check must find, true class 0; None if none is promised."""
    return KINDS[_kind(params)].gradient


def _kind(params: Json) -> str:
    """Return the kind by which the engine knows a level: `own` for every formulation that is not ours."""
    return params["kind"] if params["kind"] in KINDS else "own"


def choices(params: Json) -> Choices:
    """Return the kinds that share programs, or the only one; a formulation that is not ours is known by its JSON."""
    kind = _kind(params)
    if kind in SHARED:
        return {"loss.kind": SHARED}
    return {"loss.kind": (canonical(params) if kind == "own" else kind,)}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the index of the kind in its program, the level's parameters, and the defaults of the shared kinds."""
    kind = _kind(params)
    kinds = [*(known for known in SHARED if known != LOG_ZERO), *({kind} - {*SHARED, "own"})]
    fields = [(name, default) for known in kinds for name, (_, default) in KINDS[known].parameters.items()]
    numbers = {name: params.get(name, default) for name, default in fields}
    return {
        "loss.kind": SHARED.index(kind) if kind in SHARED else 0,
        **{f"loss.{name}": value for name, value in numbers.items()},
        "loss.sign": 1.0,
        "loss.floor": 0.0,
        "loss.canary": check_gap(params),  # the loss check reads it; the name is part of stored programs
    }


def _keras_loss(params: Json, before: KerasLoss) -> KerasLoss:
    """Return what a user writes: the layers after the last dense one, and the loss handed to `compile`."""
    return KINDS[_kind(params)].keras(params)


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(loss=(_LOGITS, f"loss = {_plugins.source_name(LOSS, params['kind'])}"))
    return Lines(loss=KINDS[params["kind"]].lines(params))


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    """Try the fused loss, or label smoothing if the model's loss is the fused one already."""
    return ("label_smoothing",) if base[LOSS]["kind"] in EQUIVALENT else ("fused",)


def _identity(params: Json) -> Json:
    """Return the parameters; the hash of its source stands for a user's own loss."""
    written = params["path"]["loss"] if params["kind"] == "own" else {}
    if "builder" not in written:
        return params
    return {**params, "path": {**params["path"], "loss": {"code": written["code"]}}}


REMEDY = Remedy(
    name=LOSS,
    summary="the formulation of the cross-entropy",
    neutral=None,
    stacks="choice",
    check=fields(LOSS, KINDS),
    kinds=KINDS,
    statement="loss",
    lines=_lines,
    candidates=_candidates,
    choices=choices,
    slot=_slot,
    keras_loss=_keras_loss,
    identity=_identity,
)

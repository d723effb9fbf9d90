"""Read a user's compiled model once: its template, the level of each factor, and problems that the user should know."""

from __future__ import annotations

import functools
import inspect
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json, canonical
from ablate.engine import graph, loss_path, template
from ablate.engine.loss_path import LossPath
from ablate.engine.runtime import keras
from ablate.remedies import _loss_path, checked, clipping, optimizer, registry
from ablate.remedies.clipping import CLIPPING
from ablate.remedies.input_scale import INPUT_SCALE
from ablate.remedies.learning_rate import LEARNING_RATE
from ablate.remedies.loss import LOSS
from ablate.remedies.optimizer import OPTIMIZER
from ablate.remedies.schedule import SCHEDULE
from ablate.tasks import Finding, Task

IGNORED = ("use_ema", "gradient_accumulation_steps", "loss_scale_factor")
"""Settings of a Keras optimizer that no factor holds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A user's model as compiled.

    Attributes:
        builder: dotted path of the function that builds it.
        template: the model as the factor `model` stores it.
        levels: parameters by factor: the baseline.
        path: its loss path, from logits to loss.
        findings: problems that do not depend on the data.
        model: the Keras model.
    """

    builder: str
    template: Json
    levels: dict[str, Json]
    path: LossPath
    findings: tuple[Finding, ...]
    model: Any


@functools.lru_cache(maxsize=64)
def read(builder: str, arguments: str) -> Compiled:
    """Read the model that a builder makes.

    Args:
        builder: dotted path of the builder.
        arguments: its arguments, as canonical JSON.

    Raises:
        ConfigError: there is no such builder, it raises an error, or its model cannot be trained here, with the reason.
    """
    keywords = json.loads(arguments)
    model = built(builder, keywords)
    try:
        layers = graph.of(model)
        path = loss_path.read(model, layers, {"builder": builder, "arguments": keywords})
        inside = template.read(layers)
        _check_repeats(builder, keywords, (inside.template, inside.levels))
        levels, notes = _optimizer(model.optimizer)
    except ConfigError as error:
        raise ConfigError(f"The model that `{builder}` builds cannot be tried. {error}") from error
    registered = any(not str(node.layer["module"]).startswith("keras") for node in layers.nodes if node.layer)
    return Compiled(
        builder=builder,
        template={**inside.template, "registered": True} if registered else inside.template,
        levels={**inside.levels, **levels, LOSS: path.level, INPUT_SCALE: {"kind": "as_is"}},
        path=path,
        findings=(*_heads(path), *notes),
        model=model,
    )


def compiled(params: Json) -> Compiled:
    """Read the model of these parameters of a level of `model`.

    Raises:
        ConfigError: as `read`.
    """
    return read(params["builder"], canonical(params.get("arguments", {})))


def built(builder: str, arguments: dict[str, Json]) -> Any:
    """Call a builder and return its Keras model.

    Args:
        builder: dotted path of the builder.
        arguments: its arguments.

    Raises:
        ConfigError: there is no such builder, it has no such argument, it raises an error, or it returns no model.
    """
    function = _loss_path.named(builder)
    takes = inspect.signature(function).parameters
    for name in arguments:
        if name not in takes and not any(argument.kind is argument.VAR_KEYWORD for argument in takes.values()):
            raise ConfigError(unknown(f"argument of `{builder}`", name, takes or ["(none)"]))
    try:
        model = function(**arguments)
    except (Exception, SystemExit) as error:
        raise ConfigError(f"`{builder}` must build a model. It raises {type(error).__name__}: {error}") from error
    if not isinstance(model, keras.Model):
        raise ConfigError(f"`{builder}` must return a compiled Keras model. It returns a {type(model).__name__}.")
    return model


def _check_repeats(builder: str, arguments: dict[str, Json], before: tuple[Json, Json]) -> None:
    """Check that the builder builds the same network again, as every worker asks it to.

    Raises:
        ConfigError: it builds another one.
    """
    again = template.read(graph.of(built(builder, arguments)))
    if canonical([again.template, again.levels]) != canonical(list(before)):
        raise ConfigError(
            "Every call must build the same network, because each worker calls the builder. Two calls build different "
            "ones: take what is random or changing out of it, or make it an argument."
        )


def _optimizer(compiled: Any) -> tuple[dict[str, Json], list[Finding]]:
    """Return the levels of optimizer, learning rate, clipping and schedule, and a warning of settings no factor has.

    Raises:
        ConfigError: the factor `optimizer` has no such kind.
    """
    kind, config = type(compiled).__name__.lower(), compiled.get_config()
    if kind == "adam" and config.get("weight_decay"):
        kind = "adamw"
    if kind not in optimizer.KINDS:
        raise ConfigError(unknown("optimizer", type(compiled).__name__, optimizer.KINDS))
    table = optimizer.KINDS[kind].parameters
    params = {name: _short(config[name]) for name in table if config.get(name) is not None}
    omitted = [f"`{name}`" for name in IGNORED if config.get(name)]
    if "weight_decay" not in table and config.get("weight_decay"):
        omitted.append("`weight_decay`")
    rate = config["learning_rate"]
    if isinstance(rate, dict):
        omitted.append(f"the schedule {rate['class_name']} (the rate stays at its first value)")
        rate = rate["config"].get("initial_learning_rate", 0.001)
    levels = {
        OPTIMIZER: checked(OPTIMIZER, {"kind": kind, **params}),
        LEARNING_RATE: checked(LEARNING_RATE, _short(rate)),
        CLIPPING: checked(CLIPPING, clipping.from_keras(config)),
        SCHEDULE: registry()[SCHEDULE].neutral,
    }
    if not omitted:
        return levels, []
    what = f"The optimizer is tried without {', '.join(omitted)}."
    return levels, [Finding(severity="warning", what=what, advice="No factor has these settings.")]


def _short(value: Json) -> Json:
    """Return a number as the user wrote it: Keras keeps float32."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def _heads(path: LossPath) -> Iterator[Finding]:
    """Yield problems of the output layers and the loss together."""
    head, kind = " + ".join(path.tail) or "no activation", path.level["kind"]
    softmax = "softmax" in path.tail
    made = f"The model ends in {head}; the loss is `{path.name}`"
    if softmax and path.from_logits:
        what = f"{made} with `from_logits=True`, which asks for a second softmax."
        if kind == "double_softmax":
            advice = (
                "Softmax is taken twice, so gradients are tiny from the start. Remove the softmax or "
                "`from_logits=True` (`loss=fused`)."
            )
            yield Finding(severity="error", what=what, advice=advice)
        else:
            advice = (
                "Keras warns and uses the logits, so this is not why training is stuck. Remove the softmax or "
                "`from_logits=True`."
            )
            yield Finding(severity="warning", what=what, advice=advice)
    elif "crossentropy" in path.name and not path.tail and not path.from_logits and kind == "own":
        what = f"{made} without `from_logits=True`: logits are taken for probabilities."
        yield Finding(severity="error", what=what, advice="Set `from_logits=True`, or end in softmax (`loss=fused`).")
    elif kind in ("clipped", "keras_logits_lost"):
        eps = path.level.get("eps", 1e-7)
        what = f"{made}: probabilities are clipped at {eps:g} before the logarithm."
        advice = (
            f"If the probability of a sample's true class falls below that, its gradient is exactly zero, at a loss of "
            f"{-math.log(eps):.1f}: training learns nothing more from this sample (`loss=fused` helps)."
        )
        yield Finding(severity="warning", what=what, advice=advice)
    elif kind == "own":
        what = f"{made}: no formulation of the factor `loss` computes the same."
        yield Finding(severity="note", what=what, advice="It is trained as you compiled it; `loss=fused` is a remedy.")
    elif kind == "keras":
        what = f"{made}: Keras uses the logits before the softmax, so the loss is the fused one already."
        yield Finding(severity="note", what=what, advice="The clipped loss of old Keras is not your problem.")
    if not softmax and path.tail and not ("binary" in path.name and path.tail[-1] == "sigmoid"):
        what = f"{made}: {path.tail[-1]} distorts or cuts the values that the loss compares."
        yield Finding(severity="warning", what=what, advice="End in softmax, or use `from_logits=True`.")


def against(compiled: Compiled, task: Task) -> list[Finding]:
    """Find problems of the model with these data: the form of the labels, and the loss before training.

    Args:
        compiled: the model.
        task: the data; `fits` has accepted them.
    """
    findings = [
        Finding(
            severity="note",
            what=f"The loss takes {'class numbers' if compiled.path.sparse else 'one-hot rows'}, and is given them.",
            advice="With the other form of labels, Keras raises an error or compares the wrong values.",
        )
    ]
    start, chance = start_loss(compiled, task), math.log(task.classes)
    if not math.isfinite(start):
        what = f"The loss of the untrained model is {start}."
        advice = "Check the scale of the inputs and the initial weights."
        findings.append(Finding(severity="warning", what=what, advice=advice))
    elif start > 1.5 * chance:
        what = f"The loss of the untrained model is {start:.3g}; equal probabilities give ln N = {chance:.3g}."
        advice = "So its first predictions are confident and wrong. Smaller inputs or initial weights may help."
        findings.append(Finding(severity="warning", what=what, advice=advice))
    return findings


def fits(compiled: Compiled, task: Task) -> None:
    """Check that the model takes the task's rows and has one output per class.

    Args:
        compiled: the model.
        task: the data.

    Raises:
        ConfigError: the input has another shape, or the number of outputs is not the number of classes.
    """
    shape, features = compiled.model.input_shape[1:], task.inputs.shape[1]
    if math.prod(shape) != features:
        raise ConfigError(
            f"The input of the model that `{compiled.builder}` builds must have as many numbers as a row of the task: "
            f"{features}. Received the shape {tuple(shape)}: {math.prod(shape)}."
        )
    outputs = compiled.model.output_shape[1:]
    if outputs != (task.classes,):
        raise ConfigError(
            f"The model that `{compiled.builder}` builds must have one output per class: {task.classes}. "
            f"Received the shape {tuple(outputs)}."
        )


def start_loss(compiled: Compiled, task: Task) -> float:
    """Return the compiled loss of the untrained model on the validation rows, with the inputs as they are.

    Args:
        compiled: the model.
        task: the data.
    """
    rows = task.inputs[task.probe_rows].astype(np.float32).reshape(-1, *compiled.model.input_shape[1:])
    labels = task.labels[task.probe_rows]
    truth = labels[:, None] if compiled.path.sparse else np.eye(task.classes, dtype=np.float32)[labels]
    value = keras.losses.get(compiled.model.loss)(truth, compiled.model(rows, training=False))
    return float(np.mean(np.asarray(value)))

"""A user's builder and what it compiles, read once: the template, the levels of every factor, and what is wrong."""

from __future__ import annotations

import functools
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
from ablate.remedies import _loss_path, checked, optimizer
from ablate.tasks import Finding, Task

KINDS = {name.lower(): name for name in optimizer.KINDS}
IGNORED = ("use_ema", "gradient_accumulation_steps", "loss_scale_factor")
"""Settings of a Keras optimizer that are left out here."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A user's model as compiled.

    Attributes:
        builder: the dotted path of the function that made it.
        template: what the factor `model` keeps of it.
        levels: parameters by factor: the baseline that the model is.
        path: its way from logits to loss.
        findings: what a user should know about it, whatever the data.
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
    """The model that a builder makes with these arguments (canonical JSON).

    Raises:
        ConfigError: no such builder, one that raises, or a model that cannot be trained here, with the reason.
    """
    given = json.loads(arguments)
    model = built(builder, given)
    try:
        drawn = graph.of(model)
        path = loss_path.read(model, drawn, {"builder": builder, "arguments": given})
        found = template.read(drawn)
        levels, notes = _optimizer(model.optimizer)
    except ConfigError as error:
        raise ConfigError(f"The model that `{builder}` builds cannot be tried. {error}") from error
    registered = any(not str(node.layer["module"]).startswith("keras") for node in drawn.nodes if node.layer)
    return Compiled(
        builder=builder,
        template={**found.template, "registered": True} if registered else found.template,
        levels={**found.levels, **levels, "loss": path.level, "input_scale": {"kind": "as_is"}},
        path=path,
        findings=(*_heads(path), *notes),
        model=model,
    )


def compiled(params: Json) -> Compiled:
    """Read the model of these parameters of a level of `model`.

    Raises:
        ConfigError: a builder that is missing or raises, or a model that cannot be read.
    """
    return read(params["builder"], canonical(params.get("arguments", {})))


def built(builder: str, arguments: dict[str, Json]) -> Any:
    """The Keras model a builder returns.

    Raises:
        ConfigError: it is not there, takes no such argument, raises, or returns something else.
    """
    import inspect

    function = _loss_path.named(builder)
    takes = inspect.signature(function).parameters
    for name in arguments:
        if name not in takes and not any(each.kind is each.VAR_KEYWORD for each in takes.values()):
            raise ConfigError(unknown(f"argument of `{builder}`", name, takes or ["(none)"]))
    try:
        model = function(**arguments)
    except Exception as error:
        raise ConfigError(f"`{builder}` must build a model. It raises {type(error).__name__}: {error}") from error
    if not isinstance(model, keras.Model):
        raise ConfigError(f"`{builder}` must return a compiled Keras model. It returns a {type(model).__name__}.")
    return model


def _optimizer(own: Any) -> tuple[dict[str, Json], list[Finding]]:
    """Levels of optimizer, learning rate, clipping and schedule; and what of the optimizer is left out.

    Raises:
        ConfigError: an optimizer that is none of ours.
    """
    kind, config = type(own).__name__.lower(), own.get_config()
    if kind == "adam" and config.get("weight_decay"):
        kind = "adamw"
    if kind not in KINDS:
        raise ConfigError(unknown("optimizer", type(own).__name__, KINDS))
    table = optimizer.KINDS[kind]
    params = {name: _short(config[name]) for name in table if config.get(name) is not None}
    notes = [f"`{name}`" for name in IGNORED if config.get(name)]
    if kind not in ("adamw",) and config.get("weight_decay"):
        notes.append("`weight_decay`")
    rate = config["learning_rate"]
    if isinstance(rate, dict):
        notes.append(f"the schedule {rate['class_name']} (the rate stays where it begins)")
        rate = rate["config"].get("initial_learning_rate", 0.001)
    bounds = (("norm", "clipnorm"), ("global_norm", "global_clipnorm"), ("value", "clipvalue"))
    clipping = next(
        ({"kind": kind, "value": config[name]} for kind, name in bounds if config.get(name)), {"kind": "none"}
    )
    what = f"The optimizer is tried without {', '.join(notes)}."
    levels = {
        "optimizer": checked("optimizer", {"kind": kind, **params}),
        "learning_rate": checked("learning_rate", _short(rate)),
        "clipping": checked("clipping", clipping),
        "schedule": {"kind": "constant"},
    }
    return levels, [Finding(severity="warning", what=what, advice="No factor here has these.")] if notes else []


def _short(value: Json) -> Json:
    """A number as the user wrote it: Keras keeps float32."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def _heads(path: LossPath) -> Iterator[Finding]:
    """What head and loss say about each other."""
    head, kind = " + ".join(path.tail) or "no activation", path.level["kind"]
    softmax = "softmax" in path.tail
    made = f"The model ends in {head}; the loss is `{path.name}`"
    if softmax and path.from_logits:
        what = f"{made} with `from_logits=True`: softmax would be taken twice."
        if kind == "double_softmax":
            advice = "It is: gradients are tiny from the start. Drop the softmax or `from_logits=True` (`loss=fused`)."
            yield Finding(severity="error", what=what, advice=advice)
        else:
            advice = (
                "Keras notices, warns, and uses the logits: it is not what keeps you stuck, but drop one of the two."
            )
            yield Finding(severity="warning", what=what, advice=advice)
    elif "crossentropy" in path.name and not path.tail and not path.from_logits and kind == "own":
        what = f"{made} without `from_logits=True`: logits are taken for probabilities."
        yield Finding(severity="error", what=what, advice="Say `from_logits=True`, or end in softmax (`loss=fused`).")
    elif kind in ("clipped", "keras_logits_lost"):
        eps = path.level.get("eps", 1e-7)
        what = f"{made}: probabilities are clipped at {eps:g} before the logarithm."
        advice = (
            f"Where the true class falls below it the gradient is exactly zero, at a loss of {-math.log(eps):.1f}: "
            "such a sample can never be learned again (`loss=fused`)."
        )
        yield Finding(severity="warning", what=what, advice=advice)
    elif kind == "own":
        what = f"{made}: none of the formulations known here."
        yield Finding(
            severity="note", what=what, advice="It is trained as it stands; `loss=fused` is one of the remedies."
        )
    elif kind == "keras":
        what = f"{made}: Keras takes the logits behind the softmax, so the loss is the fused one already."
        yield Finding(severity="note", what=what, advice="The clipped loss of old Keras is not your problem.")
    if not softmax and path.tail and not ("binary" in path.name and path.tail[-1] == "sigmoid"):
        what = f"{made}: {path.tail[-1]} bends or cuts what the loss compares."
        yield Finding(severity="warning", what=what, advice="End in softmax, or in nothing with `from_logits=True`.")


def against(own: Compiled, task: Task) -> list[Finding]:
    """What the model and the data say about each other: classes, labels, shape, and the loss before training.

    The severest findings are those after which no trial can be trained: `fits` raises them.
    """
    found = [
        Finding(
            severity="note",
            what=f"The loss takes {'class numbers' if own.path.sparse else 'one-hot rows'}; it is given them.",
            advice="With labels of the other form Keras raises, or compares the wrong things.",
        )
    ]
    start, nothing = start_loss(own, task), math.log(task.classes)
    if not math.isfinite(start):
        what = f"The loss of the untrained model is {start}."
        found.append(
            Finding(severity="warning", what=what, advice="Look at the input's scale and the initial weights.")
        )
    elif start > 1.5 * nothing:
        what = f"The loss of the untrained model is {start:.3g}; knowing nothing is ln N = {nothing:.3g}."
        advice = "It starts out sure and wrong: scale the inputs or the initial weights down."
        found.append(Finding(severity="warning", what=what, advice=advice))
    return found


def fits(own: Compiled, task: Task) -> None:
    """Whether the model can take the task's rows and tell its classes apart.

    Raises:
        ConfigError: another shape, or another number of outputs than classes.
    """
    shape, features = own.model.input_shape[1:], task.inputs.shape[1]
    if math.prod(shape) != features:
        raise ConfigError(
            f"The input of the model that `{own.builder}` builds must have as many numbers as a row of the task: "
            f"{features}. Received the shape {tuple(shape)}: {math.prod(shape)}."
        )
    outputs = own.model.output_shape[1:]
    if outputs != (task.classes,):
        raise ConfigError(
            f"The model that `{own.builder}` builds must have one output a class: {task.classes}. Its output has the "
            f"shape {tuple(outputs)}."
        )


def start_loss(own: Compiled, task: Task) -> float:
    """The compiled loss of the model as built on the probe, inputs as they are."""
    rows = task.inputs[task.probe_rows].astype(np.float32).reshape(-1, *own.model.input_shape[1:])
    labels = task.labels[task.probe_rows]
    truth = labels[:, None] if own.path.sparse else np.eye(task.classes, dtype=np.float32)[labels]
    value = keras.losses.get(own.model.loss)(truth, own.model(rows, training=False))
    return float(np.mean(np.asarray(value)))

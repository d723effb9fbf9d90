"""Read what a user's model says about itself: its layers where Keras can take it apart, and how it was compiled."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError, one_line
from ablate.engine.as_is import source
from ablate.engine.as_is.program import Program, build, load
from ablate.engine.as_is.records import Facts, Layer
from ablate.engine.as_is.source import NoSourceError
from ablate.engine.runtime import keras


def read(path: str) -> Facts:
    """Build a program's model and read it; an error of the user's code becomes `Facts.error`.

    Args:
        path: the file that `program.save` wrote.
    """
    program = load(path)
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _of_model(build(program), program)
        except ConfigError as error:
            return Facts(misuse=str(error))
        except Exception as error:  # noqa: BLE001 - it is the user's own code, or a model that cannot predict at all
            return Facts(error=one_line(error))


def _of_model(model: Any, program: Program) -> Facts:
    predicted = model(_first(program.rows.x, 32), training=False)
    several = isinstance(predicted, list | tuple | dict)
    numbers = np.zeros((1, 1)) if several else np.asarray(predicted, np.float64)
    graph = _is_graph(model)
    kept = model._compile_config.config
    loss = kept["loss"]
    optimizer = _inner(model.optimizer)
    config = optimizer.get_config()
    schedule = config["learning_rate"]["class_name"] if isinstance(config.get("learning_rate"), dict) else ""
    return Facts(
        graph=graph,
        layers=tuple(_layer(index, layer) for index, layer in enumerate(model.layers)) if graph else (),
        outputs=tuple(numbers.shape[1:]),
        several=several,
        low=float(np.nanmin(numbers)) if np.isfinite(numbers).any() else 0.0,
        high=float(np.nanmax(numbers)) if np.isfinite(numbers).any() else 0.0,
        optimizer=type(optimizer).__name__,
        optimizer_text=_text(optimizer),
        optimizer_arguments=_arguments(type(optimizer), config),
        rate=float(np.asarray(optimizer.learning_rate)),
        schedule=schedule,
        loss=_name(loss),
        loss_text=_text(loss),
        from_logits=bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", getattr(loss, "from_logits", False))),
        metrics_text=_text(kept["metrics"]) if kept["metrics"] is not None else "None",
        compiled={
            name: text
            for name, plain in (
                ("loss_weights", None),
                ("weighted_metrics", None),
                ("run_eagerly", False),
                ("steps_per_execution", 1),
            )
            if kept.get(name, plain) != plain and (text := _text(kept[name]))
        },
        policy=_policy(model),
        own_step=type(model).train_step is not keras.Model.train_step,
        weights=int(sum(np.prod(weight.shape) for weight in model.trainable_weights)),
        backend=program.backend,
    )


def _first(rows: Any, count: int) -> Any:
    return keras.tree.map_structure(lambda array: keras.ops.convert_to_tensor(array[:count]), rows)


def _inner(optimizer: Any) -> Any:
    """Return the optimizer itself: mixed precision wraps it in one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _is_graph(model: Any) -> bool:
    functional = keras.src.models.functional.Functional
    if not isinstance(model, keras.Sequential | functional):
        return False
    try:
        model.compiled = False  # else the clone is compiled too, which fails for a loss of the user's own
        keras.models.clone_model(model, clone_function=lambda layer: type(layer).from_config(layer.get_config()))
    except Exception:  # noqa: BLE001 - a layer without a config of its own
        return False
    finally:
        model.compiled = True
    return True


def _layer(index: int, layer: Any) -> Layer:
    config = layer.get_config()
    weights = [np.asarray(weight) for weight in layer.weights]
    try:
        path = source.path_of(type(layer))
        arguments = source.arguments_of(type(layer), config)
    except NoSourceError:
        path, arguments = "", {}
    activation = config.get("activation") or ""
    if isinstance(activation, dict):
        activation = str(
            activation.get("config") if activation.get("class_name") == "function" else activation["class_name"]
        )
    if type(layer).__name__ in ("Softmax", "ReLU", "LeakyReLU", "ELU", "PReLU"):
        activation = type(layer).__name__.lower()
    return Layer(
        index=index,
        kind=type(layer).__name__,
        path=path,
        arguments=arguments,
        activation=activation,
        trainable=bool(layer.trainable),
        weights=int(sum(weight.size for weight in weights)),
        zero=bool(weights) and all(not weight.any() for weight in weights),
        shape=_shape(layer),
        regularized=any(config.get(name) for name in config if name.endswith("_regularizer")),
    )


def _shape(layer: Any) -> tuple[int | None, ...]:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # a layer that is not built yet, or is used twice
        return ()
    return tuple(shape[1:])


def _name(loss: Any) -> str:
    name = (
        loss if isinstance(loss, str) else getattr(loss, "name", "") or getattr(loss, "__name__", type(loss).__name__)
    )
    short = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "bce": "binary_crossentropy"}
    return short.get(str(name).lower(), str(name))


def _text(thing: Any) -> str:
    try:
        return source.text_of(thing)
    except NoSourceError:
        return ""


def _arguments(kind: type, config: dict[str, Any]) -> Mapping[str, str]:
    try:
        return source.arguments_of(kind, config)
    except NoSourceError:
        return {}


def _policy(model: Any) -> str:
    policies = {layer.dtype_policy.name for layer in model._flatten_layers() if layer.weights}
    policies = {name for name in policies if "float" in name} - {"float32"}
    return sorted(policies)[0] if policies else "float32"

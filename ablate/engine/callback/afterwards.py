"""Look at a model after its training, with the rows and the figures that are kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ablate.core.errors import ConfigError, one_line
from ablate.engine.any_backend import keras
from ablate.engine.callback import inspecting
from ablate.engine.callback.call_of_fit import Call
from ablate.engine.callback.records import Course
from ablate.engine.callback.session import Session
from ablate.engine.inspection.records import Inspection

LOST = (
    "the weights before the first step, so that nothing is said of how training began",
    "the size of updates, and the step at which something began",
)
"""What cannot be known of a training that is over."""


def loaded(path: Path) -> Any:
    """Load a model that `model.save` wrote; no code of its own is run.

    Raises:
        ConfigError: it is of another format, cannot be loaded, or is not compiled.
    """
    if path.suffix != ".keras":  # Keras' safe mode does not cover its older formats
        raise ConfigError(f"A model must be a `.keras` file, as `model.save` writes it. Received {str(path)!r}.")
    try:
        model = keras.saving.load_model(path, safe_mode=True)
    except Exception as error:
        raise ConfigError(f"{str(path)!r} must be a model that `model.save` wrote. {one_line(error)}") from error
    if not model.compiled:
        raise ConfigError(f"{str(path)!r} holds a model without a loss: compile it before `model.save`.")
    return model


def seen(
    model: Any, rows: tuple[Any, Any], validation: tuple[Any, Any] | None, history: Sequence[Mapping[str, float]]
) -> tuple[Course, Inspection | None]:
    """Return what can be seen of a training that is over.

    Args:
        model: the trained, compiled model.
        rows: inputs and labels that it was trained on.
        validation: inputs and labels that it was validated on; None without.
        history: the figures of each epoch; empty if they are not kept.
    """
    call = Call(x=rows[0], y=rows[1], validation=validation, arguments={"epochs": max(1, len(history))})
    assert call.y is not None  # noqa: S101 - told to mypy
    per_epoch = -(-len(call.y) // 32)
    session = Session(model, call, None, {"steps": per_epoch, "epochs": max(1, len(history))})
    if not model.built:
        model(session.rows.few(session.few)[0], training=False)  # type: ignore[union-attr]
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    session.hidden += LOST
    for number, logs in enumerate(history):
        session.reported(per_epoch * (number + 1), number, logs)
        session.losses.append((per_epoch * (number + 1), float(logs.get("loss", float("nan")))))
    session.losses = [(step, loss) for step, loss in session.losses if loss == loss]
    session.step, session.ended = per_epoch * max(1, len(history)), True
    session.look(session.step, len(history))
    return session.course(), inspecting.during(session)

"""Read with which rows and arguments `fit` was called.

Keras tells a callback only the numbers of epochs and steps. The rest stands in the local variables of `fit`, which
calls the callback. They are read, and never written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

NAMES = (
    "batch_size",
    "epochs",
    "shuffle",
    "class_weight",
    "initial_epoch",
    "steps_per_epoch",
    "validation_steps",
    "validation_split",
    "validation_freq",
)
"""Arguments of `fit` that are read beside rows and callbacks."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """How `fit` was called.

    Attributes:
        x, y: what it trains on, without the rows that it splits off.
        weights: sample weights; None without.
        validation: what it validates on; None without.
        callbacks: the callbacks, in order.
        arguments: further arguments by name, those that are not None.
    """

    x: Any = None
    y: Any = None
    weights: Any = None
    validation: Any = None
    callbacks: tuple[Any, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


def read(model: Any) -> Call | None:
    """Return how the `fit` of this model was called that is running now; None if there is none below this frame."""
    return next((_call(known) for known in _running() if known.get("self") is model), None)


def depth(callback: Any) -> int:
    """Return how many `fit`s are running, one inside the other, that a callback was passed to."""
    heard = [getattr(known.get("callbacks"), "callbacks", ()) for known in _running()]
    return sum(any(one is callback for one in callbacks) for callbacks in heard)


def _running() -> Iterator[Mapping[str, Any]]:
    """Yield the local variables of each `fit` of Keras that is running, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "fit" and "epoch_iterator" in frame.f_code.co_varnames:
            yield dict(frame.f_locals)
        frame = frame.f_back


def _call(known: Mapping[str, Any]) -> Call:
    callbacks = known.get("callbacks")
    return Call(
        x=known.get("x"),
        y=known.get("y"),
        weights=known.get("sample_weight"),
        validation=known.get("validation_data"),
        callbacks=tuple(getattr(callbacks, "callbacks", callbacks) or ()),
        arguments={name: known[name] for name in NAMES if known.get(name) is not None},
    )

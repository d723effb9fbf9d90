"""How each kind of Keras layer trains for many slots at once: one module a group of kinds.

A kind that is not here trains alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ablate.core.study import Json
from ablate.engine.layers import plain, recurrent, windows, wrapped
from ablate.engine.layers._kind import Kind, Shape

KINDS: Mapping[str, Kind] = {**plain.KINDS, **windows.KINDS, **recurrent.KINDS, **wrapped.KINDS}


def why_alone(kind: str, config: Mapping[str, Json], before: Shape, after: Shape) -> str:
    """Return why a layer cannot train side by side with those of other slots; empty if it can.

    Args:
        kind: the layer's class.
        config: its config.
        before: shape of its input, without the batch.
        after: shape of its output, without the batch.

    Examples:
        >>> why_alone("LSTM", {"units": 8, "stateful": True}, (20, 4), (8,))
        'LSTM: its states outlive a batch'
        >>> why_alone("ConvLSTM2D", {}, (20, 8, 8, 1), (8, 8, 4))
        'ConvLSTM2D: it has no form for many slots'
    """
    if kind not in KINDS:
        return f"{kind}: it has no form for many slots"
    if reason := KINDS[kind].refusal(kind, config):
        return f"{kind}: {reason}"
    numbers = held(kind, config, before, after)
    if numbers > windows.LARGEST:
        return f"{kind}: it holds {numbers} numbers of each row; at most {windows.LARGEST} are held for every slot"
    return ""


def held(kind: str, config: Mapping[str, Json], before: Shape, after: Shape) -> int:
    """Return how many numbers a layer's form holds for one row.

    Args:
        kind: the layer's class.
        config: its config.
        before: shape of its input, without the batch.
        after: shape of its output, without the batch.
    """
    return KINDS[kind].held(kind, config, before, after)


def install(layer: Any) -> None:
    """Make a Keras layer that can train side by side compute by its form."""
    install = KINDS[type(layer).__name__].install if type(layer).__name__ in KINDS else None
    if install is not None:
        install(layer)

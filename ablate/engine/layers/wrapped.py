"""Layers around another layer: they train side by side if the inner layer does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ablate.core.study import Json
from ablate.engine.layers import plain, windows
from ablate.engine.layers._kind import Kind

INNER = {**plain.KINDS, **windows.KINDS}


def _refusal(_: str, config: Mapping[str, Json]) -> str:
    """Return why a layer trains alone; empty if it can be stacked."""
    inner = config["layer"]["class_name"]
    if inner not in INNER:
        return f"the {inner} inside it has no form for many slots"
    return INNER[inner].refusal(inner, config["layer"]["config"])


def install(layer: Any) -> None:
    """Make the inner layer compute by its form."""
    change = INNER[type(layer.layer).__name__].install
    if change is not None:
        change(layer.layer)


KINDS = {name: Kind(refusal=_refusal, install=install) for name in ("SpectralNormalization", "TimeDistributed")}

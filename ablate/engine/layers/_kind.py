"""What the package knows of one kind of layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ablate.core.study import Json

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of Keras layer trains for many slots at once.

    Attributes:
        refusal: (class, config) -> why such a layer trains alone; empty if it can be stacked.
        held: (class, config, shape of the input, shape of the output) -> numbers that it keeps for one row.
        install: makes a Keras layer compute by our form; None if `tf.vectorized_map` knows all of its operations.
    """

    refusal: Callable[[str, Mapping[str, Json]], str] = lambda _kind, _config: ""
    held: Callable[[str, Mapping[str, Json], Shape, Shape], int] = lambda _kind, _config, _before, _after: 0
    install: Callable[[Any], None] | None = None

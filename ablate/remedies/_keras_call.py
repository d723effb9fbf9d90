"""Calls of Keras that are declared once: as objects for the reference engine, and as source text for users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.study import Json
from ablate.remedies._lazy import keras


@dataclass(frozen=True)
class Call:
    """A call of a Keras class.

    Attributes:
        path: the class below `keras`: `layers.LeakyReLU`.
        arguments: argument of the class -> parameter of the level that gives its value.

    Examples:
        >>> Call("layers.LeakyReLU", {"negative_slope": "slope"}).text({"kind": "leaky_relu", "slope": 0.2})
        'keras.layers.LeakyReLU(negative_slope=0.2)'
    """

    path: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    def make(self, params: Json) -> Any:
        """Make the Keras object with these parameters."""
        module, name = self.path.rsplit(".", 1)
        values = {argument: params[parameter] for argument, parameter in self.arguments.items()}
        return getattr(getattr(keras, module), name)(**values)

    def text(self, params: Json) -> str:
        """Write the call with these parameters."""
        words = (f"{argument}={params[parameter]:g}" for argument, parameter in self.arguments.items())
        return f"keras.{self.path}({', '.join(words)})"

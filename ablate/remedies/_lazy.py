"""Keras, TensorFlow, NumPy and SciPy as modules that are imported on first use, so that `import ablate` is light."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["keras", "np", "special", "tf"]


class _Module:
    """A module that is imported when an attribute of it is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import numpy as np
else:
    np = _Module("numpy")

keras: Any = _Module("keras")
special: Any = _Module("scipy.special")
tf: Any = _Module("tensorflow")

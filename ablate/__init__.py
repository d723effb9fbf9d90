"""Which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.

Importing this package loads nothing heavy; every public name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = {"load": "ablate.results", "compose": "ablate.configure", "Study": "ablate.study"}

__all__ = ["Study", "compose", "load"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'ablate' has no attribute {name!r}")

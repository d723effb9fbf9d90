"""Find which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.

Importing this package loads nothing heavy: every public name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablate.api import search as search
    from ablate.api import sweep as sweep
    from ablate.api import try_ as try_
    from ablate.configure import compose as compose
    from ablate.core.study import Study as Study
    from ablate.results.study_results import load as load

_MODULE_OF = {
    "Study": "ablate.core.study",
    "compose": "ablate.configure",
    "load": "ablate.results.study_results",
    "search": "ablate.api",
    "sweep": "ablate.api",
    "try_": "ablate.api",
}
"""The module that defines each public name."""

__all__ = ["Study", "compose", "load", "search", "sweep", "try_"]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        import importlib

        return getattr(importlib.import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'ablate' has no attribute {name!r}")

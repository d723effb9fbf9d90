"""Find which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.

Importing this package loads nothing heavy: each public name is loaded when it is first used.
"""

from __future__ import annotations

import importlib as _importlib
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from ablate import plots as plots
    from ablate.api import compare as compare
    from ablate.api import export as export
    from ablate.api import generalize as generalize
    from ablate.api import load as load
    from ablate.api import luck as luck
    from ablate.api import plan as plan
    from ablate.api import rates as rates
    from ablate.api import search as search
    from ablate.api import sweep as sweep
    from ablate.api import try_ as try_
    from ablate.api import try_model as try_model
    from ablate.configure import compose as compose
    from ablate.core.study import Study as Study
    from ablate.engine.many.fit import fit_many as fit_many
    from ablate.watching.watch import Watch as Watch

    __version__: str

_MODULE_OF = {
    "Study": "ablate.core.study",
    "Watch": "ablate.watching.watch",
    "compare": "ablate.api",
    "compose": "ablate.configure",
    "fit_many": "ablate.engine.many.fit",
    "export": "ablate.api",
    "generalize": "ablate.api",
    "load": "ablate.api",
    "luck": "ablate.api",
    "plan": "ablate.api",
    "rates": "ablate.api",
    "search": "ablate.api",
    "sweep": "ablate.api",
    "try_": "ablate.api",
    "try_model": "ablate.api",
}
"""The module that defines each public name."""

__all__ = [  # noqa: RUF022 - the names first, then what is not a function
    "Study",
    "Watch",
    "compare",
    "compose",
    "export",
    "fit_many",
    "generalize",
    "load",
    "luck",
    "plan",
    "plots",
    "rates",
    "search",
    "sweep",
    "try_",
    "try_model",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name in _MODULE_OF:
        return getattr(_importlib.import_module(_MODULE_OF[name]), name)
    if name == "plots":
        return _importlib.import_module("ablate.plots")
    if name == "__version__":
        from importlib import metadata

        return metadata.version("ablate-plateau")
    raise AttributeError(f"module 'ablate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.

Importing this package loads nothing heavy; every public name is loaded when it is first used. `ablate.sweep` and
`ablate.search` are modules that can be called: `ablate.sweep(loss=["clipped", "fused"], seed=range(20))`.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablate.api import search as search
    from ablate.api import sweep as sweep
    from ablate.api import try_ as try_
    from ablate.configure import compose as compose
    from ablate.results import load as load
    from ablate.study import Study as Study

_PUBLIC = {"load": "ablate.results", "compose": "ablate.configure", "Study": "ablate.study", "try_": "ablate.api"}
_CALLED = ("search", "sweep")
"""Modules of this package that are functions, too: those of the same name in `ablate.api`."""

__all__ = ["Study", "compose", "load", "search", "sweep", "try_"]


class _Called(ModuleType):
    """A module that can be called."""

    def __call__(self, *arguments: Any, **words: Any) -> Any:
        """What the function of the module's name in `ablate.api` returns."""
        return getattr(importlib.import_module("ablate.api"), self.__name__.rpartition(".")[2])(*arguments, **words)


class _Package(ModuleType):
    """This package: the import system sets its modules as attributes, and some of them can be called."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CALLED and isinstance(value, ModuleType):
            value.__class__ = _Called
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name in _CALLED:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'ablate' has no attribute {name!r}")

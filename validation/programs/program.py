"""Hold what a program is: a function that builds model and data, and the truth about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """What a user would write: a compiled model, and the arguments of its `fit`."""

    model: Any
    x: Any
    y: Any
    fit: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program and its truth.

    Attributes:
        id: its name.
        kind: kind of its cause (`ablate.stats.cause_list.KINDS`), `healthy` or `looks_ill`.
        state: `healthy`, `stuck`, `diverged`, `failed` (`fit` raises an error), or `slow`.
        cause: one of `ablate.stats.cause_list.ALL`; empty for healthy programs.
        make: builds it; with `fixed=True` the repaired program.
        repaired: whether there is a repair.
        source: address of the report that it was rebuilt from; empty for a planted fault.
        part: which rules may have been set by it: `seen` and `left_out` are halves of the first programs; the later
            ones are named by when they were written, `fresh`, `fresh_2`, `fresh_3`, `fresh_4` and `fresh_5`.
    """

    id: str
    kind: str
    state: str
    cause: str
    make: Callable[..., Case]
    repaired: bool
    part: str
    source: str = ""


def half(kind: str, name: str) -> str:
    """Return `seen` if rules may be set by a program of this name, otherwise `left_out`.

    Args:
        kind: its kind.
        name: its name.
    """
    return "seen" if hashlib.sha256(f"{kind}/{name}".encode()).digest()[0] % 2 else "left_out"


EVERY: list[Program] = []
"""All programs, in the order in which their modules are read."""

Maker = Callable[..., Case]


def ill(
    cause: str, state: str = "stuck", source: str = "", *, repaired: bool = True, part: str = ""
) -> Callable[[Maker], Maker]:
    """Register a program with a fault; its function takes `fixed` if there is a repair.

    Args:
        cause: the cause.
        state: how its `fit` ends.
        source: address of the report that it was rebuilt from.
        repaired: whether there is a repair.
        part: as in `Program`; one of the halves if empty.
    """
    from ablate.stats.cause_list import ALL

    def register(make: Maker) -> Maker:
        kind, name = ALL[cause].kind, make.__name__
        EVERY.append(
            Program(id=name, kind=kind, state=state, cause=cause, make=make, repaired=repaired,
                    part=part or half(kind, name), source=source)
        )  # fmt: skip
        return make

    return register


def well(kind: str = "healthy", source: str = "", *, part: str = "") -> Callable[[Maker], Maker]:
    """Register a program without a fault; its function takes nothing.

    Args:
        kind: `healthy`, or `looks_ill` if it has a sign of a fault.
        source: as for `ill`.
        part: as in `Program`; one of the halves if empty.
    """

    def register(make: Maker) -> Maker:
        name = make.__name__
        EVERY.append(
            Program(id=name, kind=kind, state="healthy", cause="", make=make, repaired=False,
                    part=part or half(kind, name), source=source)
        )  # fmt: skip
        return make

    return register


def case(model: Any, data: tuple[Any, np.ndarray], epochs: int = 12, batch: int = 32, **fit: Any) -> Case:
    """Return a program whose last quarter of rows is validated on, unless `fit` has a `validation_split`.

    Args:
        model: the compiled model.
        data: inputs and labels.
        epochs: epochs.
        batch: rows of a batch.
        fit: further arguments of `fit`.
    """
    x, y = data
    fit = {"batch_size": batch, "epochs": epochs, **fit}
    if "validation_split" in fit:
        return Case(model, x, y, fit)
    cut = len(y) * 3 // 4
    parts = x if isinstance(x, list) else [x]
    first, rest = [part[:cut] for part in parts], [part[cut:] for part in parts]
    single = not isinstance(x, list)
    fit["validation_data"] = (rest[0] if single else rest, y[cut:])
    return Case(model, first[0] if single else first, y[:cut], fit)

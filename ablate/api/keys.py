"""Give the factors and keys of a study as keywords of Python: names, types, and signatures that show them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

if TYPE_CHECKING:
    import numpy as np

    from ablate.core.filesystem import Address

    Level = bool | int | float | str | Mapping[str, Any] | np.generic
    Levels = Level | Iterable[Level]
    Builder = str | Callable[..., Any] | Mapping[str, Any]
    Path = str | os.PathLike[str] | Address

_F = TypeVar("_F", bound=Callable[..., Any])


class Keys(TypedDict, total=False):
    """Hold the factors and keys of a study, by the names that the configs give them.

    A test compares them with the registry of factors and the keys of the configs.
    """

    activation: Levels
    batch_size: Levels
    clipping: Levels
    constraint: Levels
    depth: Levels
    dropout: Levels
    fault: Levels
    initializer: Levels
    input_scale: Levels
    learning_rate: Levels
    loss: Levels
    model: Builder | Iterable[Builder]
    normalization: Levels
    optimizer: Levels
    regularizer: Levels
    schedule: Levels
    start: Levels
    task: Levels
    width: Levels
    path: Path
    label: str
    inputs: str
    labels: str
    validation: Path | tuple[Any, Any]
    leave_out: str | list[str]
    data: tuple[Any, Any]
    seed: Levels
    seeds: str | Mapping[str, Any]
    steps: int
    looks: int
    engine: str
    design: Levels
    experiment: str
    factors: Mapping[str, Levels]
    baseline: Mapping[str, Level]
    contrasts: list[Mapping[str, Any]]
    search: str | Mapping[str, Any]
    study: str
    question: str
    results_dir: Path
    workers: int
    executor: str
    memory: int
    patience: int
    part: str
    fail_fast: bool
    retry_failed: bool


class _Default:
    """Stands in a signature for the value that the configs give a key."""

    def __repr__(self) -> str:
        return "..."


def with_signature(function: _F) -> _F:
    """Show the keys of a study in the function's signature, where notebooks look for them."""
    keys = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_Default(), annotation=annotation.__forward_arg__
        )
        for name, annotation in Keys.__annotations__.items()
    ]
    signature = inspect.signature(function)
    parameters = [
        parameter for parameter in signature.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD
    ]
    setattr(function, "__signature__", signature.replace(parameters=[*parameters, *keys]))  # noqa: B010 - typed
    return function

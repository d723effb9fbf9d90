"""The workers of a sweep, wherever they are: in processes of this machine, on a Ray cluster, or in jobs of Slurm.

The parent plans and records; it hands out stacks, hears what became of each, and hands lost ones out again.
"""

from __future__ import annotations

import importlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ablate.core.errors import AblateError, ConfigError, unknown
from ablate.executors import EXECUTORS, Done, worker

if TYPE_CHECKING:
    from ablate.core.filesystem import Place
    from ablate.core.study import Execution
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


class Drain(Protocol):
    """(queue, train, on_wait) -> what became of each stack, as it comes; the queue may grow meanwhile."""

    def __call__(
        self, stacks: deque[Stack], train: Callable[[Stack], list[Curves]], *, on_wait: Callable[[], None] = ...
    ) -> Generator[Done]:
        """Trains them."""
        ...


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Workers that take stacks.

    Attributes:
        width: how many stacks they train at once, as far as is known now.
        call: (function, *arguments, on_wait) -> its value in a worker, or its exception.
        drain: trains a queue of stacks.
    """

    width: Callable[[], int]
    call: Callable[..., Any]
    drain: Drain


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a sweep wants of its workers.

    Attributes:
        execution: how the study is to be run.
        workers: how many this machine would have; what a cluster has is its own matter.
        warm: a module that each worker imports before its first stack; none if empty.
        folder: the study's.
    """

    execution: Execution
    workers: int
    warm: str
    folder: Place


@contextmanager
def start(wanted: Wanted) -> Iterator[Pool]:
    """The workers of the study's executor; ended, with what they are at, when the block is left.

    Raises:
        ConfigError: there is no such executor, or what it needs is not installed.
        AblateError: its workers cannot start.
    """
    name = wanted.execution.executor
    if name not in EXECUTORS:
        raise ConfigError(unknown("executor", name, EXECUTORS))
    module = importlib.import_module(f"ablate.executors.{name}")
    own: AbstractContextManager[Pool] = module.pool(wanted)
    with own as found:
        yield found


def needs(package: str, executor: str) -> Any:
    """The package that an executor stands on.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(
            f"`executor={executor}` needs {package}: `pip install 'ablate-plateau[{executor}]'`. Received: {error}."
        ) from error


def answer(function: Callable[..., Any], args: tuple[Any, ...], warm: str = "") -> tuple[str, Any]:
    """What a remote worker does with a call: ("value", value) or ("error", exception or text), on one thread."""
    os.environ.update(worker.environment())
    try:
        if warm:
            importlib.import_module(warm)
        return "value", function(*args)
    except Exception as error:  # noqa: BLE001 - a stack's error is its result
        return "error", worker.worded(error)


def done(stack: Stack, kind: str, value: Any) -> Done:
    """What became of a stack, from a worker's answer: its curves, if they are those of its trials."""
    if kind != "value":
        return Done(stack=stack, error=str(value) or type(value).__name__)
    if [each.id for each in value] != [trial.id for trial in stack.trials]:
        return Done(stack=stack, error="training returned other trials than it was given")
    return Done(stack=stack, curves=tuple(value))


def opened(kind: str, value: Any) -> Any:
    """The value of a worker's answer, or its exception raised here."""
    if kind == "value":
        return value
    raise value if isinstance(value, AblateError) else AblateError(str(value))

"""Start a sweep's workers: processes of this machine, tasks on a Ray cluster, or jobs of Slurm.

The parent plans and records. It hands out stacks, receives what became of each, and hands lost stacks out again.
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
    """A function that trains a queue of stacks and yields what became of each; the queue may grow meanwhile."""

    def __call__(
        self, stacks: deque[Stack], train: Callable[[Stack], list[Curves]], *, on_wait: Callable[[], None] = ...
    ) -> Generator[Done]:
        """Train the stacks.

        Args:
            stacks: the queue; it is emptied.
            train: trains one stack, in a worker.
            on_wait: called at least every second while nothing happens.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Workers that train stacks.

    Attributes:
        width: returns how many stacks are trained at once now.
        call: calls a function with arguments in a worker; returns its value or raises its exception.
        drain: trains a queue of stacks.
    """

    width: Callable[[], int]
    call: Callable[..., Any]
    drain: Drain


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The workers that a sweep asks for.

    Attributes:
        execution: how the study is run.
        workers: how many workers to start on this machine; a cluster has its own number.
        warm: a module that each worker imports before its first stack; none if empty.
        folder: the study's folder.
    """

    execution: Execution
    workers: int
    warm: str
    folder: Place


@contextmanager
def start(wanted: Wanted) -> Iterator[Pool]:
    """Yield the workers of the study's executor; end them when the block is left, whatever they are doing.

    Raises:
        ConfigError: there is no such executor, or a package that it needs is not installed.
        AblateError: the workers cannot start.
    """
    name = wanted.execution.executor
    if name not in EXECUTORS:
        raise ConfigError(unknown("executor", name, EXECUTORS))
    module = importlib.import_module(f"ablate.executors.{name}")
    workers: AbstractContextManager[Pool] = module.pool(wanted)
    with workers as pool:
        yield pool


def needed_package(package: str, executor: str) -> Any:
    """Import a package that an executor needs.

    Args:
        package: its name.
        executor: the executor, which is also the name of the extra that installs the package.

    Raises:
        ConfigError: the package is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(
            f"`executor={executor}` needs the package {package}: run `pip install 'ablate-plateau[{executor}]'`. "
            f"Received: {error}."
        ) from error


def answer(function: Callable[..., Any], args: tuple[Any, ...], warm: str = "") -> tuple[str, Any]:
    """Call a function in a remote worker, on one thread; return ("value", value) or ("error", exception or text).

    Args:
        function: the function.
        args: its arguments.
        warm: a module to import first; none if empty.
    """
    os.environ.update(worker.environment())
    try:
        if warm:
            importlib.import_module(warm)
        return "value", function(*args)
    except Exception as error:  # noqa: BLE001 - a stack's error is its result
        return "error", worker.portable_error(error)


def done_of(stack: Stack, kind: str, value: Any) -> Done:
    """Return what became of a stack.

    Args:
        stack: the stack.
        kind: `value` or `error`, as `answer` returns it.
        value: the curves, or the error.
    """
    if kind != "value":
        return Done(stack=stack, error=str(value) or type(value).__name__)
    if [curves.id for curves in value] != [trial.id for trial in stack.trials]:
        return Done(stack=stack, error="training returned other trials than it was given")
    return Done(stack=stack, curves=tuple(value))


def call_twice(function: Callable[..., Any], attempt: Callable[[], tuple[str, Any] | str]) -> Any:
    """Call a function in a worker, a second time if the worker is lost; return its value or raise its exception.

    Args:
        function: the function, whose name the error says.
        attempt: calls it in a worker, and returns the worker's answer, or how the worker was lost.

    Raises:
        AblateError: the worker was lost twice, or the function raised.
    """
    for _ in range(2):
        result = attempt()
        if not isinstance(result, str):
            kind, value = result
            if kind == "value":
                return value
            raise value if isinstance(value, AblateError) else AblateError(str(value))
    name = getattr(function, "__name__", "the call")
    raise AblateError(f"A worker must survive `{name}`. It was lost twice: {result}.")

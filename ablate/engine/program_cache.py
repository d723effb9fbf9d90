"""Compiled functions whose first call does only what no process on this machine has done before.

A program is traced and exported to XLA's input language (`traced_program`), and XLA compiles that. Both are kept on
disk (`program_files`). What was traced is found by everything that decides it (`program_key`), without tracing; the
machine code is found by what was traced. So a program that any process has compiled before starts at once, and one
whose source has changed without effect is traced, but not compiled. All processes run what was exported, whether they
find it or make it, so a kept program has the bits of a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ablate.engine import program_files, program_key, stable_names, traced_program
from ablate.engine.runtime import tf
from ablate.engine.traced_program import Traced

TRACED = "traced.json"
Function = Callable[..., Any]


def cached(name: str, function: Function) -> Function:
    """Return a function compiled by XLA, whose first call uses what is kept of the program, and keeps what it makes.

    Args:
        name: the same in every process for the same program; it says all that the program's code does not say.
        function: can be traced. Arguments of other shapes or types make another program, as in TensorFlow.
    """
    ready: dict[str, Function] = {}

    def call(*arguments: Any) -> Any:
        shapes = str(tf.nest.map_structure(lambda tensor: f"{tensor.dtype}{list(tensor.shape)}", arguments))
        if shapes in ready:
            return ready[shapes](*arguments)
        result, ready[shapes] = _first_call(f"{name} {shapes}", function, arguments)
        return result

    return call


def _first_call(name: str, function: Function, arguments: tuple[Any, ...]) -> tuple[Any, Function]:
    """Call the program; return its result, and the function to call from now on."""
    # TensorFlow's function is dropped after this call: what was traced holds a third of a program's memory.
    compiled = tf.function(function, jit_compile=True, autograph=False)
    key = program_key.of(name)
    for traced, new in _traced(key, name, compiled, arguments):
        run = traced_program.runner(traced)
        try:
            result = program_files.first_call(traced.digest, run, arguments)
        except tf.errors.OpError:
            continue  # it cannot run as exported, or not on this machine: if the program is wrong, it says so below
        sources = program_key.sources() if new and key is not None and key == program_key.of(name) else None
        if key is not None and sources is not None:
            program_files.store(key, TRACED, traced_program.text(traced, sources))
        return result, run
    return program_files.first_call(name, compiled, arguments), compiled


def _traced(key: str | None, name: str, compiled: Any, arguments: tuple[Any, ...]) -> Iterator[tuple[Traced, bool]]:
    """Yield what is kept of a program, then what tracing it now gives; and whether it is new; nothing for a GPU."""
    if tf.config.list_physical_devices("GPU"):
        return
    kept = program_files.load(key).get(TRACED) if key is not None else None
    if kept is not None:
        traced, sources = traced_program.read(kept)
        if program_key.unchanged(sources):
            yield traced, False
    with stable_names.of_functions(name), stable_names.of_layers():
        exported = traced_program.export(compiled, arguments)
    if exported is not None:
        yield exported, True

"""A program as StableHLO, XLA's input language: traced and translated once, and run without either afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ablate.core.study import Json
from ablate.engine.runtime import tf

VERSION = 9
"""Of TensorFlow's operation that runs StableHLO."""


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A program that need not be traced again.

    Attributes:
        module: the program in StableHLO. Its inputs and outputs are flat lists of tensors.
        outputs: type and shape of each output.
        structure: how the program nests its outputs: lists and dictionaries that hold the index of each output.
    """

    module: bytes
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    structure: Json

    @cached_property
    def digest(self) -> str:
        """Return a hash of the program: it decides the machine code."""
        return hashlib.sha256(self.module).hexdigest()


def export(function: Any, arguments: tuple[Any, ...]) -> Traced | None:
    """Trace and translate a `tf.function`; return None if it cannot run apart from its Python code.

    A program that reads a tensor or variable beside its arguments cannot.

    Args:
        function: the function.
        arguments: what it is called with; only shapes and types count.
    """
    concrete = function.get_concrete_function(*arguments)
    if concrete.captured_inputs:
        return None
    try:
        module = function.experimental_get_compiler_ir(*arguments)(stage="stablehlo_serialized")
    except Exception:  # noqa: BLE001 - whatever TensorFlow cannot export is run as it is
        return None
    outputs = [(output.dtype.name, tuple(output.shape)) for output in tf.nest.flatten(concrete.structured_outputs)]
    numbered = tf.nest.pack_sequence_as(concrete.structured_outputs, list(range(len(outputs))))
    return Traced(module=module, outputs=tuple(outputs), structure=json.loads(json.dumps(numbered)))


def runner(traced: Traced) -> Callable[..., Any]:
    """Return a function that compiles the program at its first call, and runs it."""
    from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_call_module

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def run(*tensors: Any) -> Any:
        return xla_call_module(
            tensors,
            version=VERSION,
            module=traced.module,
            Sout=[tf.TensorShape(shape) for _, shape in traced.outputs],
            Tout=[tf.as_dtype(name) for name, _ in traced.outputs],
            platforms=["CPU"],
        )

    made: list[Any] = []

    def call(*arguments: Any) -> Any:
        tensors = tf.nest.flatten(arguments)
        if not made:  # TensorFlow warns of every fifth function that is traced because it is called
            made.append(run.get_concrete_function(*tensors))
        outputs = made[0](*tensors)
        return tf.nest.map_structure(lambda number: outputs[number], traced.structure)

    return call


def text(traced: Traced, sources: Mapping[str, str]) -> bytes:
    """Return the content of a file that keeps a program.

    Args:
        traced: the program.
        sources: hashes of the source files that took part, by path.
    """
    parts = {"sources": sources, "outputs": traced.outputs, "structure": traced.structure}
    return json.dumps({**parts, "module": base64.b64encode(traced.module).decode()}).encode()


def read(content: bytes) -> tuple[Traced, dict[str, str]]:
    """Return what `text` has written: the program, and the hashes of its source files."""
    parts = json.loads(content)
    outputs = tuple((name, tuple(shape)) for name, shape in parts["outputs"])
    module = base64.b64decode(parts["module"])
    return Traced(module=module, outputs=outputs, structure=parts["structure"]), parts["sources"]

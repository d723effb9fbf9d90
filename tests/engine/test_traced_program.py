"""What is exported of a program runs as the program does, and is read back as it was written."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from ablate.engine import traced_program
from ablate.engine.runtime import tf

X, Y = np.array([1.0, 2.0, 4.0], np.float32), np.array([[3], [5]], np.int32)


def nested(x: Any, more: Any) -> Any:
    """Return tensors in lists and dictionaries, in another order than they are flattened in."""
    return {"z": [x * 2.0, more["y"] + 1], "a": tf.reduce_sum(x), "m": {"k": x > 1.5}}


@pytest.fixture(scope="module")
def traced() -> traced_program.Traced:
    function = tf.function(nested, jit_compile=True, autograph=False)
    made = traced_program.export(function, (tf.constant(X), {"y": tf.constant(Y)}))
    assert made is not None
    return made


def test_a_program_is_exported_with_the_nest_of_its_outputs(traced: traced_program.Traced) -> None:
    assert traced.structure == {"a": 0, "m": {"k": 1}, "z": [2, 3]}
    assert traced.outputs == (("float32", ()), ("bool", (3,)), ("float32", (3,)), ("int32", (2, 1)))
    assert traced.digest == hashlib.sha256(traced.module).hexdigest()


def test_what_was_exported_runs_at_every_call(traced: traced_program.Traced) -> None:
    run = traced_program.runner(traced)
    for by in (1.0, 0.5):
        result = run(tf.constant(X * np.float32(by)), {"y": tf.constant(Y)})
        assert float(result["a"]) == 7.0 * by
        assert result["m"]["k"].numpy().tolist() == [by * value > 1.5 for value in X]
        np.testing.assert_allclose(result["z"][0], 2 * by * X)
        assert result["z"][1].numpy().tolist() == [[4], [6]]


def test_a_program_is_read_back_as_it_was_written(traced: traced_program.Traced) -> None:
    content = traced_program.text(traced, {"ablate/a.py": "12"})
    read, sources = traced_program.read(content)
    assert (read, sources) == (traced, {"ablate/a.py": "12"})
    assert traced_program.text(read, sources) == content


def test_a_program_that_reads_a_variable_or_cannot_be_translated_is_not_exported() -> None:
    kept = tf.Variable(3.0)

    def told(x: Any) -> Any:
        return tf.py_function(lambda value: value, [x], tf.float32)

    for function in (lambda x: x * kept, told):
        compiled = tf.function(function, jit_compile=True, autograph=False)
        assert traced_program.export(compiled, (tf.constant(X),)) is None

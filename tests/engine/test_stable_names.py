"""Names are counted per program, and the process goes on counting as before."""

from __future__ import annotations

import hashlib

import pytest
from tensorflow.python.framework import ops

from ablate.engine import stable_names
from ablate.engine.runtime import keras


def first(program: str, times: int) -> int:
    return int(hashlib.sha256(f"{program} {times}".encode()).hexdigest()[:12], 16)


def test_functions_are_numbered_by_the_program_and_how_often_it_was_traced() -> None:
    name, uid = "a program of this test", ops.uid
    for times in (1, 2):
        with stable_names.of_functions(name):
            assert [ops.uid(), ops.uid()] == [first(name, times), first(name, times) + 1]
        assert ops.uid is uid
    with stable_names.of_functions("another program of this test"):
        assert ops.uid() == first("another program of this test", 1)
    with pytest.raises(KeyError), stable_names.of_functions(name):
        raise KeyError
    assert ops.uid is uid


def test_layers_are_named_as_if_there_were_none_before() -> None:
    before = [keras.layers.Dense(1).name for _ in range(2)]
    with stable_names.of_layers():
        assert [keras.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    with pytest.raises(KeyError), stable_names.of_layers():
        raise KeyError
    number = int(before[1].rpartition("_")[2])
    assert keras.layers.Dense(1).name == f"dense_{number + 1}"

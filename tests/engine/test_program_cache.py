"""A program that was made before starts without tracing, with the same bits; one that may have changed is made anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate.engine import program_cache, program_files, program_key, traced_program
from ablate.engine.runtime import tf
from tests.xla import QUICK

REPOSITORY = Path(__file__).parents[2]


def trained(programs: str, *before: str) -> list[str]:
    """Train a trial in a new process, perhaps after another; return a hash of its curves, and the programs traced."""
    variables = {"ABLATE_PROGRAMS": programs, "TF_XLA_FLAGS": "", "XLA_FLAGS": QUICK}
    command = [sys.executable, "-W", "ignore", "-m", "tests.engine.trained", *before]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.split()


def kept(folder: Path, kind: str) -> dict[str, int]:
    """Return the time of last use by file name, of all kept files of a kind."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob(f"*/*.{kind}")}


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def test_a_program_is_made_once_and_its_trials_keep_their_bits(tmp_path: Path) -> None:
    first, number_traced = trained(str(tmp_path))
    assert number_traced == "3", "training, the loss check, and the signals of the logits"
    code = kept(tmp_path, "pb")
    assert len(code) == len(kept(tmp_path, "json")) == 3
    damaged, *sound = sorted(code)
    damage(next(tmp_path.rglob(damaged)))
    assert trained(str(tmp_path), "another") == [first, "0"]
    now = kept(tmp_path, "pb")
    assert len(now) == 4, "one more was compiled"
    assert all(now[name] > code[name] for name in sound), "they were used"
    assert damaged not in now
    assert {_without_checksum(name) for name in code} < {_without_checksum(name) for name in now}, (
        "it was compiled anew, and its name does not depend on what ran before it"
    )


def _without_checksum(name: str) -> str:
    """Return the key of kept code, and TensorFlow's own name of it, which holds a fingerprint of the program."""
    key, _, own_name = name.split("-", 2)
    return f"{key}-{own_name}"


@pytest.fixture(autouse=True)
def known_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process know its code: files that other tests have written since it began do not count."""
    monkeypatch.setattr(program_key, "STARTED", float("inf"))


@pytest.fixture
def name() -> str:
    """A name under which nothing is kept."""
    return f"test {os.urandom(8).hex()}"


def program(traces: list[str], factor: float = 2.0) -> Callable[..., Any]:
    """A function that notes when it is traced."""

    def times(inputs: Any) -> Any:
        traces.append("traced")
        return {"product": [inputs["a"] * factor, tf.cast(inputs["b"], tf.int32)], "a": inputs["a"]}

    return times


def called(name: str, traces: list[str], rows: int = 3, factor: float = 2.0) -> list[Any]:
    """Call the program as a new process would; return its outputs."""
    inputs = {"a": tf.range(rows, dtype=tf.float32), "b": tf.constant([0.5, 1.5])}
    result = program_cache.cached(name, program(traces, factor))(inputs)
    assert sorted(result) == ["a", "product"]
    return [np.asarray(tensor).tolist() for tensor in (*result["product"], result["a"])]


def test_what_was_traced_before_is_not_traced_again(name: str) -> None:
    traces: list[str] = []
    expected = [[0.0, 2.0, 4.0], [0, 1], [0.0, 1.0, 2.0]]
    assert called(name, traces) == called(name, traces) == expected
    assert traces == ["traced"]
    assert called(name, traces, rows=2)[0] == [0.0, 2.0]
    assert traces == ["traced"] * 2, "arguments of another shape"
    called(f"{name} of another study", traces)
    assert traces == ["traced"] * 3


def test_later_calls_run_what_the_first_call_made(name: str) -> None:
    traces: list[str] = []
    function = program_cache.cached(name, program(traces))
    results = [function({"a": tf.fill([2], value), "b": tf.constant([1.0])})["product"][0] for value in (1.0, 2.0)]
    assert [np.asarray(result).tolist() for result in results] == [[2.0, 2.0], [4.0, 4.0]]
    assert traces == ["traced"]
    assert np.asarray(function({"a": tf.ones([5]), "b": tf.constant([1.0])})["product"][0]).tolist() == [2.0] * 5


def test_what_is_damaged_is_traced_again_and_said(name: str) -> None:
    traces: list[str] = []
    folder = program_files.process_folder()
    assert folder is not None
    before = set(folder.parent.glob("*-traced.json"))
    expected = called(name, traces)
    for path in set(folder.parent.glob("*-traced.json")) - before:
        damage(path)
    with pytest.warns(UserWarning, match="A damaged program was removed, and is compiled again: "):
        assert called(name, traces) == expected
    assert traces == ["traced"] * 2


@pytest.mark.parametrize("changed", ["source", "settings"])
def test_what_may_have_changed_is_traced_again(name: str, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    traces: list[str] = []
    called(name, traces)
    if changed == "source":
        monkeypatch.setattr(program_key, "unchanged", lambda _: False)
    else:
        monkeypatch.setattr(program_key.keras.config, "epsilon", lambda: 1e-3)
    assert called(name, traces, factor=3.0)[0] == [0.0, 3.0, 6.0]
    assert traces == ["traced"] * 2


def test_unknown_code_is_neither_used_nor_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(program_key, "STARTED", 0.0)
        called(name, traces)
    called(name, traces)
    monkeypatch.setattr(program_key, "STARTED", 0.0)
    assert called(name, traces, factor=3.0)[0] == [0.0, 3.0, 6.0]
    assert traces == ["traced"] * 3


def test_a_program_that_reads_a_variable_runs_as_it_is(name: str) -> None:
    variable = tf.Variable(2.0)
    function = program_cache.cached(name, lambda x: x * variable)
    results = []
    for value in (2.0, 5.0):
        variable.assign(value)
        results.append(float(function(tf.constant(1.0))))
    assert results == [2.0, 5.0]


def test_a_program_with_an_output_that_is_constant_runs(name: str) -> None:
    def function(x: Any) -> Any:
        return x + 1.0, tf.constant(7.0)

    for _ in range(2):
        assert [float(value) for value in program_cache.cached(name, function)(tf.constant(1.0))] == [2.0, 7.0]


def test_an_error_while_tracing_is_the_programs_own(name: str) -> None:
    def wrong(_: Any) -> Any:
        raise ValueError("a level's own")

    for _ in range(2):
        with pytest.raises(ValueError, match="a level's own"):
            program_cache.cached(name, wrong)(tf.constant(1.0))


def test_a_program_survives_writing_and_reading() -> None:
    traced = traced_program.Traced(module=bytes(range(256)), outputs=(("float32", (2, 3)),), structure={"a": [0]})
    assert traced_program.read(traced_program.text(traced, {"a.py": "1"})) == (traced, {"a.py": "1"})

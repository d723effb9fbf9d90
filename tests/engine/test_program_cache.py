"""Kept programs are used again with the same bits, and a folder that is damaged, full or foreign fails no trial."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablate.engine import program_cache

TRAIN = """
import hashlib, sys
from ablate.engine import training
from ablate.engine.program import stacks
from tests.engine import small

def trained(depth):
    return training.train(stacks([small.trial(seed=1, depth=depth, optimizer="sgd")])[0])

if sys.argv[1:]:
    trained(1)
digest = hashlib.sha256()
for curves in trained(0):
    for name in sorted(curves.signals):
        digest.update(curves.signals[name].tobytes())
print(digest.hexdigest())
"""


def trained(programs: Path, *before: str) -> str:
    """Train a trial in a new process, perhaps after another trial; return a hash of its curves."""
    variables = {"ABLATE_PROGRAMS": str(programs), "TF_XLA_FLAGS": ""}
    command = [sys.executable, "-c", TRAIN, *before]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    return done.stdout


def entries(folder: Path) -> dict[str, int]:
    """Return the time of last use by file name, of all programs kept in a common folder."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.pb")}


def test_a_program_is_compiled_once_and_its_trials_keep_their_bits(tmp_path: Path) -> None:
    first = trained(tmp_path)
    written = entries(tmp_path)
    assert len(written) == 2, "training, and the signals of the logits"
    damaged, sound = sorted(written)
    for path in tmp_path.rglob(damaged):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    assert trained(tmp_path, "another") == first
    kept = entries(tmp_path)
    assert len(kept) == 3, "one more was compiled"
    assert kept[sound] > written[sound], "it was used"
    assert damaged not in kept
    assert {without_checksum(name) for name in written} < {without_checksum(name) for name in kept}, (
        "it was compiled anew, and its name does not depend on what ran before it"
    )
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() in path.name for path in tmp_path.rglob("*.pb"))


def without_checksum(name: str) -> str:
    """Return the key of a kept program, and TensorFlow's own name of it, which holds a fingerprint of the program."""
    key, _, own_name = name.split("-", 2)
    return f"{key}-{own_name}"


@pytest.fixture
def common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty common folder that this process has not opened yet."""
    monkeypatch.setenv("ABLATE_PROGRAMS", str(tmp_path))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    program_cache.process_folder.cache_clear()
    yield tmp_path
    program_cache.process_folder.cache_clear()


def compiler(calls: list[str]) -> Callable[[str], str]:
    """As TensorFlow: reads `program.pb` in the process' folder, or writes it; says which."""

    def call(argument: str) -> str:
        own = program_cache.process_folder()
        assert own is not None
        path = own / "program.pb"
        calls.append("read" if path.exists() else "compiled")
        path.write_bytes(b"code")
        return argument

    return call


def test_only_the_first_call_looks_and_finds_what_another_process_kept(common: Path) -> None:
    calls: list[str] = []
    function = program_cache.cached("a", compiler(calls))
    assert [function("x"), function("y")] == ["x", "y"]
    program_cache.process_folder.cache_clear()
    program_cache.cached("a", compiler(calls))("x")
    program_cache.cached("b", compiler(calls))("x")
    assert calls == ["compiled", "compiled", "read", "compiled"]
    assert len(entries(common)) == 2, "a and b; the second call's is not kept"


def test_a_file_without_its_checksum_is_removed_and_not_given_to_tensorflow(common: Path) -> None:
    calls: list[str] = []
    program_cache.cached("a", compiler(calls))("x")
    next(common.glob("*/*.pb")).write_bytes(b"cod")
    program_cache.cached("a", compiler(calls))("x")
    assert calls == ["compiled", "compiled"]
    assert next(common.glob("*/*.pb")).read_bytes() == b"code"


@pytest.mark.usefixtures("common")
def test_a_disk_that_is_full_is_left_for_another() -> None:
    def call() -> str:
        own = program_cache.process_folder()
        assert own is not None
        if not own.is_symlink():
            raise OSError(f"{own}/program.pb.tmp; No space left on device")
        (own / "program.pb").write_bytes(b"code")
        return "trained"

    assert program_cache.cached("a", call)() == "trained"


@pytest.mark.usefixtures("common")
def test_an_error_of_the_program_itself_is_raised_once() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise ValueError("a level's own")

    with pytest.raises(ValueError, match="a level's own"):
        program_cache.cached("a", call)()
    assert calls == [1]


def test_what_was_used_longest_ago_makes_room(common: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_cache, "LIMIT", 8)
    older, theirs = common / "older" / f"{'0' * 16}-{'0' * 64}-program.pb", common / "older" / "saved_model.pb"
    older.parent.mkdir()
    for path in (older, theirs):
        path.write_bytes(b"code")
        os.utime(path, (0, 0))
    calls: list[str] = []
    for name in ("a", "b", "a", "c"):
        program_cache.cached(name, compiler(calls))("x")
        for path in common.glob("*/*.pb"):  # file systems may tell times of one moment apart no better than this
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
    for name in ("c", "a", "b"):
        program_cache.cached(name, compiler(calls))("x")
    assert calls == ["compiled", "compiled", "read", "compiled", "read", "read", "compiled"]
    assert not older.exists(), "of another version, and longest unused"
    assert theirs.exists(), "no program of ours"


@pytest.mark.usefixtures("common")
def test_a_folder_that_others_can_write_is_not_used() -> None:
    folder = program_cache.common_folder()
    assert folder is not None
    folder.mkdir(mode=0o700, parents=True)
    folder.chmod(0o777)
    assert program_cache.process_folder() is None


def test_a_folder_that_cannot_be_made_is_done_without(common: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (common / "file").write_text("")
    monkeypatch.setenv("ABLATE_PROGRAMS", str(common / "file" / "below"))
    assert program_cache.process_folder() is None
    assert program_cache.cached("a", str)(1) == "1"


@pytest.mark.usefixtures("common")
def test_a_users_own_folder_for_tensorflow_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_XLA_FLAGS", f"{program_cache.DIRECTORY}/theirs --other=1")
    assert program_cache.process_folder() is None
    assert os.environ["TF_XLA_FLAGS"] == f"{program_cache.DIRECTORY}/theirs --other=1"


@pytest.mark.usefixtures("common")
def test_a_process_has_a_folder_of_its_own_and_not_its_parents() -> None:
    parent = program_cache.process_folder()
    program_cache.process_folder.cache_clear()
    child = program_cache.process_folder()
    assert parent != child
    assert os.environ["TF_XLA_FLAGS"].split().count(f"{program_cache.DIRECTORY}{child}") == 1
    assert str(parent) not in os.environ["TF_XLA_FLAGS"]


@pytest.mark.usefixtures("common")
def test_what_a_dead_process_left_is_removed() -> None:
    held = program_cache.process_folder()
    assert held is not None
    left = held.parent / f"{program_cache.PROCESS}dead"
    left.mkdir()
    (left / "program.pb").write_bytes(b"code")
    for folder in (held, left):
        os.utime(folder, (0, 0))
    program_cache.process_folder.cache_clear()
    program_cache.process_folder()
    assert held.exists()
    assert not left.exists()

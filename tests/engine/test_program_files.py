"""Kept files are whole or not used, and a folder that is damaged, full or foreign fails no trial."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablate.engine import program_files


def entries(folder: Path) -> dict[str, int]:
    """Return the time of last use by file name, of all programs kept in a common folder."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.pb")}


@pytest.fixture
def common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty common folder that this process has not opened yet."""
    monkeypatch.setenv("ABLATE_PROGRAMS", str(tmp_path))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    program_files.process_folder.cache_clear()
    yield tmp_path
    program_files.process_folder.cache_clear()


def compiler(calls: list[str]) -> Callable[[str], str]:
    """As TensorFlow: reads `program.pb` in the process' folder, or writes it; says which."""

    def call(argument: str) -> str:
        own = program_files.process_folder()
        assert own is not None
        path = own / "program.pb"
        calls.append("read" if path.exists() else "compiled")
        path.write_bytes(b"code")
        return argument

    return call


def test_a_first_call_finds_what_another_process_kept(common: Path) -> None:
    calls: list[str] = []
    assert program_files.first_call("a", compiler(calls), ("x",)) == "x"
    program_files.process_folder.cache_clear()
    program_files.first_call("a", compiler(calls), ("x",))
    program_files.first_call("b", compiler(calls), ("x",))
    assert calls == ["compiled", "read", "compiled"]
    assert len(entries(common)) == 2, "a and b"


def test_a_file_without_its_checksum_is_removed_and_not_given_to_tensorflow(common: Path) -> None:
    calls: list[str] = []
    program_files.first_call("a", compiler(calls), ("x",))
    next(common.glob("*/*.pb")).write_bytes(b"cod")
    with pytest.warns(UserWarning, match="A damaged program was removed"):
        program_files.first_call("a", compiler(calls), ("x",))
    assert calls == ["compiled", "compiled"]
    assert next(common.glob("*/*.pb")).read_bytes() == b"code"


@pytest.mark.usefixtures("common")
def test_a_disk_that_is_full_is_left_for_another() -> None:
    def call() -> str:
        own = program_files.process_folder()
        assert own is not None
        if not own.is_symlink():
            raise OSError(f"{own}/program.pb.tmp; No space left on device")
        (own / "program.pb").write_bytes(b"code")
        return "trained"

    assert program_files.first_call("a", call, ()) == "trained"


@pytest.mark.usefixtures("common")
def test_an_error_of_the_program_itself_is_raised_once() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise ValueError("a level's own")

    with pytest.raises(ValueError, match="a level's own"):
        program_files.first_call("a", call, ())
    assert calls == [1]


def test_what_was_used_longest_ago_makes_room(common: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_files, "LIMIT", 8)
    older, theirs = common / "older" / f"{'0' * 16}-{'0' * 64}-program.pb", common / "older" / "saved_model.pb"
    older.parent.mkdir()
    for path in (older, theirs):
        path.write_bytes(b"code")
        os.utime(path, (0, 0))
    calls: list[str] = []
    for name in ("a", "b", "a", "c"):
        program_files.first_call(name, compiler(calls), ("x",))
        for path in common.glob("*/*.pb"):  # file systems may tell times of one moment apart no better than this
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
    for name in ("c", "a", "b"):
        program_files.first_call(name, compiler(calls), ("x",))
    assert calls == ["compiled", "compiled", "read", "compiled", "read", "read", "compiled"]
    assert not older.exists(), "of another version, and longest unused"
    assert theirs.exists(), "no program of ours"


@pytest.mark.usefixtures("common")
def test_a_folder_that_others_can_write_is_not_used() -> None:
    folder = program_files.common_folder()
    assert folder is not None
    folder.mkdir(mode=0o700, parents=True)
    folder.chmod(0o777)
    assert program_files.process_folder() is None


def test_a_folder_that_cannot_be_made_is_done_without(common: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (common / "file").write_text("")
    monkeypatch.setenv("ABLATE_PROGRAMS", str(common / "file" / "below"))
    assert program_files.process_folder() is None
    assert program_files.first_call("a", str, (1,)) == "1"


@pytest.mark.usefixtures("common")
def test_a_users_own_folder_for_tensorflow_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_XLA_FLAGS", f"{program_files.DIRECTORY}/theirs --other=1")
    assert program_files.process_folder() is None
    assert os.environ["TF_XLA_FLAGS"] == f"{program_files.DIRECTORY}/theirs --other=1"


@pytest.mark.usefixtures("common")
def test_a_process_has_a_folder_of_its_own_and_not_its_parents() -> None:
    parent = program_files.process_folder()
    program_files.process_folder.cache_clear()
    child = program_files.process_folder()
    assert parent != child
    assert os.environ["TF_XLA_FLAGS"].split().count(f"{program_files.DIRECTORY}{child}") == 1
    assert str(parent) not in os.environ["TF_XLA_FLAGS"]


@pytest.mark.usefixtures("common")
def test_what_a_dead_process_left_is_removed() -> None:
    held = program_files.process_folder()
    assert held is not None
    left = held.parent / f"{program_files.PROCESS}dead"
    left.mkdir()
    (left / "program.pb").write_bytes(b"code")
    for folder in (held, left):
        os.utime(folder, (0, 0))
    program_files.process_folder.cache_clear()
    program_files.process_folder()
    assert held.exists()
    assert not left.exists()


KILLED = """
from ablate.engine import program_files
print("begins", flush=True)
for number in range(10**6):
    program_files.store(f"{number}", "traced.json", bytes([number % 256]) * 2_000_000)
"""


def test_a_process_killed_while_it_writes_leaves_no_half_of_a_file(common: Path) -> None:
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(command, env={**os.environ, "ABLATE_PROGRAMS": str(common)}, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        ends = time.monotonic() + 60
        while not list(common.glob("*/*.json")) and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(0.02)
        child.kill()
    written = list(common.glob("*/*.json"))
    assert written
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() in path.name for path in written)


TOO_LARGE = """
import resource, signal
from ablate.engine import program_files
program_files.process_folder()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
program_files.store("large", "traced.json", bytes(2000))
program_files.store("small", "traced.json", bytes(500))
print(*program_files.load("large"), *program_files.load("small"))
"""


def test_what_does_not_fit_on_the_disk_is_not_kept(common: Path) -> None:
    command = [sys.executable, "-c", TOO_LARGE]
    environment = {**os.environ, "ABLATE_PROGRAMS": str(common)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["traced.json"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("XLA_FLAGS", "--xla_a=1"), ("TF_XLA_FLAGS", "--tf_xla_b=1"), ("TF_NUM_INTRAOP_THREADS", "77")],
)
def test_what_decides_how_xla_compiles_decides_the_folder(
    common: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    before = program_files.common_folder()
    monkeypatch.setenv(variable, value)
    assert program_files.common_folder() != before
    assert common in before.parents if before is not None else False


def test_a_program_that_another_process_removed_leaves_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_files, "LIMIT", 0)
    files = [tmp_path / "a" / f"{at:016d}-{'0' * 64}-program.pb" for at in range(3)]
    files[0].parent.mkdir()
    for path in files:
        path.write_bytes(b"code")
    removed = Path.unlink

    def both(path: Path, *, missing_ok: bool = False) -> None:
        removed(path)
        removed(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", both)
    program_files._make_room(tmp_path)
    assert not any(path.exists() for path in files)

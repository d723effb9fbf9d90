"""A changed file of code never meets what was traced from the old one."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from ablate.engine import program_key

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def known_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process know its code, though tests write files after it began; hash each file anew."""
    monkeypatch.setattr(program_key, "STARTED", float("inf"))
    monkeypatch.setattr(program_key, "_hash", program_key._hash.__wrapped__)


def test_the_key_covers_every_folder_that_the_engine_may_import() -> None:
    config = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in config["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    layers = [layer.strip() for line in contract["layers"] for layer in line.split("|")]
    assert set(program_key.FOLDERS) == set(layers[layers.index("engine") :])


@pytest.mark.parametrize("folder", program_key.FOLDERS)
def test_a_changed_source_of_ours_changes_the_key(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "ablate"
    for each in program_key.FOLDERS:
        shutil.copytree(program_key.ROOT / each, root / each, ignore=shutil.ignore_patterns("__pycache__"))
    here = program_key.of("a")
    monkeypatch.setattr(program_key, "ROOT", root)
    assert program_key.of("a") == here, "the same code in another place"
    with next((root / folder).glob("*.py")).open("a") as file:
        file.write("#")
    assert program_key.of("a") != here


def test_a_source_that_changed_after_this_process_began_leaves_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_key, "STARTED", 0.0)
    assert program_key.of("a") is None
    assert program_key.sources() is None


def imported(path: Path) -> ModuleType:
    """Import a file as a top-level module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_code_of_a_user_counts_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "layers_of_a_user.py"
    path.write_text("FACTOR = 1\n")
    monkeypatch.setitem(sys.modules, path.stem, imported(path))
    hashes = program_key.sources()
    assert hashes is not None
    assert str(path) in hashes
    assert program_key.unchanged(hashes)
    path.write_text("FACTOR = 2\n")
    assert not program_key.unchanged(hashes)
    path.unlink()
    assert not program_key.unchanged(hashes)
    assert program_key.sources() is None


def test_installed_packages_and_python_itself_do_not_count_file_by_file() -> None:
    hashes = program_key.sources()
    assert hashes is not None
    assert str(Path(__file__)) in hashes
    assert not [path for path in hashes if "site-packages" in path or path.startswith(str(program_key.ROOT))]


def test_a_package_that_brings_levels_counts_wherever_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_key, "_brought", lambda: frozenset({"yaml"}))
    hashes = program_key.sources()
    assert hashes is not None
    assert any(path.endswith("yaml/__init__.py") for path in hashes)


def test_classes_of_a_notebook_leave_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    assert program_key.of("a") is not None
    notebook.Layer = type("Layer", (), {"__module__": "__main__"})  # type: ignore[attr-defined]
    assert program_key.of("a") is None


def test_this_process_began_before_now() -> None:
    import time

    assert time.time() - 3600 < program_key._started() < time.time()

"""Which storages a search can write to, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.exc import OperationalError

from ablate.core.errors import ConfigError
from ablate.remedy_search import storage

SQLITE = b"SQLite format 3\0"


@pytest.mark.parametrize(
    ("name", "content"), [("new.db", None), ("made/below/new.db", None), ("empty.db", b""), ("old.db", SQLITE + b"xy")]
)
def test_a_file_that_can_be_a_storage(name: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    storage.check_storage(f"sqlite:///{path}")
    assert path.exists() is (content is not None), "nothing is written"


@pytest.mark.parametrize("content", [b"a", b"SQLite format 4\0", SQLITE[:-1] + b"x"])
def test_a_file_that_holds_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(ConfigError, match="which holds something else"):
        storage.check_storage(f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_memory_is_no_storage(url: str) -> None:
    with pytest.raises(ConfigError, match="must be a file"):
        storage.check_storage(url)


def test_a_folder_and_a_path_inside_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(SQLITE)
    for path in (tmp_path, tmp_path / "file" / "x.db"):
        with pytest.raises(ConfigError, match="not a folder or a path inside a file"):
            storage.check_storage(f"sqlite:///{path}")


class Engine:
    """Says with what it was made, and whether it was closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.words, self.closed = error, dict[str, Any](), list[str]()

    def __call__(self, url: Any, connect_args: Any) -> Engine:
        self.words = {"url": str(url), "connect_args": connect_args}
        return self

    def connect(self) -> Any:
        if self.error:
            raise self.error
        return SimpleNamespace(close=lambda: self.closed.append("connection"))

    def dispose(self) -> None:
        self.closed.append("engine")


@pytest.mark.parametrize(
    ("scheme", "patience"),
    [
        ("postgresql+psycopg", {"connect_timeout": 10}),
        ("mysql+pymysql", {"connect_timeout": 10}),
        ("mariadb+pymysql", {"connect_timeout": 10}),
        ("mssql+pyodbc", {}),
    ],
)
def test_a_server_has_ten_seconds(scheme: str, patience: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    monkeypatch.setattr(sqlalchemy, "create_engine", engine)
    storage.check_storage(f"{scheme}://me@host/db")
    assert engine.words["connect_args"] == patience
    assert engine.closed == ["connection", "engine"]


def test_what_cannot_be_reached_is_said_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(OperationalError("no server\nmore", None, Exception("no server\nmore")))
    monkeypatch.setattr(sqlalchemy, "create_engine", engine)
    with pytest.raises(ConfigError, match="must be reachable") as refused:
        storage.check_storage("postgresql+psycopg://me:secret@host/db")
    assert "secret" not in str(refused.value)
    assert "no server" in str(refused.value)
    assert "more" not in str(refused.value)
    assert engine.closed == ["engine"]


def test_a_url_that_is_none_and_a_driver_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    storage.check_storage("")
    with pytest.raises(ConfigError, match="must be an Optuna storage URL"):
        storage.check_storage("elsewhere")

    def missing(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError("no", name="psycopg")

    monkeypatch.setattr(sqlalchemy, "create_engine", missing)
    with pytest.raises(ConfigError, match="needs the package 'psycopg': install it"):
        storage.check_storage("postgresql+psycopg://me@host/db")


def test_the_first_line_of_an_error() -> None:
    assert storage.first_line(ValueError("  one\ntwo")) == "one"
    assert storage.first_line(KeyboardInterrupt()) == "KeyboardInterrupt"


@pytest.mark.parametrize("there", [True, False])
def test_the_dashboard_is_installed_first_if_it_is_not_there(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = lambda name: asked.append(name) or (object() if there else None)  # noqa: E731
    monkeypatch.setattr(storage.importlib.util, "find_spec", find)
    install = "" if there else "pip install 'ablate-plateau[search]' && "
    assert storage.dashboard() == f"{install}optuna-dashboard"
    assert asked == ["optuna_dashboard"]

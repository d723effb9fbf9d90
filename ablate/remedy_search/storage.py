"""The Optuna storage that a search writes to: which one it is, whether it can be reached, how it is opened."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ablate.core import filesystem
from ablate.core.errors import ConfigError
from ablate.core.study import Study

FILE = "search.db"
"""The SQLite file in the study's folder, if no other storage is named."""


def storage_of(study: Study, storage: str) -> str:
    """The URL that a search writes to; empty if there is no place for a file.

    Examples:
        >>> from ablate.configure import compose
        >>> storage_of(compose(["study=mine"]), "")
        'sqlite:///results/mine/search.db'
        >>> storage_of(compose(["results_dir=s3://bucket/results"]), "")
        ''
    """
    if storage:
        return storage
    folder = filesystem.place(study.results_dir) / study.name
    return f"sqlite:///{folder / FILE}" if isinstance(folder, Path) else ""


def check(url: str) -> None:
    """Whether the storage can be reached. Nothing is written: a SQLite file that is not there is not made.

    Raises:
        ConfigError: it cannot; what must hold, and what was received.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    if not url:
        return
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _check_file(url, parsed.database)
            return
        engine = create_engine(parsed, connect_args=_patience(parsed.get_backend_name()))
        try:
            engine.connect().close()
        finally:
            engine.dispose()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            "`search.storage` must be an Optuna storage URL, as sqlite:///search.db or "
            f"postgresql+psycopg://user@host/database. Received: {hidden(url)!r}: {line(error)}"
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"`search.storage={hidden(url)}` needs the package {error.name!r}: pip install 'ablate-plateau[search]' "
            "brings psycopg, for postgresql+psycopg://."
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise ConfigError(f"`search.storage` must be reachable. Received: {hidden(url)!r}: {line(error)}") from error


def _check_file(url: str, name: str | None) -> None:
    """A SQLite file that is there must be one; a new one must have a folder in which it can be."""
    if not name or name == ":memory:":
        raise ConfigError(f"`search.storage` must be a file, as sqlite:///search.db. Received: {url!r}.")
    path = Path(name)
    if path.is_file() and path.stat().st_size and path.read_bytes()[:16] != b"SQLite format 3\0":
        raise ConfigError(f"`search.storage` must be a SQLite file. Received: {url!r}, which holds something else.")
    above = next(each for each in path.absolute().parents if each.exists())
    if path.is_dir() or not above.is_dir():
        raise ConfigError(f"`search.storage` must name a file in a folder. Received: {url!r}.")


def _patience(backend: str) -> dict[str, int]:
    """How long a server may take to answer, where the driver has a word for it."""
    return {"connect_timeout": 10} if backend in ("postgresql", "mysql", "mariadb") else {}


def hidden(url: str) -> str:
    """The URL without its password."""
    head, mark, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    name, colon, _ = who.partition(":")
    return f"{head}{mark}{name}{colon and ':***'}{at}{where}"


def line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def dashboard() -> str:
    """How to open a storage, as people type it."""
    there = importlib.util.find_spec("optuna_dashboard") is not None
    return "optuna-dashboard" if there else "pip install 'ablate-plateau[search]' && optuna-dashboard"

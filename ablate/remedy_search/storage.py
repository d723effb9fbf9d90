"""Choose the Optuna storage that a search writes to, and check that it can be reached."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ablate.core import filesystem
from ablate.core.errors import ConfigError
from ablate.core.study import Study

FILE = "search.db"
"""The SQLite file in the study's folder, used if the user names no other storage."""


def storage_of(study: Study, storage: str) -> str:
    """Return the URL that a search writes to; empty if the results are at an address and no storage is named.

    Args:
        study: the study.
        storage: the URL that the user names; empty for none.

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


def check_storage(url: str) -> None:
    """Check that a storage can be reached. Nothing is written: a missing SQLite file is not made.

    Raises:
        ConfigError: the storage cannot be reached, or the URL is wrong.
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
            f"postgresql+psycopg://user@host/database. Received: {hidden(url)!r}: {first_line(error)}"
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"`search.storage={hidden(url)}` needs the package {error.name!r}: install it. "
            "For postgresql+psycopg://, use `pip install 'ablate-plateau[search]'`."
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise ConfigError(
            f"`search.storage` must be reachable: check the URL, and that its server runs. "
            f"Received: {hidden(url)!r}: {first_line(error)}"
        ) from error


def _check_file(url: str, name: str | None) -> None:
    """Check that an existing file is a SQLite file, and that a new one has a folder."""
    if not name or name == ":memory:":
        raise ConfigError(f"`search.storage` must be a file, as sqlite:///search.db. Received: {url!r}.")
    path = Path(name)
    if path.is_file() and path.stat().st_size and path.read_bytes()[:16] != b"SQLite format 3\0":
        raise ConfigError(f"`search.storage` must be a SQLite file. Received: {url!r}, which holds something else.")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir() or not above.is_dir():
        raise ConfigError(
            f"`search.storage` must name a file, not a folder or a path inside a file. Received: {url!r}."
        )


def _patience(backend: str) -> dict[str, int]:
    """Return how long a server may take to answer, if its driver has an option for that."""
    return {"connect_timeout": 10} if backend in ("postgresql", "mysql", "mariadb") else {}


def hidden(url: str) -> str:
    """Return a URL without its password.

    Examples:
        >>> hidden("postgresql://me:secret@host/database")
        'postgresql://me:***@host/database'
    """
    scheme, mark, rest = url.partition("://")
    login, at, address = rest.rpartition("@")
    name, colon, _ = login.partition(":")
    return f"{scheme}{mark}{name}{colon and ':***'}{at}{address}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def dashboard() -> str:
    """Return the command that opens a storage in a browser."""
    installed = importlib.util.find_spec("optuna_dashboard") is not None
    return "optuna-dashboard" if installed else "pip install 'ablate-plateau[search]' && optuna-dashboard"

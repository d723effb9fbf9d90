from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import optuna
import pytest

from ablate.configure import compose
from ablate.core.errors import ConfigError
from ablate.remedy_search import export, storage
from ablate.remedy_search.export import Export
from ablate.remedy_search.options import Search
from tests.remedy_search import planted
from tests.remedy_search.planted import Sweep, rate_outcome, searcher, two_needed

QUICK = Search(sampler="NSGAIISampler", trials=200, blocks=(4, 8, 20), batch=8, confirm=24, claims=2)


def searched(url: str, name: str = "mine", search: Search = QUICK, said: list[str] | None = None) -> Export:
    """A whole search that is written to that storage."""
    tell = (said if said is not None else []).append
    out = Export(url=url, name=name, names=search.objectives, tell=tell)
    found = searcher(search, on_close=out.closed)
    Sweep(rate_outcome(two_needed)).run(found)
    out.close()
    out.found = found  # type: ignore[attr-defined]
    return out


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """A whole search, written once."""
    return searched(f"sqlite:///{tmp_path_factory.mktemp('whole') / 'search.db'}")


@pytest.fixture
def url(whole: Export, tmp_path: Path) -> str:
    """A copy of its storage."""
    shutil.copy(whole.url.removeprefix("sqlite:///"), tmp_path / "search.db")
    return f"sqlite:///{tmp_path / 'search.db'}"


def test_the_storage_holds_every_settled_setting_of_both_arms_as_optuna_reads_it(whole: Export) -> None:
    out, url = whole, whole.url
    for arm in out.found.arms:  # type: ignore[attr-defined]
        study = optuna.load_study(storage=url, study_name=out.study_name(arm.name))
        assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE", "MINIMIZE"]
        assert len(study.trials) == len(arm.cells)
        by_key = {tuple(sorted(trial.params.items())): trial for trial in study.trials}
        for cell in arm.cells.values():
            trial = by_key[tuple(sorted(arm.space.shown(cell.setting).items()))]
            assert trial.state == optuna.trial.TrialState.COMPLETE
            assert trial.values[2] == len(arm.space.changed(cell.setting))
            assert trial.user_attrs["trials"] == [each.id for each in cell.trials]
            assert trial.user_attrs["escaped"] == cell.evidence.escaped
        assert len(study.user_attrs["claims"]) == len(arm.claims)
    assert out.lost == 0


@pytest.mark.filterwarnings("ignore")  # Optuna's tools have much to say of two levels
def test_optunas_own_tools_read_it(url: str) -> None:
    study = optuna.load_study(storage=url, study_name="mine")
    assert len(study.best_trials) >= 2
    importance = optuna.importance.get_param_importances(study, target=lambda trial: trial.values[0])
    assert set(importance) == {"a", "b", "c", "d"}
    with mpl.rc_context():  # Optuna's plots set a style for the whole process
        slices = optuna.visualization.matplotlib.plot_slice(study, target=lambda trial: trial.values[0])
    assert [axes.get_xlabel() for axes in slices] == ["a", "b", "c", "d"]
    assert sum(len(dots.get_offsets()) for dots in slices[0].collections) == len(study.trials)
    plt.close(slices[0].figure)
    assert len(study.trials_dataframe()) == len(study.trials)


def test_written_again_each_setting_is_there_once(whole: Export, url: str) -> None:
    again = searched(url)
    assert whole.written > 20
    assert again.written == 0
    study = optuna.load_study(storage=url, study_name="mine")
    assert len({trial.user_attrs["key"] for trial in study.trials}) == len(study.trials)


def test_many_searchers_share_a_storage(url: str) -> None:
    before = len(optuna.load_study(storage=url, study_name="mine").trials)
    other = Search(sampler="RandomSampler", trials=200, blocks=(4, 8, 20), batch=8, confirm=24, claims=2, seed=5)
    searched(url, search=other)
    after = optuna.load_study(storage=url, study_name="mine").trials
    assert len(after) > before
    assert len({trial.user_attrs["key"] for trial in after}) == len(after)


def test_a_storage_that_goes_away_and_comes_back_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, visits, said = f"sqlite:///{tmp_path / 'search.db'}", [0], []
    write = Export._write

    def sometimes(self: Export, *work: object) -> None:
        visits[0] += 1
        if visits[0] in (3, 4):
            raise OSError("the server is gone")
        write(self, *work)  # type: ignore[arg-type]

    monkeypatch.setattr(Export, "_write", sometimes)
    monkeypatch.setattr(export, "PAUSE", 0.01)
    out = searched(url, said=said)
    assert out.lost == 0
    assert any("the server is gone" in text for text in said)
    whole = sum(len(arm.cells) for arm in out.found.arms)  # type: ignore[attr-defined]
    names = [optuna.load_study(storage=url, study_name=name) for name in ("mine", "mine-random")]
    assert sum(len(study.trials) for study in names) == whole


def test_a_storage_that_stays_away_costs_nothing_but_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def never(*_: object) -> None:
        raise OSError("the server is gone")

    monkeypatch.setattr(Export, "_write", never)
    monkeypatch.setattr(export, "PAUSE", 0.01)
    url = f"sqlite:///{tmp_path / 'search.db'}"
    out = searched(url, said=said)
    assert out.lost == sum(len(arm.cells) for arm in out.found.arms) > 0  # type: ignore[attr-defined]
    assert "The study's shards hold these settings." in said[-1]
    assert len(said) <= 1 + export.SHOWN
    monkeypatch.undo()
    assert searched(url).written == out.lost


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "must be an Optuna storage URL"),
        ("mysqll://a/b", "must be an Optuna storage URL"),
        ("postgresql+psycopg2binary://a/b", "must be an Optuna storage URL"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite://", "must be a file"),
    ],
)
def test_a_storage_that_cannot_be_is_one_message(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        storage.check_storage(url)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what I ate")
    with pytest.raises(ConfigError, match="holds something else"):
        storage.check_storage(f"sqlite:///{path}")
    with pytest.raises(ConfigError, match="must name a file, not a folder or a path inside a file"):
        storage.check_storage(f"sqlite:///{path}/search.db")
    assert path.read_text() == "what I ate"
    storage.check_storage(f"sqlite:///{tmp_path}/new/search.db")
    assert sorted(tmp_path.iterdir()) == [path]


def test_passwords_are_not_shown() -> None:
    assert storage.hidden("postgresql+psycopg://me:secret@host:5432/db") == "postgresql+psycopg://me:***@host:5432/db"
    assert storage.hidden("sqlite:///a.db") == "sqlite:///a.db"


def test_the_default_is_a_file_in_the_studys_folder() -> None:
    assert storage.storage_of(compose(["study=mine", "results_dir=out"]), "") == "sqlite:///out/mine/search.db"
    assert storage.storage_of(compose([]), "sqlite:///x.db") == "sqlite:///x.db"


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _binary(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[tuple[Path, str | None]]:
    """A folder for a server that does not run as root, and the user to run it as if the tests do."""
    if os.geteuid():
        yield tmp_path, None
        return
    folder = Path(tempfile.mkdtemp(prefix="ablate-postgresql-"))
    shutil.chown(folder, "nobody")
    try:
        yield folder, "nobody"
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql(unprivileged: tuple[Path, str | None]) -> Iterator[tuple[str, list[str], int]]:
    """A server of its own on loopback: its URL, the command that starts it, and its port."""
    pytest.importorskip("psycopg", reason="needs the extra `search` (psycopg)")
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        pytest.skip("needs PostgreSQL's own programs (package postgresql)")
    (folder, user), port = unprivileged, _free_port()
    data = folder / "data"
    words = [initdb, "-D", str(data), "-U", "me", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run(words, capture_output=True, text=True, user=user, cwd=folder)
    if made.returncode:
        pytest.skip(f"PostgreSQL cannot make a database here: {made.stderr.strip().splitlines()[-1]}")
    command = [server, "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(command, user=user, cwd=folder, **quiet)
    try:
        _wait(port)
        yield f"postgresql+psycopg://me@127.0.0.1:{port}/postgres", command, running.pid
    finally:
        running.send_signal(signal.SIGINT)  # ends now, whoever is connected
        running.wait(30)


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(0.5)
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Optuna's own connection, opened below
def test_a_real_postgresql_server_holds_the_search(postgresql: tuple[str, list[str], int]) -> None:
    url, _, _ = postgresql
    storage.check_storage(url)
    out = searched(url)
    assert out.lost == 0
    assert out.written == sum(len(arm.cells) for arm in out.found.arms)  # type: ignore[attr-defined]
    database = optuna.storages.RDBStorage(url)
    study = optuna.load_study(storage=database, study_name="mine")
    assert len(study.trials) == len(out.found.arms[0].cells)  # type: ignore[attr-defined]
    database.remove_session()
    database.engine.dispose()
    assert searched(url).written == 0


@pytest.mark.slow
def test_a_postgresql_server_that_is_not_there_is_named(postgresql: tuple[str, list[str], int]) -> None:
    url = postgresql[0].replace(url_port := postgresql[0].split(":")[-1].split("/")[0], str(_free_port()))
    assert url_port not in url
    with pytest.raises(ConfigError, match="must be reachable"):
        storage.check_storage(url)


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(ConfigError, match="needs the package 'psycopg'"):
        storage.check_storage("postgresql+psycopg://me@127.0.0.1:1/db")


def test_a_setting_that_is_not_settled_cannot_be_written() -> None:
    found = searcher(QUICK, planted.study())
    found.ask({})
    arm = found.arms[0]
    with pytest.raises(ValueError, match="a setting must have evidence before it is written"):
        export.record(arm, next(iter(arm.cells.values())))

"""A program is tried stage by stage, in workers with Keras on TensorFlow, and an answer comes whatever happens."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloudpickle
import numpy as np
import pytest

from ablate.engine.as_is.program import Rows
from ablate.runner.progress import Note
from ablate.try_remedies import program_attempt, verdicts
from ablate.try_remedies.given import Given
from ablate.try_remedies.patch import Call
from ablate.try_remedies.program_attempt import Options
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, record

CREW: Any = SimpleNamespace(members=[])
SAID = verdicts.plain("p", "stuck", "why", seconds=1.0)


def given(**more: Any) -> Given:
    """Twenty rows of two classes."""
    rows = Rows(x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2, x_val=np.zeros((6, 2)), y_val=np.arange(6) % 2)
    return Given(rows=rows, call=Call(arguments={"epochs": "3"}), **more)


def known(offers: int = 1) -> Record:
    return record(FakeLab(lambda *_: 0.1), [change(f"c{at}") for at in range(offers)])


@pytest.mark.parametrize(
    ("stopped", "signal", "said"),
    [("", "", ""), ("", "SIGTERM", ""), ("time", "SIGTERM", "time"), ("SIGINT", "SIGTERM", "SIGTERM"),
     ("SIGINT", "", "SIGINT")],
)  # fmt: skip
def test_an_answer_names_the_signal_that_came(
    stopped: str, signal: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def signals() -> Iterator[Any]:
        yield SimpleNamespace(name=signal)

    @contextmanager
    def workers(count: int) -> Iterator[Any]:
        yield SimpleNamespace(count=count)

    def attempt_in(crew: Any, builder: Any, own: Any, options: Any, tell: Any, began: float) -> Any:
        del builder, own, options
        assert (crew.count, began > 0) == (3, True)
        tell("well")
        return dataclasses.replace(SAID, stopped=stopped), None

    for name, one in (("signals", signals), ("workers", workers), ("attempt_in", attempt_in)):
        monkeypatch.setattr(program_attempt, name, one)
    heard: list[Any] = []
    assert program_attempt.attempt(given, given(), Options(workers=3), heard.append).stopped == said
    assert heard == [Note("well")]


def test_notes_are_printed_at_once_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def workers(_: int) -> Iterator[Any]:
        yield CREW

    printed: list[Any] = []
    monkeypatch.setattr(program_attempt, "workers", workers)
    monkeypatch.setattr(program_attempt, "attempt_in", lambda *given, **_: (given[4]("well"), None) and (SAID, None))
    monkeypatch.setattr("builtins.print", lambda *words, **how: printed.append((words, how)))
    program_attempt.attempt(given, given(), Options())
    assert printed == [(("well",), {"flush": True})]


@pytest.mark.parametrize(("count", "cores", "started"), [(0, 4, 4), (0, 64, 8), (3, 64, 3), (12, 2, 12)])
@pytest.mark.parametrize("backend", [None, "jax"])
def test_workers_have_keras_on_tensorflow_and_are_one_per_core_up_to_eight(
    count: int, cores: int, started: int, backend: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    @contextmanager
    def start_crew(number: int, warm: str) -> Iterator[Any]:
        seen.extend([number, warm, os.environ["KERAS_BACKEND"]])
        yield CREW

    monkeypatch.setattr(program_attempt.worker_processes, "start_crew", start_crew)
    monkeypatch.setattr(program_attempt.local, "cores", lambda: cores)
    monkeypatch.setenv("KERAS_BACKEND", backend or "")
    if backend is None:
        monkeypatch.delenv("KERAS_BACKEND")
    with program_attempt.workers(*[count] * bool(count)) as crew:
        assert crew is CREW
    assert seen == [started, "ablate.engine.as_is.trial", "tensorflow"]
    assert os.environ.get("KERAS_BACKEND") == backend


@pytest.mark.parametrize(
    ("stopped", "record", "called"), [("", True, True), ("SIGINT", True, False), ("", False, False)]
)
def test_what_is_asked_after_comes_while_the_program_is_there(
    stopped: str, record: bool, called: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[Path] = []
    after: list[bool] = []

    def tried(name: str, own: Any, options: Any, crew: Any, path: str, began: float, tell: Any) -> Any:
        del own, options, crew, tell
        assert (name, began) == ("given", 12.5)
        paths.append(Path(path))
        assert paths[0].read_bytes()
        return dataclasses.replace(SAID, stopped=stopped), (known() if record else None)

    monkeypatch.setattr(program_attempt, "_tried", tried)
    program_attempt.attempt_in(
        CREW, given, given(), Options(), print, began=12.5, after=lambda _: after.append(paths[0].exists())
    )
    assert after == [True] * called
    assert not paths[0].parent.exists()


def test_it_begins_now_unless_said_and_a_folder_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_attempt.time, "monotonic", lambda: 77.0)

    def tried(*words: Any) -> Any:
        assert words[5] == 77.0
        for file in (Path(words[4]), Path(words[4]).parent):
            file.unlink() if file.is_file() else file.rmdir()
        return SAID, None

    monkeypatch.setattr(program_attempt, "_tried", tried)
    assert program_attempt.attempt_in(CREW, "m:f", given(), Options(), print) == (SAID, None)


def test_callbacks_go_to_the_workers_as_bytes() -> None:
    assert program_attempt._program("m:f", given(), Options()).callbacks == b""
    sent = program_attempt._program("m:f", given(callbacks=[1, 2]), Options(backend="jax", arguments={"a": 1}))
    assert cloudpickle.loads(sent.callbacks) == [1, 2]
    assert (sent.backend, sent.arguments) == ("jax", {"a": 1})


def test_options_that_are_not_given() -> None:
    own = Options()
    assert (own.minutes, own.workers, own.seeds, own.backend, own.command) == (10.0, 0, 5, "tensorflow", "")

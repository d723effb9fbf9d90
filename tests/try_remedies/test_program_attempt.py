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

from ablate.core.errors import AblateError, ConfigError
from ablate.engine.as_is.program import Rows
from ablate.engine.as_is.records import Facts
from ablate.executors.calls import Result
from ablate.runner.progress import Note
from ablate.try_remedies import program_attempt, verdicts
from ablate.try_remedies.given import Given
from ablate.try_remedies.patch import Call
from ablate.try_remedies.program_attempt import Options
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, ending, record

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


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Everything around the stages is planted: a clock that stands at 100, facts of a sound program, and a record."""
    one = known()
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(program_attempt, "time", clock)
    monkeypatch.setattr(program_attempt, "_facts", lambda *_: Facts(outputs=(2,)))
    monkeypatch.setattr(program_attempt, "_run", lambda *_: None)
    monkeypatch.setattr(program_attempt.program_record, "made", lambda *_: one)
    return one


def tried(began: float = 93.0, own: Given | None = None, **options: Any) -> tuple[Any, Record | None]:
    return program_attempt._tried("p", own or given(), Options(**options), CREW, "path", began, print)


def test_time_is_over_after_the_minutes_and_the_answer_says_how_long_it_took(
    stages: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[Any] = []
    monkeypatch.setattr(program_attempt.program_record, "made", lambda *given: words.extend(given) or stages)
    verdict, _ = tried(minutes=3.0, seeds=7)
    assert words[4:6] == [93.0 + 180.0, 7]
    assert (verdict.seconds, verdict.stopped) == (7.0, "")


@pytest.mark.parametrize("callbacks", [None, [1]])
def test_the_record_knows_how_the_program_calls_fit(
    callbacks: Any, stages: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[Any] = []
    monkeypatch.setattr(program_attempt.program_record, "made", lambda *given: words.extend(given) or stages)
    tried(own=given(callbacks=callbacks, shuffles=False, splits=True))
    situation = words[1]
    assert (situation.callbacks, situation.shuffles, situation.splits) == (callbacks is not None, False, True)


def test_what_is_no_problem_of_classes_is_answered_at_once(monkeypatch: pytest.MonkeyPatch, stages: Record) -> None:
    del stages
    monkeypatch.setattr(program_attempt, "_facts", lambda *_: Facts(several=True))
    verdict, record = tried()
    assert (verdict.state, verdict.seconds, record) == ("outside", 7.0, None)


def test_a_signal_before_anything_is_known_leaves_no_record(stages: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    del stages

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program_attempt, "_facts", stop)
    verdict, record = tried()
    assert (verdict.state, verdict.stopped, verdict.seconds, record) == ("unknown", "SIGINT", 7.0, None)
    assert verdict.status == 130


@pytest.mark.parametrize(
    ("over", "done", "signal", "stopped"),
    [(False, False, False, ""), (True, True, False, ""), (True, False, False, "time"), (True, False, True, "SIGINT"),
     (False, False, True, "SIGINT")],
)  # fmt: skip
def test_time_that_is_over_with_everything_done_stopped_nothing(
    over: bool, done: bool, signal: bool, stopped: str, stages: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any) -> None:
        stages.done = done
        if signal:
            raise KeyboardInterrupt

    stages.lab.most = 0 if over else 100  # type: ignore[attr-defined]
    monkeypatch.setattr(program_attempt, "_run", run)
    verdict, record = tried()
    assert verdict.stopped == stopped
    assert record is stages


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Result(key="facts", value=Facts(misuse="no model")), (ConfigError, "no model")),
        (Result(key="facts", error="the worker died"), (AblateError, "the worker died")),
        (None, (AblateError, "The workers returned nothing.")),
    ],
)
def test_facts_that_cannot_be_had_are_an_error(
    answer: Result | None, error: tuple[type[Exception], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_attempt.calls, "run", lambda *_: iter([answer] if answer else []))
    with pytest.raises(error[0], match=error[1]):
        program_attempt._facts(CREW, "path")


def test_facts_are_asked_with_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(crew: Any, function: Any, queue: Any) -> Iterator[Result]:
        del crew, function
        (call,) = queue
        assert (call.arguments, call.seconds) == (("path", "facts"), 120.0)
        yield Result(key=call.key, value=Facts(weights=7))

    monkeypatch.setattr(program_attempt.calls, "run", run)
    assert program_attempt._facts(CREW, "path").weights == 7


@pytest.mark.parametrize("healthy", [True, False])
@pytest.mark.parametrize("base", [True, False])
def test_the_stages_of_a_program(healthy: bool, base: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    one, told = record(FakeLab(lambda *_: 0.9 if healthy else 0.1), [change("a")]), list[str]()
    one.base = (change("rows=shuffled"),) if base else ()
    order: list[str] = []
    for module, name in (
        (program_attempt.program_audit, "look"), (program_attempt.course, "choose"),
        (program_attempt.course, "confirm"), (program_attempt.verdicts, "confirm_measuring"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, lambda *_, name=name: order.append(name))
    program_attempt._run(one, given(), told.append)
    assert order == ["look", "confirm_measuring"] if healthy else ["look", "choose", "confirm"]
    assert one.lab.trained[0] == ((), 0)  # type: ignore[attr-defined]
    assert told[1].startswith("HEALTHY" if healthy else "STUCK")
    assert one.done


@pytest.mark.parametrize(("seconds", "may"), [(3.0, 60.0), (7.5, 60.0), (20.0, 160.0), (None, 80.0)])
def test_a_trial_may_take_eight_times_as_long_as_the_slowest_and_at_least_a_minute(
    seconds: float | None, may: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = known()
    monkeypatch.setattr(program_attempt.program_audit, "look", lambda *_: None)
    monkeypatch.setattr(program_attempt.course, "judge", lambda *_: None)
    monkeypatch.setattr(program_attempt.course, "choose", lambda *_: None)
    monkeypatch.setattr(program_attempt.course, "confirm", lambda *_: None)
    if seconds is not None:
        one.lab.seen |= {((), 0): ending(0.1, seconds=seconds), ((), 1): ending(0.1, seconds=seconds / 2)}
    one.lab.most = 0  # type: ignore[attr-defined]
    program_attempt._run(one, given(), lambda _: None)
    assert one.lab.seconds == may
    assert not one.done, "time was over"

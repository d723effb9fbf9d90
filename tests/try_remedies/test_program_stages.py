"""The stages of a program: what is known before, what stops them, and how long a trial may take."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.core.errors import AblateError, ConfigError
from ablate.engine.as_is.records import Facts
from ablate.executors.calls import Result
from ablate.try_remedies import program_attempt
from ablate.try_remedies.given import Given
from ablate.try_remedies.program_attempt import Options
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, ending, record
from tests.try_remedies.test_program_attempt import CREW, given, known


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

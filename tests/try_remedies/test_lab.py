"""Trials are queued once, what is under way is not begun again, and listening ends in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.engine.as_is.records import Ending, Facts
from ablate.executors.calls import Call, Result
from ablate.try_remedies import lab
from ablate.try_remedies.lab import Key, Lab, key_of
from ablate.try_remedies.patch import Call as FitCall
from ablate.try_remedies.patch import patch
from tests.try_remedies.fake_lab import change, ending

A, B = change("a"), change("b")
GOOD = ending(0.9)


class Workers:
    """Answers calls one by one; `begun` keeps their keys, `fails` those that raise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *under_way: Key, fails: tuple[Key, ...] = ()) -> None:
        self.members = [SimpleNamespace(given=deque())]
        self.members += [SimpleNamespace(given=deque([Call(key=key, arguments=(), seconds=1.0)])) for key in under_way]
        self.begun: list[Any] = []
        self.calls: list[Call] = []
        self.told: list[tuple[Key, Ending]] = []
        self.fails = fails
        monkeypatch.setattr(lab.calls, "run", self.run)

    def run(self, crew: Any, function: Any, queue: deque[Call]) -> Iterator[Result]:
        assert crew is self
        assert function is lab.remote.asked
        while queue:
            call = queue.popleft()
            self.calls.append(call)
            self.begun.append(call.key)
            if call.key in self.fails:
                yield Result(key=call.key, error="it died")
            else:
                yield Result(key=call.key, value=GOOD if isinstance(call.key, tuple) else call.arguments)

    def lab(self, **more: Any) -> Lab:
        return Lab(
            crew=self,  # type: ignore[arg-type]
            path="file",
            write=lambda changes: patch(changes, Facts(outputs=(3,)), FitCall(arguments={})),
            until=1e12,
            told=lambda *one: self.told.append(one),
            **more,
        )


def test_a_trial_is_trained_once_and_may_take_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(monkeypatch, fails=(((), 1),))
    own = workers.lab()
    own.train([((), 0), ((), 1), ((A, B), 2)])
    assert workers.begun == [((), 0), ((), 1), (("a", "b"), 2)]
    assert [(one.arguments[:2], one.seconds) for one in workers.calls] == [(("file", "trial"), 600.0)] * 3
    assert [one.arguments[2].seed for one in workers.calls] == [0, 1, 2]
    assert {one.arguments[2].seconds for one in workers.calls} == {600.0}
    assert workers.told == [(((), 0), GOOD), (((), 1), Ending(error="it died")), ((("a", "b"), 2), GOOD)]
    own.train([((), 0), ((), 1), ((), 5)])
    assert workers.begun[3:] == [((), 5)]
    assert own.endings((), (5, 4, 1, 0)) == [GOOD, Ending(error="it died"), GOOD]
    assert key_of((B, A), 3) == (("b", "a"), 3)


def test_what_has_been_seen_asks_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Workers(monkeypatch).lab(seen={((), 0): GOOD})
    monkeypatch.setattr(lab.calls, "run", lambda *_: pytest.fail("asked"))
    own.train([((), 0)])
    own.train([])


def test_what_a_worker_has_begun_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(monkeypatch, ((), 0))
    workers.lab().train([((), 0), ((), 1)])
    assert workers.begun == [((), 1)]


@pytest.mark.parametrize(("enough", "until", "begun"), [(False, 1e12, 3), (True, 1e12, 1), (False, 0.0, 1)])
def test_when_it_is_enough_or_time_is_over_the_rest_is_not_begun(
    enough: bool, until: float, begun: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers(monkeypatch)
    own = workers.lab()
    own.until = until
    own.train([((), seed) for seed in range(3)], lambda: enough)
    assert len(workers.begun) == begun
    assert not own.waiting
    assert own.over is (until == 0.0)


def test_listening_ends_with_the_last_wanted_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(monkeypatch)
    own = workers.lab()
    answered: list[Any] = []

    def run(crew: Any, function: Any, queue: deque[Call]) -> Iterator[Result]:
        for result in workers.run(crew, function, queue):
            answered.append(result.key)
            yield result
        answered.append("beyond")
        yield Result(key=((), 9), value=GOOD)

    monkeypatch.setattr(lab.calls, "run", run)
    own.train([((), 0), ((), 1)])
    assert answered == [((), 0), ((), 1)]


def test_time_is_over_after_it_not_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Workers(monkeypatch).lab()
    monkeypatch.setattr(lab.time, "monotonic", lambda: 5.0)
    own.until = 5.0
    assert not own.over
    own.until = 4.9
    assert own.over


def test_questions_come_first_and_trials_that_end_meanwhile_are_told_after(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(monkeypatch)
    own = workers.lab(waiting=deque([Call(key="old", arguments=(), seconds=1.0)]))
    answers = own.ask({"facts": (1,), "chance": ("mixed", 2)}, [((), 0)])
    first = next(answers)
    assert (first.key, first.value) == ("facts", ("file", "facts", 1))
    assert [one.value for one in answers] == [("file", "chance", "mixed", 2)]
    assert {one.seconds for one in workers.calls} == {120.0}
    assert (workers.begun, workers.told, list(own.waiting)) == (["facts", "chance"], [], [])


def test_a_trial_that_ends_before_an_answer_is_kept_and_told_once_all_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workers = Workers(monkeypatch)
    own = workers.lab()

    def run(crew: Any, function: Any, queue: deque[Call]) -> Iterator[Result]:
        assert [call.key for call in queue] == ["facts", ((), 0), ((), 1)]
        yield Result(key=((), 0), value=GOOD)
        assert workers.told == []
        yield from workers.run(crew, function, queue)

    monkeypatch.setattr(lab.calls, "run", run)
    assert [one.key for one in own.ask({"facts": ()}, [((), 0), ((), 1)])] == ["facts"]
    assert workers.told == [(((), 0), GOOD)]
    assert own.seen == {((), 0): GOOD}

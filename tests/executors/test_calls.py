"""Calls in worker processes: results as they come, deaths and errors as results, a queue that may change."""

from __future__ import annotations

import os
import time
from collections import deque

from ablate.executors import calls, worker_processes
from ablate.executors.calls import Call


def called(what: str) -> str:
    """What a test asks a worker to do."""
    if what == "die":
        os._exit(3)
    if what == "raise":
        raise ValueError("no")
    if what == "sleep":
        time.sleep(30)
    return what


def test_values_errors_deaths_and_lateness_are_results() -> None:
    calls_before = calls.BEYOND
    calls.BEYOND = 0.5
    try:
        with worker_processes.start_crew(2) as crew:
            queue = deque(
                Call(key=what, arguments=(what,), seconds=0.5 if what == "sleep" else 60)
                for what in ("one", "raise", "die", "sleep", "two")
            )
            found = {result.key: result for result in calls.run(crew, called, queue)}
    finally:
        calls.BEYOND = calls_before
    assert found["one"].value == "one"
    assert found["two"].value == "two"
    assert found["raise"].error == "ValueError: no"
    assert "worker died (exit status 3)" in found["die"].error
    assert "longer than 1 seconds" in found["sleep"].error


def test_calls_under_way_are_yielded_next_time() -> None:
    with worker_processes.start_crew(1) as crew:
        queue = deque(
            [Call(key="one", arguments=("one",), seconds=60), Call(key="two", arguments=("two",), seconds=60)]
        )
        running = calls.run(crew, called, queue)
        assert next(running).key == "one"
        next(running)
        queue.append(Call(key="three", arguments=("three",), seconds=60))
        assert [result.key for result in calls.run(crew, called, queue)] == ["three"]

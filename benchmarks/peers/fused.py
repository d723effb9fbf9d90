"""Our side: the package's own engine, behind the interfaces that a sweep uses.

Option `grid`: a whole study through `ablate.sweep`, from nothing to the report. Else how many workers train the case's
study again and again, compiled once; one a core if nothing is said.
"""

from __future__ import annotations

import atexit
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from ablate import engine
from ablate.engine import program
from ablate.executors.local import drain
from ablate.executors.worker_processes import Crew, start_crew
from ablate.runner.progress import Event, Note
from benchmarks import work
from benchmarks.turns import held_by
from benchmarks.work import Case


def prepare(case: Case) -> Callable[[], Any]:
    """Return a function that trains the case's study."""
    if case.option == "grid":
        return lambda: grid(case)
    return steps(case, int(case.option or 0) or len(os.sched_getaffinity(0)))


def steps(case: Case, workers: int) -> Callable[[], Any]:
    """Trains the study's stacks in warm workers, as many as said; on return they have compiled.

    The answer's `trial_steps` counts the steps of trials, not of padding.
    """
    trials = work.trials(case.words)
    stacks = program.stacks(trials)
    own = workers_of(workers)

    def run() -> Any:
        accuracies = dict[str, float]()
        for done in drain(own, list(stacks), engine.train):
            if done.curves is None:
                raise RuntimeError(done.error)
            accuracies |= {curves.id: float(curves.signals["accuracy"][-1]) for curves in done.curves}
        return work.answer(
            accuracies,
            trial_steps=sum(trial.budget.steps for trial in trials),
            slots=stacks[0].slots,
        )

    run()
    return run


@cache
def workers_of(count: int) -> Crew:
    """Workers that stay warm as long as this process lives."""
    held = ExitStack()
    atexit.register(held.close)
    return held.enter_context(start_crew(count, warm="ablate.engine.training"))


def grid(case: Case) -> Any:
    """One sweep into an empty folder. The answer: seconds until every trial is stored, and of the report after that."""
    import ablate

    began, marks = time.perf_counter(), list[float]()

    def hear(event: Event) -> None:
        if isinstance(event, Note) and event.text.startswith("Writing the report"):
            marks.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder, Peak() as peak:
        summary = ablate.sweep(*case.words, f"results_dir={folder}", on_event=hear)
        if summary.kept < summary.planned or summary.failures:
            raise RuntimeError(f"Every trial must be trained. Received: {summary.text()}")
        found = ablate.load(str(summary.folder)).trials
        accuracies = {str(name): float(value) for name, value in zip(found["id"], found["final_accuracy"], strict=True)}
        report = time.perf_counter() - marks[0]
    return work.answer(
        accuracies,
        stored=marks[0] - began,
        report=report,
        planned=summary.planned,
        worker_megabytes=peak.megabytes,
    )


class Peak:
    """Watch the most memory that a process below this one has held, in `megabytes`, every 0.2 seconds."""

    def __enter__(self) -> Peak:
        import threading

        self.megabytes = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def watch(self) -> None:
        """Watch until the block is left."""
        while not self.ended.wait(0.2):
            self.megabytes = max([self.megabytes, *map(held_by, below(str(os.getpid())))])


def below(process: str) -> Iterator[str]:
    """Yield the ids of a process' children and of theirs: workers are forked by a child of the sweep."""
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children(path):
            yield child
            yield from below(child)


def children(path: Path) -> list[str]:
    """Process ids in a `children` file; none where the thread has ended meanwhile."""
    try:
        return path.read_text().split()
    except OSError:
        return []

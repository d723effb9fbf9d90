"""Train programs in worker processes, keep what was seen, and stop in time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ablate.engine.as_is import remote
from ablate.engine.as_is.records import Ending
from ablate.executors import calls
from ablate.executors.calls import Call, Result
from ablate.executors.worker_processes import Crew
from ablate.try_remedies.patch import Changes, Patch

Key = tuple[tuple[str, ...], int]
"""Names of the changes, and the seed."""


@dataclass(kw_only=True)
class Lab:
    """Where trials of one program are trained.

    Attributes:
        crew: the workers.
        path: the program's file.
        write: changes -> their patch.
        until: when time is over, by the monotonic clock.
        told: called after each trial with its key and how it went.
        seconds: how long one trial may train.
        seen: how trials went.
        waiting: trials that no worker has begun.
    """

    crew: Crew
    path: str
    write: Callable[[Changes], Patch]
    until: float
    told: Callable[[Key, Ending], None]
    seconds: float = 600.0
    seen: dict[Key, Ending] = field(default_factory=dict)
    waiting: deque[Call] = field(default_factory=deque)

    @property
    def over(self) -> bool:
        """Return whether time is over."""
        return time.monotonic() > self.until

    def train(self, wanted: Sequence[tuple[Changes, int]], enough: Callable[[], bool] = lambda: False) -> None:
        """Train trials that have not been seen; stop when all have ended, when it is enough, or when time is over.

        Args:
            wanted: changes and seeds, the most wanted first.
            enough: asked after each trial; what is under way then goes on beside the next trials.
        """
        self.waiting.clear()
        wants = self._want(wanted)
        if not any(key not in self.seen for key in wants):
            return
        for result in calls.run(self.crew, remote.asked, self.waiting):
            self.told(result.key, self._keep(result))
            if self.over or enough():
                self.waiting.clear()
                return
            if all(key in self.seen for key in wants):
                return

    def ask(
        self, questions: Mapping[str, tuple[Any, ...]], meanwhile: Sequence[tuple[Changes, int]] = ()
    ) -> Iterator[Result]:
        """Ask about the program, and yield the answers; workers that are idle begin trials meanwhile.

        Args:
            questions: question (`remote.Question`) -> its arguments.
            meanwhile: changes and seeds of trials, the most wanted first.
        """
        self.waiting.clear()
        self.waiting += [
            Call(key=name, arguments=(self.path, name, *arguments), seconds=120.0)
            for name, arguments in questions.items()
        ]
        self._want(meanwhile)
        open_questions, ended = set(questions), []
        for result in calls.run(self.crew, remote.asked, self.waiting):
            if result.key in open_questions:
                open_questions.discard(result.key)
                yield result
            else:
                ended.append((result.key, self._keep(result)))
            if not open_questions:
                break
        self.waiting.clear()
        for key, ending in ended:  # their states are known only now
            self.told(key, ending)

    def _want(self, wanted: Sequence[tuple[Changes, int]]) -> dict[Key, tuple[Changes, int]]:
        """Put trials into the queue that have neither ended nor begun; return all wanted ones by their keys."""
        under_way = {member.given[0].key for member in self.crew.members if member.given}
        wants = {key_of(changes, seed): (changes, seed) for changes, seed in wanted}
        for key, (changes, seed) in wants.items():
            if key not in self.seen and key not in under_way:
                job = self.write(changes).job(seed, self.seconds)
                self.waiting.append(Call(key=key, arguments=(self.path, "trial", job), seconds=self.seconds))
        return wants

    def _keep(self, result: Result) -> Ending:
        ending = result.value if result.value is not None else Ending(error=result.error)
        self.seen[result.key] = ending
        return ending

    def endings(self, changes: Changes, seeds: Sequence[int]) -> list[Ending]:
        """Return how the trials of changes went, for those of these seeds that have ended.

        Args:
            changes: the changes.
            seeds: the seeds.
        """
        return [self.seen[key] for seed in seeds if (key := key_of(changes, seed)) in self.seen]


def key_of(changes: Changes, seed: int) -> Key:
    """Return a trial's key.

    Args:
        changes: its changes.
        seed: its seed.
    """
    return tuple(change.name for change in changes), seed

"""A lab whose trials end as a world says, without training anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ablate.engine.as_is.records import Ending, Facts
from ablate.try_remedies import judging, rows_seen
from ablate.try_remedies.changes import Situation
from ablate.try_remedies.lab import Key, key_of
from ablate.try_remedies.patch import Call, Change, Changes, patch
from ablate.try_remedies.record import Record

ROWS = 100


def ending(accuracy: float, **more: Any) -> Ending:
    """A trial that has this accuracy from its third evaluation on."""
    right = round(accuracy * ROWS)
    return Ending(
        steps=tuple(range(0, 80, 10)),
        correct=(10, 10, *[right] * 6),
        losses=(2.3,) * 8,
        rows=ROWS,
        training_correct=right,
        training_rows=ROWS,
        **more,
    )


class FakeLab:
    """Trials end at once, as `world` says; `trained` keeps their keys in order."""

    def __init__(self, world: Callable[[tuple[str, ...], int], float], most: int = 10_000) -> None:
        self.world, self.most = world, most
        self.seen: dict[Key, Ending] = {}
        self.trained: list[Key] = []
        self.seconds = 60.0
        self.facts, self.call = Facts(outputs=(10,)), Call(arguments={})

    @property
    def over(self) -> bool:
        return len(self.trained) >= self.most

    def write(self, changes: Changes) -> Any:
        return patch(changes, self.facts, self.call)

    def train(self, wanted: Sequence[tuple[Changes, int]], enough: Callable[[], bool] = lambda: False) -> None:
        for changes, seed in wanted:
            key = key_of(changes, seed)
            if key in self.seen:
                continue
            if self.over:
                return
            self.seen[key] = ending(self.world(*key))
            self.trained.append(key)
            if enough():
                return

    def endings(self, changes: Changes, seeds: Sequence[int]) -> list[Ending]:
        return [self.seen[key] for seed in seeds if (key := key_of(changes, seed)) in self.seen]


def change(name: str, weight: float = 0.3, part: str = "", causes: tuple[str, ...] = ("small_steps",)) -> Change:
    """A change of a part of its own."""
    return Change(name=name, part=part or name, words=f"do {name}", causes=causes, weight=weight)


def record(lab: FakeLab, offers: Sequence[Change]) -> Record:
    """What is known before anything is trained: ten classes, of which ordinary classifiers get .95 right."""
    import dataclasses

    import numpy as np

    labels = np.arange(ROWS) % 10
    situation = Situation(
        facts=lab.facts, rows=rows_seen.see(np.random.default_rng(0).normal(size=(ROWS, 3)), labels), call=lab.call
    )
    return Record(
        lab=lab, situation=situation, bar=dataclasses.replace(judging.guessed(labels), found=0.95), offers=list(offers)
    )  # type: ignore[arg-type]

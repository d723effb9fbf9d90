"""`python -m validation.program_chance [FOLDER]`: whether `ablate try` tells luck from learning.

A program's trial may be above chance by its training rows, too (`try_remedies.judging`), so networks that learn labels
by heart are among those that know nothing. Writes FOLDER/program_chance.csv (results/published/validation if not
given), a row a task. Ends with status 1 if more than 1 in 200 of a kind that knows nothing escaped.

- untrained: weights stay as they are, as with a learning rate of 0.
- unrelated: all labels of the data are shuffled, those of the judged rows too.
- mispaired: training labels are shuffled, those of the judged rows are right.
- learned: all labels are right.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ablate.core.study import Budget
from ablate.engine.as_is import chance as as_is
from ablate.engine.as_is.records import Ending
from ablate.outcomes import chance_level, ordinary_classifiers
from ablate.remedies import input_scale
from ablate.tasks import Task
from ablate.try_remedies.judging import Bar, state_of
from validation import chance
from validation.small_networks import RECIPES, Recipe, trained

STEPS = Budget(steps=300, looks=25).schedule

BY_HEART = Recipe(hidden=(128,), rate=0.01, batch=64)
"""Learns most labels of a few hundred rows by heart, whatever they are."""

PROGRAMS = (RECIPES[0], RECIPES[1], RECIPES[5], BY_HEART)

UNTRAINED, PROBES, LABELLINGS, RIGHT = 100, 2, 60, 16
"""Networks of each recipe: untrained; one on each shuffled labelling of training rows, of which each of so many
shuffled labellings of judged rows has its part; trained right."""

HEART = 0.95
"""Who is right about this share of its training rows has learned them by heart."""

NOTHING = ("untrained", "unrelated", "mispaired")

COLUMNS = (
    *("task", "held_out", "rows", "training_rows", "level", "untrained_level", "reference", "p"),
    *("untrained", "untrained_escaped", "unrelated", "unrelated_by_heart", "unrelated_escaped"),
    *("mispaired", "mispaired_by_heart", "mispaired_escaped"),
    *("learned_80", "escaped_80", "unclear_80", "learned_90", "escaped_90", "unclear_90"),
)


def _clusters(rows: int, probe: int, gap: float) -> Task:
    label = np.arange(rows) % 2
    inputs = np.random.default_rng(5).normal(size=(rows, 6)) + gap * (2 * label[:, None] - 1)
    return chance.task(inputs, label, probe=probe)


def _lamps() -> Task:
    """Return 144 rows of which each is one of four, two of each class: luck is right about all 24 judged rows."""
    label = np.arange(144) % 2
    return chance.task(np.eye(4)[2 * label + np.arange(144) // 2 % 2], label, probe=24)


def tasks() -> Mapping[str, Callable[[], Task]]:
    """Return the tasks by name; `chance.HELD_OUT` were not looked at while the rules were chosen."""
    known = chance.tasks()
    names = ("wine_30", "iris", "moons_30", "circles", "noisy", *chance.HELD_OUT)
    return {name: known[name] for name in names} | {
        "clusters_24": lambda: _clusters(144, 24, 2.0),
        "near_clusters_12": lambda: _clusters(60, 12, 0.6),
        "lamps_24": _lamps,
    }


def _relabelled(task: Task, rng: np.random.Generator, rows: np.ndarray) -> Task:
    """Return the task with the labels of these rows shuffled."""
    labels = task.labels.copy()
    labels[rows] = rng.permutation(labels[rows])
    return replace(task, labels=labels, hash=f"{task.hash} {rng.integers(2**62)}")


class Judged:
    """Programs of one task, and how their trials were read."""

    def __init__(self, task: Task) -> None:
        self.task, self.bar = task, _bar(task)
        self.counts: Counter[str] = Counter()

    def untrained(self, recipe: Recipe, networks: int, rng: np.random.Generator) -> None:
        """Count the states of networks whose weights stay as they are."""
        for ending in _endings(self.task, recipe, _right(self.task, networks), rng, steps=(0,)):
            still = replace(ending, steps=STEPS, correct=ending.correct * len(STEPS), losses=ending.losses * len(STEPS))
            self._count("untrained", still, self.bar)

    def unrelated(self, probes: int, labellings: int, rng: np.random.Generator) -> None:
        """Count the states of networks where all labels of the data are shuffled; the level is measured on these.

        Args:
            probes: shuffled labellings of the judged rows.
            labellings: shuffled labellings of the training rows, in all.
            rng: the source of randomness.
        """
        for _ in range(probes):
            data = _relabelled(self.task, rng, np.arange(len(self.task.labels)))
            self._shuffled("unrelated", data, _bar(data), labellings // probes, rng)

    def mispaired(self, labellings: int, rng: np.random.Generator) -> None:
        """Count the states of networks where training labels are shuffled; luck is that of the right labels."""
        self._shuffled("mispaired", self.task, self.bar, labellings, rng)

    def _shuffled(self, world: str, task: Task, bar: Bar, labellings: int, rng: np.random.Generator) -> None:
        tasks = [_relabelled(task, rng, task.train_rows) for _ in range(labellings)]
        bars = [_with_relation(bar, each) for each in tasks]
        labels = np.stack([each.labels[each.train_rows] for each in tasks])
        for recipe in PROGRAMS:
            for own, ending in zip(bars, _endings(task, recipe, labels, rng), strict=True):
                self._count(world, ending, own)
                self.counts[f"{world}_by_heart"] += ending.training_correct >= HEART * ending.training_rows

    def learned(self, recipe: Recipe, networks: int, rng: np.random.Generator) -> None:
        """Count the states of networks that have learned most of what the reference classifier learns."""
        level = self.bar.chance
        for ending in _endings(self.task, recipe, _right(self.task, networks), rng):
            state = state_of(ending, self.bar)
            for share in chance.MOST:
                most = level.majority + share * (level.reference - level.majority)
                if min(ending.correct[-3:]) >= most * level.rows:
                    self.counts[f"learned_{100 * share:.0f}"] += 1
                    self.counts[f"{state}_{100 * share:.0f}"] += 1

    def _count(self, world: str, ending: Ending, bar: Bar) -> None:
        self.counts[world] += 1
        self.counts[f"{world}_escaped"] += state_of(ending, bar) == "escaped"

    def row(self, name: str) -> dict[str, object]:
        """Return the row of the table."""
        level = self.bar.chance
        known: dict[str, object] = {
            "task": name,
            "held_out": int(name in chance.HELD_OUT),
            "rows": level.rows,
            "training_rows": len(self.task.train_rows),
            "level": f"{level.level:.3f}",
            "untrained_level": f"{self.bar.untrained / level.rows:.3f}",
            "reference": f"{level.reference:.3f}",
            "p": f"{level.p:.3f}",
        }
        return {column: known.get(column, self.counts[column]) for column in COLUMNS}


def _bar(task: Task) -> Bar:
    level = as_is.of_task(task)
    return Bar(chance=level.chance, untrained=level.untrained)


def _with_relation(bar: Bar, task: Task) -> Bar:
    """Return the bar with what ordinary classifiers find in these training labels."""
    relation = ordinary_classifiers.relation(task, task.train_rows)
    reference = ordinary_classifiers.best_accuracy(task) if relation.p <= chance_level.UNRELATED else 0.0
    return replace(bar, chance=replace(bar.chance, p=relation.p, reference=reference))


def _right(task: Task, networks: int) -> np.ndarray:
    """Return the training labels of a task, once for each network."""
    return np.broadcast_to(task.labels[task.train_rows], (networks, len(task.train_rows)))


def _endings(
    task: Task, recipe: Recipe, labels: np.ndarray, rng: np.random.Generator, *, steps: tuple[int, ...] = STEPS
) -> Iterator[Ending]:
    """Train networks, each on its labels, and yield how each went."""
    inputs = input_scale.scale({"kind": recipe.scale}, task.inputs, task.train_rows)
    probe = inputs[task.probe_rows], task.labels[task.probe_rows]
    for right, loss, fitted in zip(*trained(recipe, inputs[task.train_rows], labels, probe, steps, rng), strict=True):
        yield Ending(
            steps=steps,
            correct=tuple(right.tolist()),
            losses=tuple(loss.tolist()),
            rows=len(task.probe_rows),
            training_correct=int(fitted),
            training_rows=len(task.train_rows),
        )


def rows(names: Mapping[str, Callable[[], Task]]) -> Iterator[dict[str, object]]:
    """Yield the row of each task.

    Args:
        names: the tasks.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        for number, (name, make) in enumerate(names.items()):
            judged, rng = Judged(make()), np.random.default_rng([20, number])
            for recipe in PROGRAMS:
                judged.untrained(recipe, UNTRAINED, rng)
                judged.learned(recipe, RIGHT, rng)
            judged.unrelated(PROBES, LABELLINGS, rng)
            judged.mispaired(LABELLINGS, rng)
            yield judged.row(name)


def main(folder: Path) -> int:
    """Measure everything and write the table; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    with (folder / "program_chance.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        for row in rows(tasks()):
            out.writerow(row)
            file.flush()
            print(row, flush=True)
            total.update({name: int(str(row[name])) for kind in NOTHING for name in (kind, f"{kind}_escaped")})
    for kind in NOTHING:
        print(f"{kind}: {total[f'{kind}_escaped']} of {total[kind]} escaped.")
    return int(any(total[f"{kind}_escaped"] > chance_level.LUCKY * total[kind] for kind in NOTHING))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/validation")))

"""`python -m validation.chance [FOLDER]`: whether networks that know nothing are told from networks that have learned.

On each task small networks of seven recipes are judged by their curves: untrained, trained on shuffled labels, and
trained right. Writes FOLDER/chance.csv (results/published/validation if not given), a row a task. Ends with status 1 if
more than 1 in 200 of all that know nothing escaped. Takes 2.5 minutes of processor.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from sklearn import datasets
from threadpoolctl import threadpool_limits

from ablate.core.study import Budget
from ablate.outcomes import chance_level, states
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.on_its_way import steps_more
from ablate.remedies import input_scale
from ablate.tasks import Task, load
from ablate.tasks._task import Examples, assemble
from validation.small_networks import RECIPES, Recipe, Trained, trained

BUDGET = Budget(steps=300, looks=25)
LONGER = 4
"""How many times longer the slow networks are trained, to see what became of those that were on their way."""

SHUFFLED, RIGHT = 100, 30
"""Networks of each recipe on each task: with shuffled labels (and as many untrained), and trained right."""

MOST = (0.8, 0.9)
"""Shares of what the reference classifier learns, from a constant prediction on: "has learned most"."""

COLUMNS = (
    *("task", "held_out", "rows", "classes", "majority", "level", "reference", "unclear_from", "p"),
    *("untrained", "untrained_escaped", "shuffled", "shuffled_escaped", "shuffled_collapsed", "shuffled_slow"),
    *("learned_80", "escaped_80", "unclear_80", "learned_90", "escaped_90", "unclear_90"),
    *("slow", "slow_above_later", "median_ratio", "stuck", "stuck_above_later"),
)


def _exclusive_or(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 2, (rows, 2))
    return 2 * corner - 1 + rng.normal(0, 0.35, (rows, 2)), corner[:, 0] ^ corner[:, 1]


def _made(rows: int, **how: object) -> tuple[np.ndarray, np.ndarray]:
    inputs, labels = datasets.make_classification(rows, **how)
    return inputs, labels


def _halves() -> tuple[np.ndarray, np.ndarray]:
    inputs, value = datasets.load_diabetes(return_X_y=True)
    return inputs, (value > np.median(value)).astype(int)


def _hastie() -> tuple[np.ndarray, np.ndarray]:
    inputs, sign = datasets.make_hastie_10_2(500, random_state=11)
    return inputs, (sign > 0).astype(int)


def _roll() -> tuple[np.ndarray, np.ndarray]:
    inputs, along = datasets.make_swiss_roll(300, noise=0.5, random_state=11)
    return inputs, np.digitize(along, np.quantile(along, (0.25, 0.5, 0.75)))


def tasks() -> Mapping[str, Callable[[], Task]]:
    """Return the tasks by name; those of `HELD_OUT` were not looked at while the rules were chosen."""
    wine, cancer = datasets.load_wine(return_X_y=True), datasets.load_breast_cancer(return_X_y=True)
    moons = datasets.make_moons(300, noise=0.2, random_state=0)
    return {
        "wine": lambda: task(*wine),
        "iris": lambda: task(*datasets.load_iris(return_X_y=True)),
        "breast_cancer": lambda: task(*cancer),
        "moons": lambda: task(*moons),
        "circles": lambda: task(*datasets.make_circles(300, noise=0.1, factor=0.4, random_state=0)),
        "exclusive_or": lambda: task(*_exclusive_or(300)),
        "two_classes": lambda: task(*_made(400, n_informative=5, random_state=1)),
        "noisy": lambda: task(*_made(600, n_informative=3, class_sep=0.5, flip_y=0.3, random_state=3)),
        "unbalanced": lambda: task(
            *_made(600, n_features=10, n_informative=5, weights=[0.9], class_sep=1.5, flip_y=0, random_state=0)
        ),
        "wine_30": lambda: task(*wine, probe=30),
        "moons_30": lambda: task(*moons, probe=30),
        "breast_cancer_200": lambda: task(*cancer, probe=200),
        "digits": lambda: load({"kind": "digits"}),
        "words": lambda: load({"kind": "words"}),
        "diabetes_halves": lambda: task(*_halves()),
        "quantiles": lambda: task(*datasets.make_gaussian_quantiles(n_samples=450, n_features=4, random_state=7)),
        "hastie": lambda: task(*_hastie()),
        "roll_quarters": lambda: task(*_roll()),
    }


HELD_OUT = ("diabetes_halves", "quantiles", "hastie", "roll_quarters")


def task(inputs: np.ndarray, labels: np.ndarray, *, probe: int = 0) -> Task:
    """Return a task of rows; so many of them are judged, at random, or a third if `probe` is 0."""
    names = tuple(map(str, range(int(labels.max()) + 1)))
    chosen = np.sort(np.random.default_rng(0).permutation(len(inputs))[:probe]) if probe else None
    return assemble({"kind": "npz"}, Examples(inputs=inputs, labels=labels, class_names=names, probe_rows=chosen))


class Judged:
    """Networks of one task, and how their curves were read."""

    def __init__(self, task: Task, chance: Chance) -> None:
        self.task, self.chance = task, chance
        self.counts: Counter[str] = Counter()
        self.ratios: list[float] = []

    def know_nothing(self, recipe: Recipe, networks: int, rng: np.random.Generator) -> None:
        """Train networks on shuffled labels, and count their states; also those that they would have untrained."""
        labels = rng.permuted(
            np.broadcast_to(self.task.labels[self.task.train_rows], (networks, len(self.task.train_rows))), axis=1
        )
        steps = np.array(BUDGET.schedule)
        for correct, loss in zip(*self._trained(recipe, labels, steps, rng)[:2], strict=True):
            self.counts[f"shuffled_{self._state(steps, correct, loss)}"] += 1
            still, flat = np.full(len(steps), correct[0]), np.full(len(steps), loss[0])
            self.counts[f"untrained_{self._state(steps, still, flat)}"] += 1

    def learn(self, recipe: Recipe, networks: int, rng: np.random.Generator) -> None:
        """Train networks on the right labels, and count their states; slow ones are trained on, to see what comes."""
        labels = np.broadcast_to(self.task.labels[self.task.train_rows], (networks, len(self.task.train_rows)))
        longer = LONGER if recipe.slow else 1
        steps = np.array(Budget(steps=longer * BUDGET.steps, looks=longer * BUDGET.looks).schedule)
        first = slice(BUDGET.looks + 1)
        for correct, loss in zip(*self._trained(recipe, labels, steps, rng)[:2], strict=True):
            state = self._state(steps[first], correct[first], loss[first])
            self._count_learned(correct[first], state)
            if recipe.slow and state in ("slow", "stuck", "unclear"):
                self._count_later(steps, correct, loss, state)

    def _trained(self, recipe: Recipe, labels: np.ndarray, steps: np.ndarray, rng: np.random.Generator) -> Trained:
        task = self.task
        inputs = input_scale.scale({"kind": recipe.scale}, task.inputs, task.train_rows)
        probe = inputs[task.probe_rows], task.labels[task.probe_rows]
        return trained(recipe, inputs[task.train_rows], labels, probe, steps.tolist(), rng)

    def _state(self, steps: np.ndarray, correct: np.ndarray, loss: np.ndarray) -> str:
        return states.state_of(steps, correct, loss, self.chance)[0]

    def _count_learned(self, correct: np.ndarray, state: str) -> None:
        chance = self.chance
        for share in MOST:
            most = chance.majority + share * (chance.reference - chance.majority)
            if correct[-3:].min() >= most * chance.rows:
                self.counts[f"learned_{100 * share:.0f}"] += 1
                self.counts[f"escaped_{100 * share:.0f}"] += state == "escaped"
                self.counts[f"unclear_{100 * share:.0f}"] += state == "unclear"

    def _count_later(self, steps: np.ndarray, correct: np.ndarray, loss: np.ndarray, state: str) -> None:
        first = slice(BUDGET.looks + 1)
        _, rose = states.state_of(steps, correct, loss, self.chance)
        name = "slow" if state == "slow" else "stuck"
        self.counts[name] += 1
        self.counts[f"{name}_above_later"] += rose is not None
        start = int(correct[0])
        known, bar = max(start, self.chance.constant), self.chance.bar(start)
        more = steps_more(steps[first], correct[first], loss[first], bar, known=known)
        if rose is not None and more:
            self.ratios.append((steps[rose] - BUDGET.steps) / more)

    def row(self, name: str) -> dict[str, object]:
        """Return the row of the table."""
        chance, counts = self.chance, self.counts
        known = {
            "task": name,
            "held_out": int(name in HELD_OUT),
            "rows": chance.rows,
            "classes": chance.classes,
            "majority": f"{chance.majority:.3f}",
            "level": f"{chance.level:.3f}",
            "reference": f"{chance.reference:.3f}",
            "unclear_from": f"{chance.unclear[0] / chance.rows:.3f}" if chance.unclear else "",
            "p": f"{chance.p:.3f}",
            "median_ratio": f"{np.median(self.ratios):.2f}" if self.ratios else "",
        }
        for kind in ("untrained", "shuffled"):
            known[kind] = sum(count for key, count in counts.items() if key.startswith(f"{kind}_"))
        return {column: known.get(column, counts[column]) for column in COLUMNS}


def rows(names: Mapping[str, Callable[[], Task]], shuffled: int, right: int) -> Iterator[dict[str, object]]:
    """Yield the row of each task.

    Args:
        names: the tasks.
        shuffled: networks of each recipe with shuffled labels, and untrained.
        right: networks of each recipe trained right.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        for number, (name, make) in enumerate(names.items()):
            task = make()
            judged = Judged(task, chance_level.measure(task))
            for at, recipe in enumerate(RECIPES):
                rng = np.random.default_rng([number, at])
                judged.know_nothing(recipe, shuffled, rng)
                judged.learn(recipe, right, rng)
            yield judged.row(name)


def main(folder: Path) -> int:
    """Measure everything and write the table; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    nothing = escaped = 0
    with (folder / "chance.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        for row in rows(tasks(), SHUFFLED, RIGHT):
            out.writerow(row)
            print(row, flush=True)
            nothing += int(str(row["untrained"])) + int(str(row["shuffled"]))
            escaped += int(str(row["untrained_escaped"])) + int(str(row["shuffled_escaped"]))
    print(f"{escaped} of {nothing} networks that know nothing escaped.")
    return int(escaped > chance_level.LUCKY * nothing)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/validation")))

"""How many trials that cannot have learned are read as escaped: `python benchmarks/null_trials.py [FOLDER] [N]`.

Two kinds on every task of the package, N (2,000) of each: a learning rate of zero, over untrained networks of many
kinds; and shuffled labels, over rates and losses. Writes FOLDER/null.csv (results/published/validation if not given).
Columns: task, kind, n, escaped, share, binomial (how many the binomial rule without the null band would have called
escaped). Ends with status 1 if more than 1 % of any kind escaped.
"""

from __future__ import annotations

import csv
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablate import configure, engine, tasks
from ablate.core.study import Study, Trial
from ablate.design import designs
from ablate.engine.program import stacks
from ablate.executors import local
from ablate.outcomes import states
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.runner import preflight

TASKS = ("digits", "blobs", "spirals", "checkerboard", "words")
COMMON = ("width=32", "activation=relu,leaky_relu", "input_scale=standardized,raw")
KINDS = {
    "rate_zero": ("learning_rate=0.0", "loss=fused", "initializer=glorot,he,lecun,large"),
    "labels_shuffled": ("fault=labels_shuffled", "learning_rate=0.01,0.001", "loss=fused,clipped"),
}
SETTINGS = 16
"""Settings of each kind."""

MOST = 0.01
"""The share of trials that may be read as escaped."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one kind of trial on one task."""

    task: str
    kind: str
    n: int
    escaped: int
    binomial: int

    @property
    def share(self) -> float:
        """The share read as escaped."""
        return self.escaped / self.n


def study(task: str, kind: str, count: int) -> Study:
    """Return a study of `count` trials of that kind, rounded up to whole seeds."""
    seeds = -(-count // SETTINGS)
    return configure.compose([f"task={task}", *COMMON, *KINDS[kind], f"seed=range({seeds})"])


def measure(names: Sequence[str], count: int, workers: int) -> Iterator[Row]:
    """Trains and reads `count` trials of each kind on each of these tasks."""
    studies = {(task, kind): study(task, kind, count) for task in names for kind in KINDS}
    trials = {
        key: {trial.id: trial for trial in designs.trials(own, lambda params: tasks.load(params).hash)}
        for key, own in studies.items()
    }
    found = _trained([trial for own in trials.values() for trial in own.values()], workers)
    for (task, kind), own in trials.items():
        (chance,) = preflight.chances(studies[task, kind], list(own.values()), {}, lambda _: None).values()
        luck = dataclasses.replace(chance, band=chance.critical, distinct=chance.rows)
        curves = [found[name] for name in own]
        yield Row(task=task, kind=kind, n=len(own), escaped=_escaped(curves, chance), binomial=_escaped(curves, luck))


def _trained(trials: Sequence[Trial], workers: int) -> dict[str, Curves]:
    found: dict[str, Curves] = {}
    for done in local.run(stacks(trials), engine.train, workers=workers, warm="ablate.engine.training"):
        if done.curves is None:
            raise SystemExit(f"A stack could not be trained: {done.error}")
        found |= {curves.id: curves for curves in done.curves}
        print(f"{len(found):,} of {len(trials):,} trials", file=sys.stderr, flush=True)
    return found


def _escaped(curves: Sequence[Curves], chance: Chance) -> int:
    return sum(states.outcome_of(each, chance).state == "escaped" for each in curves)


def main(folder: Path, count: int) -> int:
    """Measures everything and writes the table; the exit status."""
    rows = list(measure(TASKS, count, min(2, local.cores())))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "null.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["task", "kind", "n", "escaped", "share", "binomial"])
        for row in rows:
            out.writerow([row.task, row.kind, row.n, row.escaped, f"{row.share:.4f}", row.binomial])
            print(
                f"{row.task} {row.kind}: {row.escaped} of {row.n} escaped; by the binomial rule alone {row.binomial}."
            )
    return int(any(row.share > MOST for row in rows))


if __name__ == "__main__":
    own = sys.argv[1:]
    sys.exit(main(Path(own[0] if own else "results/published/validation"), int(own[1]) if len(own) > 1 else 2_000))

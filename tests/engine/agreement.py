"""Do the engines agree on how trials end, in float32? Pairs of curves, and how often their states and times match."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ablate import checks, configure, design, states, tasks
from ablate.chance import Chance
from ablate.curves import Curves
from ablate.engine.program import Stack, stacks
from ablate.executors import local
from ablate.states import Outcome
from ablate.study import Study, Trial
from tests.engine import small

BROKEN = {"loss": ("naive",), "fault": ("nan_row", "log_zero")}
"""Levels of the blog study that divide by zero sooner or later: a draw at random holds too few diverged trials."""

GROUPS = {
    "escaped": "escaped",
    "stuck": "stuck or collapsed",
    "collapsed": "stuck or collapsed",
    "diverged": "diverged",
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One trial's curves by both engines."""

    id: str
    fused: Curves
    reference: Curves


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one trial ended by both engines."""

    trial: Trial
    fused: Outcome
    reference: Outcome

    @property
    def same(self) -> bool:
        """Whether the states are equal."""
        return self.fused.state == self.reference.state

    @property
    def timed(self) -> bool:
        """Whether either engine saw the trial sustained above chance."""
        return self.fused.time is not None or self.reference.time is not None

    @property
    def close(self) -> bool:
        """Whether both did, within one look."""
        if self.fused.time is None or self.reference.time is None:
            return False
        look = self.trial.budget.steps / self.trial.budget.looks
        return abs(self.fused.time - self.reference.time) <= look + 0.5


def train(stack: Stack) -> list[Pair]:
    """The stack's trials by both engines."""
    from ablate.engine import training

    return [
        Pair(id=trial.id, fused=own, reference=training.train(small.only([small.as_reference(trial)]))[0])
        for trial, own in zip(stack.trials, training.train(stack), strict=True)
    ]


def blog(count: int, broken: int, seed: int = 0) -> tuple[Study, list[Trial]]:
    """The blog study, and trials drawn from it: `count` of all, and `broken` of those with a level in BROKEN."""
    study = configure.compose(["experiment=blog"])
    every = design.trials(study, lambda params: tasks.load(params).hash)
    rng = np.random.Generator(np.random.PCG64(seed))
    first = [every[place] for place in rng.permutation(len(every))[:count]]
    rest = [trial for trial in every if _broken(trial) and trial not in set(first)]
    return study, [*first, *(rest[place] for place in rng.permutation(len(rest))[:broken])]


def _broken(trial: Trial) -> bool:
    return any(trial.setting[factor].name in names for factor, names in BROKEN.items())


def chances(study: Study, trials: Sequence[Trial]) -> dict[str, Chance]:
    """The chance level by task hash, as a sweep of the study measures it."""
    return {key: found.read() for key, found in checks.chances(study, trials, {}, lambda _: None).items()}


def pairs(trials: Sequence[Trial]) -> Iterator[Pair]:
    """The trials by both engines, in two processes, as they finish."""
    for done in local.run(stacks(trials), train, workers=min(2, local.cores())):
        assert done.curves is not None, done.error
        for pair in done.curves:
            assert isinstance(pair, Pair)
            yield pair


def rows(trials: Iterable[Trial], found: Iterable[Pair], rules: Mapping[str, Chance]) -> list[Row]:
    """How the trials ended, by the chance level of each task hash."""
    by_id = {trial.id: trial for trial in trials}
    ends = []
    for pair in found:
        trial = by_id[pair.id]
        fused, reference = (states.read(curves, rules[trial.task_hash]) for curves in (pair.fused, pair.reference))
        ends.append(Row(trial=trial, fused=fused, reference=reference))
    return ends


def groups(found: Iterable[Row]) -> Counter[str]:
    """How many ended escaped, stuck or collapsed, and diverged, by the reference."""
    return Counter(GROUPS.get(row.reference.state, row.reference.state) for row in found)


def shares(found: Sequence[Row]) -> tuple[float, float]:
    """The share of trials of equal state, and the share of times within one look among trials with a time."""
    timed = [row for row in found if row.timed]
    return sum(row.same for row in found) / len(found), sum(row.close for row in timed) / max(1, len(timed))


def write(found: Iterable[Row], study: Study, path: Path) -> None:
    """One line a trial."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "setting", "seed", "fused", "reference", "fused_time", "reference_time", "same", "close"])
        for row in sorted(found, key=lambda row: row.trial.id):
            changed = row.trial.setting.remedies(study.baseline)
            text = " ".join(f"{factor}={row.trial.setting[factor].name}" for factor in changed)
            times = ["" if end.time is None else end.time for end in (row.fused, row.reference)]
            ends = [row.fused.state, row.reference.state]
            out.writerow([row.trial.id, text, row.trial.seed, *ends, *times, row.same, row.close if row.timed else ""])

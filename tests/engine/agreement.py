"""Do the engines agree on how trials end, in float32? How often states and times match.

Training near the edge of stability is chaotic: the last bit of a weight decides, hundreds of steps later, whether a
network has fallen to 1/N by the last look. No two programs that round differently can agree there, so the same is asked
of plain Keras and plain Keras from weights that differ in their last bit.
"""

from __future__ import annotations

import csv
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from ablate import configure, tasks
from ablate.core.study import Study, Trial
from ablate.design import designs
from ablate.engine.program import Stack, stacks
from ablate.executors import local
from ablate.outcomes import states
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.runner import preflight
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
    """One trial's curves by both engines, and by plain Keras from weights one unit in the last place larger."""

    id: str
    fused: Curves
    reference: Curves
    nudged: Curves


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one trial ended by the reference engine, and by another: the fused one, or the reference nudged."""

    trial: Trial
    other: Outcome
    reference: Outcome

    @property
    def same(self) -> bool:
        """Whether the states are equal."""
        return self.other.state == self.reference.state

    @property
    def timed(self) -> bool:
        """Whether either saw the trial sustained above chance."""
        return self.other.time is not None or self.reference.time is not None

    @property
    def close(self) -> bool:
        """Whether both did, within one look."""
        if self.other.time is None or self.reference.time is None:
            return False
        look = self.trial.budget.steps / self.trial.budget.looks
        return abs(self.other.time - self.reference.time) <= look + 0.5


def train(stack: Stack) -> list[Pair]:
    """The stack's trials by both engines."""
    from ablate.engine import training

    found = []
    for trial, own in zip(stack.trials, training.train(stack), strict=True):
        alone = small.only([small.as_reference(trial)])
        (reference,) = training.train(alone)
        with nudged_weights():
            (nudged,) = training.train(alone)
        found.append(Pair(id=trial.id, fused=own, reference=reference, nudged=nudged))
    return found


@contextmanager
def nudged_weights() -> Iterator[None]:
    """The reference engine starts from weights that are one unit in the last place larger."""
    from ablate.engine import reference

    load = reference._load

    def nudged(model: Any, net: Any, start: Any) -> None:
        weights = {name: np.nextafter(each, np.inf, dtype=each.dtype) for name, each in start.weights.items()}
        load(model, net, dataclasses.replace(start, weights=weights))

    with mock.patch.object(reference, "_load", nudged):
        yield


def blog(count: int, broken: int, seed: int = 0) -> tuple[Study, list[Trial]]:
    """The blog study, and trials drawn from it: `count` of all, and `broken` of those with a level in BROKEN."""
    study = configure.compose(["experiment=blog"])
    every = designs.trials(study, lambda params: tasks.load(params).hash)
    rng = np.random.Generator(np.random.PCG64(seed))
    first = [every[place] for place in rng.permutation(len(every))[:count]]
    rest = [trial for trial in every if _broken(trial) and trial not in set(first)]
    return study, [*first, *(rest[place] for place in rng.permutation(len(rest))[:broken])]


def _broken(trial: Trial) -> bool:
    return any(trial.setting[factor].name in names for factor, names in BROKEN.items())


def chances(study: Study, trials: Sequence[Trial]) -> dict[str, Chance]:
    """The chance level by task hash, as a sweep of the study measures it."""
    return preflight.chances(study, trials, {}, lambda _: None)


def pairs(trials: Sequence[Trial]) -> Iterator[Pair]:
    """The trials by both engines, in two processes, as they finish."""
    for done in local.run(stacks(trials), train, workers=min(2, local.cores())):
        assert done.curves is not None, done.error
        for pair in done.curves:
            assert isinstance(pair, Pair)
            yield pair


def rows(trials: Iterable[Trial], found: Iterable[Pair], rules: Mapping[str, Chance]) -> tuple[list[Row], list[Row]]:
    """How the trials ended, by the chance level of each task hash: fused, and nudged, against the reference."""
    by_id = {trial.id: trial for trial in trials}
    fused, nudged = [], []
    for pair in found:
        trial = by_id[pair.id]
        ends = [states.outcome_of(each, rules[trial.task_hash]) for each in (pair.fused, pair.nudged, pair.reference)]
        fused.append(Row(trial=trial, other=ends[0], reference=ends[2]))
        nudged.append(Row(trial=trial, other=ends[1], reference=ends[2]))
    return fused, nudged


def groups(found: Iterable[Row]) -> Counter[str]:
    """How many ended escaped, stuck or collapsed, and diverged, by the reference."""
    return Counter(GROUPS.get(row.reference.state, row.reference.state) for row in found)


def shares(found: Sequence[Row]) -> tuple[float, float]:
    """The share of trials of equal state, and the share of times within one look among trials with a time."""
    timed = [row for row in found if row.timed]
    return sum(row.same for row in found) / len(found), sum(row.close for row in timed) / max(1, len(timed))


def write(fused: Iterable[Row], nudged: Iterable[Row], study: Study, path: Path) -> None:
    """One line a trial."""
    other = {row.trial.id: row for row in nudged}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        names = ("fused", "nudged", "reference")
        out.writerow(["id", "setting", "seed", *names, *(f"{name}_time" for name in names), "same", "close"])
        for row in sorted(fused, key=lambda row: row.trial.id):
            changed = row.trial.setting.remedies(study.baseline)
            text = " ".join(f"{factor}={row.trial.setting[factor].name}" for factor in changed)
            found = (row.other, other[row.trial.id].other, row.reference)
            ends = [end.state for end in found]
            times = ["" if end.time is None else end.time for end in found]
            out.writerow([row.trial.id, text, row.trial.seed, *ends, *times, row.same, row.close if row.timed else ""])

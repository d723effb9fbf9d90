"""Measure how often the engines agree in float32 on the states and times of trials.

Training near the edge of stability is chaotic: the last bit of a weight may decide, hundreds of steps later, whether a
network is at chance at the last evaluation. Programs that round differently cannot always agree there. Therefore plain
Keras is also compared with plain Keras from weights that differ in their last bit.
"""

from __future__ import annotations

import csv
import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
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
    """One trial's curves by both engines, and by the reference from weights one unit in the last place larger."""

    id: str
    fused: Curves
    reference: Curves
    nudged: Curves | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one trial ended by the reference engine, and by another: the fused engine, or the reference nudged."""

    trial: Trial
    other: Outcome
    reference: Outcome

    @property
    def same(self) -> bool:
        """Return whether the states are equal."""
        return self.other.state == self.reference.state

    @property
    def timed(self) -> bool:
        """Return whether the trial was sustained above chance in either engine."""
        return self.other.time is not None or self.reference.time is not None

    @property
    def close(self) -> bool:
        """Return whether it was in both, within one evaluation."""
        if self.other.time is None or self.reference.time is None:
            return False
        interval = self.trial.budget.steps / self.trial.budget.looks
        return abs(self.other.time - self.reference.time) <= interval + 0.5


def train(stack: Stack, *, nudged_seeds: Container[int] = range(sys.maxsize)) -> list[Pair]:
    """Train the stack's trials by both engines, and those of some seeds by the reference nudged."""
    from ablate.engine import training

    pairs = []
    with small.switches_of(stack):
        curves = training.train(stack)
    for trial, fused in zip(stack.trials, curves, strict=True):
        alone = small.only([small.as_reference(trial)])
        (reference,) = training.train(alone)
        nudged = None
        if trial.seed in nudged_seeds:
            with nudged_weights():
                (nudged,) = training.train(alone)
        pairs.append(Pair(id=trial.id, fused=fused, reference=reference, nudged=nudged))
    return pairs


@contextmanager
def nudged_weights() -> Iterator[None]:
    """Make the reference engine start from weights that are one unit in the last place larger."""
    from ablate.engine import reference

    load = reference._load

    def nudged(model: Any, net: Any, start: Any) -> None:
        weights = {name: np.nextafter(value, np.inf, dtype=value.dtype) for name, value in start.weights.items()}
        load(model, net, dataclasses.replace(start, weights=weights))

    with mock.patch.object(reference, "_load", nudged):
        yield


def blog(count: int, broken: int, seed: int = 0) -> tuple[Study, list[Trial]]:
    """Return the blog study and trials drawn from it: `count` of all, and `broken` of those with a level in BROKEN."""
    study = configure.compose(["experiment=blog"])
    trials = designs.trials(study, lambda params: tasks.load(params).hash)
    rng = np.random.Generator(np.random.PCG64(seed))
    first = [trials[index] for index in rng.permutation(len(trials))[:count]]
    rest = [trial for trial in trials if _broken(trial) and trial not in set(first)]
    return study, [*first, *(rest[index] for index in rng.permutation(len(rest))[:broken])]


def _broken(trial: Trial) -> bool:
    return any(trial.setting[factor].name in names for factor, names in BROKEN.items())


def chances(trials: Sequence[Trial]) -> dict[str, Chance]:
    """Return the chance level by task hash, as a sweep of the study measures it."""
    return preflight.chances(trials, {}, lambda _: None)


def pairs(
    trials: Sequence[Trial], train: Callable[[Stack], list[Pair]] = train, workers: int = min(2, local.cores())
) -> Iterator[Pair]:
    """Train the trials by both engines, in processes of their own; yield them as they finish."""
    for done in local.run(stacks(trials), train, workers=workers):
        assert done.curves is not None, done.error
        for pair in done.curves:
            assert isinstance(pair, Pair)
            yield pair


def rows(trials: Iterable[Trial], pairs: Iterable[Pair], chances: Mapping[str, Chance]) -> tuple[list[Row], list[Row]]:
    """Compare how the trials ended: the fused engine, and the nudged reference, each with the reference.

    Args:
        trials: the trials.
        pairs: their curves.
        chances: the chance level by task hash.
    """
    by_id = {trial.id: trial for trial in trials}
    fused, nudged = [], []
    for pair in pairs:
        trial = by_id[pair.id]
        chance = chances[trial.task_hash]
        reference = states.outcome_of(pair.reference, chance)
        fused.append(Row(trial=trial, other=states.outcome_of(pair.fused, chance), reference=reference))
        if pair.nudged is not None:
            nudged.append(Row(trial=trial, other=states.outcome_of(pair.nudged, chance), reference=reference))
    return fused, nudged


def groups(rows: Iterable[Row]) -> Counter[str]:
    """Count the trials that ended escaped, stuck or collapsed, and diverged in the reference."""
    return Counter(GROUPS.get(row.reference.state, row.reference.state) for row in rows)


def shares(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the share of trials of equal state, and among trials with a time the share within one evaluation."""
    timed = [row for row in rows if row.timed]
    return sum(row.same for row in rows) / len(rows), sum(row.close for row in timed) / max(1, len(timed))


def write(fused: Iterable[Row], nudged: Iterable[Row], study: Study, path: Path) -> None:
    """Write one line per trial."""
    other = {row.trial.id: row for row in nudged}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        names = ("fused", "nudged", "reference")
        out.writerow(["id", "setting", "seed", *names, *(f"{name}_time" for name in names), "same", "close"])
        for row in sorted(fused, key=lambda row: row.trial.id):
            changed = row.trial.setting.remedies(study.baseline)
            text = " ".join(f"{factor}={row.trial.setting[factor].name}" for factor in changed)
            outcomes = (row.other, other[row.trial.id].other, row.reference)
            ends = [outcome.state for outcome in outcomes]
            times = ["" if outcome.time is None else outcome.time for outcome in outcomes]
            out.writerow([row.trial.id, text, row.trial.seed, *ends, *times, row.same, row.close if row.timed else ""])

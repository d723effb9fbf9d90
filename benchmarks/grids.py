"""Whole grids from an empty folder to the last stored trial, compilation included, installation not.

Our side trains every trial of the grid. A peer trains a random sample, drawn by width, in a cold process; what a
further trial takes is scaled to the grid, what does not grow with trials (imports, compilation of shared programs) is
counted once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import work
from benchmarks.rows import Found
from benchmarks.steps import ACCURACY
from benchmarks.turns import Turn, running
from benchmarks.work import Case, Job

HYDRA, AS_IS, BEST = "Hydra multirun + Keras fit", "Keras fit as is", "Keras fit at its best"
TUNER, RAY, JAX = "KerasTuner GridSearch", "Ray Tune, one trial per core", "JAX vmap + scan"
MOST_MEMORY = "<= 1.5"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Who a grid is compared with, in how many rounds at most, and on how many trials a width each time."""

    name: str
    module: str
    option: str = ""
    per_width: int = 2
    rounds: int = 1


PEERS = (
    Peer(name=HYDRA, module="hydra_multirun", rounds=9),
    Peer(name=AS_IS, module="keras_fit", option="as_is"),
    Peer(name=f"{BEST}, no jit", module="keras_fit", option="best", rounds=9),
    Peer(name=f"{BEST}, jit", module="keras_fit", option="best_jit", rounds=9),
    Peer(name=TUNER, module="tuner"),
    Peer(name=RAY, module="ray_tune"),
    Peer(name=JAX, module="jax_scan", option="grid", per_width=128),
)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """An experiment, the peers that it is compared with, and what is promised."""

    experiment: str
    title: str
    peers: tuple[Peer, ...]
    targets: dict[str, str]


GRIDS = (
    Grid(
        experiment="bench_narrow",
        title="a grid end to end, widths 16-64",
        peers=PEERS,
        targets={HYDRA: ">= 90", BEST: ">= 80"},
    ),
    Grid(
        experiment="bench",
        title="a grid end to end, widths 16-256",
        peers=tuple(peer for peer in PEERS if peer.name.startswith((HYDRA, BEST))),
        targets={HYDRA: ">= 50", BEST: ">= 40"},
    ),
)


def measure(found: Found, grids: Sequence[Grid], rounds: int, more: Sequence[str] = ()) -> None:
    """Add each grid: each round runs ours, then a new sample by every peer; `more` are overrides for all sides."""
    for grid in grids:
        words = (f"experiment={grid.experiment}", *more)
        jobs = tuple(map(work.job, work.trials(words)))
        ours, theirs = [], dict[str, list[tuple[float, Turn]]]()
        for number in range(rounds):
            ours.append(_cold("fused", Case(words=words, option="grid")))
            for peer in (peer for peer in grid.peers if number < peer.rounds):
                drawn = work.sample(jobs, min(peer.per_width, _fewest(jobs)), number)
                turn = _cold(peer.module, Case(words=words, jobs=drawn, option=peer.option))
                theirs.setdefault(peer.name, []).append(turn)
        _add(found, grid, len(jobs), ours, theirs)


def _fewest(jobs: Sequence[Job]) -> int:
    widths = [job.width for job in jobs]
    return min(map(widths.count, widths))


def _cold(module: str, case: Case) -> tuple[float, Turn]:
    """Seconds until a new process is ready, and its one turn."""
    began = time.perf_counter()
    with running(module) as own:
        go = own.prepare(module, [case])
        return time.perf_counter() - began, go()


def _add(
    found: Found,
    grid: Grid,
    trials: int,
    ours: list[tuple[float, Turn]],
    theirs: dict[str, list[tuple[float, Turn]]],
) -> None:
    stored = [start + turn.answers[0]["stored"] for start, turn in ours]
    reported = [start + turn.seconds for start, turn in ours]
    found.figure(grid.title, "ablate, to the last stored trial", "s", stored, trials)
    found.figure(grid.title, "ablate, with its report", "s", reported, trials)
    whole = {name: [_whole(start, turn, trials) for start, turn in turns] for name, turns in theirs.items()}
    for name, seconds in whole.items():
        found.figure(
            grid.title, f"{name} (sample, scaled)", "s", seconds, sum(len(t.accuracies) for _, t in theirs[name])
        )
    for peer in dict.fromkeys(BEST if name.startswith(BEST) else name for name in whole):
        name = min((each for each in whole if each.startswith(peer)), key=lambda each: sum(whole[each]))
        target = grid.targets.get(peer, "")
        found.ratio(grid.title, peer, [his / my for my, his in zip(stored, whole[name], strict=False)], target)
        found.ratio(
            f"{grid.title}, with our report", peer, [his / my for my, his in zip(reported, whole[name], strict=False)]
        )
        own = {key: value for _, turn in ours for key, value in turn.accuracies.items()}
        apart = [abs(value - own[key]) for _, turn in theirs[name] for key, value in turn.accuracies.items()]
        found.ratio(f"difference of accuracies, {grid.title}", peer, apart, ACCURACY)
    gigabytes = [turn.answers[0]["worker_megabytes"] / 1024 for _, turn in ours]
    found.ratio(f"peak memory of a worker, GB, {grid.title}", "", gigabytes, MOST_MEMORY)


def _whole(start: float, turn: Turn, trials: int) -> float:
    """Seconds of the whole grid, from a sample of it."""
    answer = turn.answers[0]
    return float(start + answer["fixed"] + trials * answer["each"])

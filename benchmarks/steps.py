"""What a step of a trial costs once all is compiled, side by side, and what share of a core's arithmetic that is."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ablate.engine.program import slots_for
from benchmarks import work
from benchmarks.rows import Found
from benchmarks.turns import Running, Turn, fastest, in_turn, micros, running
from benchmarks.work import Case

AS_IS, BEST, SGEMM = "Keras fit as is", "Keras fit at its best", "sgemm"
JAX, SAME = "JAX vmap + scan", "JAX doing the same"
ALL = (AS_IS, BEST, JAX, SAME)
TIMES = (1, 3)
"""How many times our number of networks JAX trains at once; the faster counts."""

EVERY = 16
"""Steps between two looks, as in a trial of 400 steps and 25 looks."""

ACCURACY = "<= 0.01"
"""Middle difference of the last accuracies of one trial on the two sides, as a share of the probe."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One width: how long its trials are, who is compared, and what is promised.

    Attributes:
        width: units of both hidden layers.
        steps: of a trial.
        peers: who is compared.
        targets: by peer, of the turns with looks.
        rate: target of the share of the cores' sgemm peak; not measured if empty.
        bare: whether to measure without looks, too.
        alone: whether to measure one worker alone, too.
    """

    width: int
    steps: int
    peers: tuple[str, ...]
    targets: dict[str, str]
    rate: str = ""
    bare: bool = False
    alone: bool = False


POINTS = (
    Point(
        width=32,
        steps=400,
        peers=ALL,
        targets={AS_IS: ">= 50", BEST: ">= 25", JAX: ">= 0.85", SAME: ">= 1"},
        bare=True,
    ),
    Point(
        width=64,
        steps=400,
        peers=ALL,
        targets={AS_IS: ">= 50", BEST: ">= 25", JAX: ">= 0.85", SAME: ">= 1"},
        rate=">= 0.4",
        bare=True,
        alone=True,
    ),
    Point(width=256, steps=192, peers=ALL, targets={JAX: ">= 0.85", SAME: ">= 1"}, rate=">= 0.45"),
    Point(width=1024, steps=96, peers=(AS_IS, BEST, JAX), targets={BEST: ">= 1.5"}),
)


MODULES = {JAX: "jax_scan", SAME: "jax_same"}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The processes of all sides."""

    ours: Running
    keras: Running
    jax: dict[str, Running]
    jaxes: dict[str, Running]
    sgemm: Running


@contextmanager
def sides(*, jax: bool = True) -> Iterator[Sides]:
    """All sides' processes, started once for all points; without JAX, which only the extra `bench` has, if so said."""
    with ExitStack() as stack:
        start, many = stack.enter_context, cores()
        yield Sides(
            ours=start(running("fused")),
            keras=start(running("keras_fit")),
            jax={peer: start(running(module, int(jax))) for peer, module in MODULES.items()},
            jaxes={peer: start(running(module, many * jax, pinned=True)) for peer, module in MODULES.items()},
            sgemm=start(running("sgemm", many, pinned=True)),
        )


def measure(found: Found, own: Sides, points: Sequence[Point], rounds: int) -> None:
    """Add what each point shows."""
    for point in points:
        for looks in (True, False) if point.bare else (True,):
            _measure(found, own, point, looks, rounds)


def _measure(found: Found, own: Sides, point: Point, looks: bool, rounds: int) -> None:
    words = words_of(point, looks)
    jobs = tuple(map(work.job, work.trials(words)))
    title = f"a trial-step, width {point.width}{'' if looks else ', without looks'}"
    ours = own.ours.prepare(title, [Case(words=words)])
    peers, whose = {}, {}
    for peer in point.peers:
        for name, run in variants(own, peer, title, Case(words=words, jobs=jobs, looks=looks)).items():
            peers[name], whose[name] = run, peer
    best = fastest(peers, whose)
    chosen = {name: peers[name] for name in best.values()}
    if point.rate and looks:
        chosen[SGEMM] = own.sgemm.prepare(SGEMM, [Case(words=words)] * cores())
    pairs = in_turn(ours, chosen, rounds)
    mine = [micros(turn) for each in pairs.values() for turn, _ in each]
    found.figure(title, "ablate, a worker a core", "us", mine)
    if point.alone and looks:
        single = own.ours.prepare(f"{title}, alone", [Case(words=words, option="1")])
        found.figure(title, "ablate, one worker", "us", [micros(single()) for _ in range(rounds)])
    for peer, name in best.items():
        found.figure(title, name, "us", [micros(turn) for _, turn in pairs[name]])
        ratios = [micros(his) / micros(my) for my, his in pairs[name]]
        found.ratio(title, peer, ratios, point.targets.get(peer, "") if looks else "")
        agree(found, title, peer, pairs[name][-1])
    if SGEMM in pairs:
        _rate(found, point, pairs[SGEMM])


def words_of(point: Point, looks: bool) -> tuple[str, ...]:
    """Return a study of two stacks of one program: the same network from as many seeds."""
    stacks = cores()
    fixed = ("study=steps", "task=digits", "loss=fused", "activation=relu", "optimizer=adam")
    seeds = f"seed=range({stacks * slots_for(point.width)})"
    return (
        *fixed,
        f"width={point.width}",
        f"steps={point.steps}",
        f"looks={point.steps // EVERY if looks else 1}",
        seeds,
    )


def cores() -> int:
    """Cores that both sides may use."""
    return len(os.sched_getaffinity(0))


def variants(own: Sides, peer: str, title: str, case: Case) -> dict[str, Callable[[], Turn]]:
    """Return what each variant of a peer does, by name; the fastest of them counts."""
    if peer in MODULES:
        return _jax_variants(own, peer, title, case)
    named = {peer: "as_is"} if peer == AS_IS else {f"{peer}, no jit": "best", f"{peer}, jit": "best_jit"}
    case = dataclasses.replace(case, jobs=case.jobs[:1])
    return {
        name: own.keras.prepare(f"{title}, {option}", [dataclasses.replace(case, option=f"warm_{option}")])
        for name, option in named.items()
    }


def _jax_variants(own: Sides, peer: str, title: str, case: Case) -> dict[str, Callable[[], Turn]]:
    """Return JAX in one process with all threads, and in a pinned process a core, with more or fewer networks."""
    share, turns = len(case.jobs) // cores(), dict[str, Callable[[], Turn]]()
    for times in TIMES:
        warm = dataclasses.replace(case, option=f"warm {times}")
        parts = [dataclasses.replace(warm, jobs=case.jobs[n * share : (n + 1) * share]) for n in range(cores())]
        networks = f"{times * share} networks at once"
        one, each = f"{title}, one, {times}", f"{title}, a core, {times}"
        turns[f"{peer}, one process, {networks}"] = own.jax[peer].prepare(one, parts[:1])
        turns[f"{peer}, a process a core, {networks}"] = own.jaxes[peer].prepare(each, parts)
    return turns


def agree(found: Found, title: str, peer: str, pair: tuple[Turn, Turn]) -> None:
    """Add how far the last accuracies of the same trials lie apart."""
    ours, theirs = pair[0].accuracies, pair[1].accuracies
    apart = [abs(value - ours[name]) for name, value in theirs.items()]
    found.ratio(f"difference of accuracies, {title}", peer, apart, ACCURACY)


def _rate(found: Found, point: Point, pairs: list[tuple[Turn, Turn]]) -> None:
    """Add the share of the cores' sgemm peak that training reaches; evaluations and signals count in its time only."""
    title = f"arithmetic rate, width {point.width}"
    ours = [work.flops(point.width) / micros(turn) / 1e3 for turn, _ in pairs]
    peak = [sum(answer["flops"] for answer in turn.answers) / turn.seconds / 1e9 for _, turn in pairs]
    found.figure(title, "ablate, a worker a core", "Gflop/s", ours)
    found.figure(title, "sgemm of 1024 x 1024, all cores", "Gflop/s", peak)
    found.ratio(title, SGEMM, [own / most for own, most in zip(ours, peak, strict=True)], point.rate)

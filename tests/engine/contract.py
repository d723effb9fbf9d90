"""The contract of the two engines: what is compared, under which setting, and how far apart they may be.

Every level file of every factor is compared by itself. A new factor that is a number needs a row in GIVEN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ablate.core.study import Json, Trial
from ablate.engine.program import Stack
from ablate.outcomes import states
from ablate.outcomes.curves import Curves
from ablate.remedies import registry
from tests.engine import mutants, small

Case = tuple[str, str]
"""A factor and the name of its level; or `together` or `mutant` and its name."""

SEED = 3
COMPANION = 4
"""Trains beside each trial, so that what leaks from slot to slot cannot hide behind equal neighbours."""

ABOVE = 54
"""Correct probe rows that a look must exceed to be above chance, for the states that are compared."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a factor's levels are compared.

    Attributes:
        values: the levels of a numeric factor; a config group's levels are its files.
        under: levels of other factors, chosen so that this one has something to do.
        fill: parameters by level name, where a file leaves them to the user or has no effect in so few steps.
    """

    values: tuple[float, ...] = ()
    under: Mapping[str, Json] = field(default_factory=dict)
    fill: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


GIVEN: dict[str, Row] = {
    "batch_size": Row(values=(8,)),
    "clipping": Row(under=mutants.HARD),
    "constraint": Row(under={"initializer": "large"}),
    "depth": Row(values=(0, 3)),
    "dropout": Row(values=(0.0, 0.3)),
    "fault": Row(fill={"log_zero": {"floor": 0.05}}),
    "learning_rate": Row(values=(0.0, 0.01)),
    "model": Row(fill={"keras": {"builder": "tests.engine.nets:branches"}}),
    "normalization": Row(under={"depth": 1}),
    "schedule": Row(fill={"plateau": {"min_delta": 0.5}}),
    "task": Row(fill={"npz": {"path": "blobs.npz"}, "csv": {"path": "blobs.csv"}}),
    "width": Row(values=(5,)),
}

ROWS = {name: GIVEN.get(name, Row()) for name in registry()}

TOGETHER: dict[str, dict[str, Json]] = {
    "everything": {
        "normalization": "batch",
        "dropout": 0.2,
        "regularizer": "l2",
        "constraint": {"kind": "clamp", "value": 0.2},
        "clipping": {"kind": "global_norm", "value": 0.3},
        "schedule": {"kind": "plateau", "patience": 1, "min_delta": 0.5},
        "activation": "leaky_relu",
        "loss": "clipped_1e-3",
    },
    "log_zero_before_zero": {"fault": {"kind": "log_zero", "floor": 1e-9}},
    "warm_restart": {"start": "collapsed_kept", "schedule": {"kind": "warmup", "steps": 10}},
}
"""Settings of many levels at once: the order of the factors' hooks is part of the contract."""

EXEMPT: dict[tuple[str, str], str] = {
    ("fault", "nan_row"): "after the first NaN: ReLU of NaN is NaN under XLA and 0 in TensorFlow's own kernel",
    ("fault", "log_zero"): "the same, after its first logarithm of zero; before that it is compared in TOGETHER",
}
"""(factor, level) -> why its weights or signals may differ between the engines. At most 5."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """A trial trained by both engines.

    Attributes:
        id: the fused trial's id.
        problems: what differs by more than the contract allows; empty if nothing does.
        early: the same, of the signals before the first bad step: nothing excuses these.
        ends: the state and the first bad step by engine.
        weights: all final weights of the fused trial, flat.
    """

    id: str
    problems: tuple[str, ...]
    early: tuple[str, ...]
    ends: Mapping[str, tuple[str, int]]
    weights: np.ndarray


@cache
def cases() -> tuple[Case, ...]:
    """(factor, level) of everything the contract compares."""
    numbers = [(name, str(value)) for name, row in ROWS.items() for value in row.values]
    groups = [(name, file) for name, row in ROWS.items() if not row.values for file in small.files(name)]
    return (*groups, *numbers, *(("together", name) for name in TOGETHER))


def levels(factor: str, name: str) -> dict[str, Json]:
    """The levels of a case: its own and those it is compared under."""
    if factor == "together":
        return TOGETHER[name]
    if factor == "mutant":
        return dict(mutants.MUTANTS[name].levels)
    row = ROWS[factor]
    if row.values:
        own: Json = next(value for value in row.values if str(value) == name)
    else:
        own = {**small.content(factor, name), **row.fill[name]} if name in row.fill else name
    return {**row.under, factor: own}


def neutral_level(factor: str) -> str:
    """The name of the factor's neutral level among the cases; empty if it has none."""
    neutral = registry()[factor].neutral
    names = [name for other, name in cases() if other == factor]
    if neutral is None:
        return ""
    return next(name for name in names if small.level(factor, levels(factor, name)[factor]).params == neutral)


def neutral_cases(wanted: Iterable[Case]) -> set[Case]:
    """The neutral levels of the factors of these cases."""
    factors = {factor for factor, _ in wanted if factor in ROWS}
    return {(factor, neutral_level(factor)) for factor in factors if neutral_level(factor)}


def compare(stack: Stack) -> list[Compared]:
    """Trains a stack by the fused engine and its trials of seed SEED by the reference, in float64."""
    from ablate.engine import training

    small.collect_seldom()
    with mutants.planted(stack):
        fused = training.run(stack, "float64")
    found = []
    for trial, own in zip(stack.trials, fused, strict=True):
        if trial.seed != SEED:
            found.append(Compared(id=trial.id, problems=(), early=(), ends={}, weights=np.array([])))
            continue
        (other,) = training.run(small.only([small.as_reference(trial)]), "float64")
        found.append(
            Compared(
                id=trial.id,
                problems=(*weight_problems(own, other), *signal_problems(own.curves, other.curves)),
                early=tuple(signal_problems(own.curves, other.curves, before=own.curves.bad_step)),
                ends={"fused": end(own.curves), "reference": end(other.curves)},
                weights=np.concatenate([weight.ravel() for weight in own.variables.weights.values()]),
            )
        )
    return found


def pair(**levels: Json) -> tuple[Trial, Trial]:
    """The trial that is compared, and its companion."""
    return small.trial(seed=SEED, **levels), small.trial(seed=COMPANION, **levels)


def weight_problems(own: object, other: object) -> Iterator[str]:
    """Weights and buffers further apart than 1e-9 of their size and 1e-12."""
    for kind in ("weights", "buffers"):
        ours, theirs = getattr(own.variables, kind), getattr(other.variables, kind)
        for name, value in ours.items():
            if not np.allclose(value, theirs[name], rtol=1e-9, atol=1e-12, equal_nan=True):
                with np.errstate(invalid="ignore"):
                    yield f"{name} differs by up to {np.abs(value - theirs[name]).max():.3g}"


def signal_problems(own: Curves, other: Curves, before: int = -1) -> Iterator[str]:
    """Signals that differ by more than 1e-4 of their size, at all looks or at those before a step.

    The reference does not see its gradients.
    """
    looks = slice(None) if before < 0 else own.signals["step"] < before
    if set(own.signals) != set(other.signals):
        yield f"signals differ: {set(own.signals) ^ set(other.signals)}"
    for name in sorted(set(own.signals) & set(other.signals) - {"gradient_norm"}):
        ours, theirs = own.signals[name], other.signals[name]
        ours, theirs = (ours, theirs) if name.startswith("start_") else (ours[looks], theirs[looks])
        if not np.allclose(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True):
            yield f"signal {name}: {ours.tolist()} against {theirs.tolist()}"


def end(curves: Curves) -> tuple[str, int]:
    """State and first bad step."""
    signals = curves.signals
    state, _ = states.state_of(signals["step"], signals["correct"], signals["loss"], ABOVE, curves.bad_step)
    return state, curves.bad_step

"""The contract of the two engines: which settings are compared, and how far apart the results may be.

Every level file of every factor is compared by itself. A new factor that is a number needs a row in GIVEN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ablate.core.study import Json, Trial
from ablate.engine.program import Stack, stacks
from ablate.outcomes import states
from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.remedies import activation, clipping, loss, registry
from tests.engine import mutants, small

if TYPE_CHECKING:
    from ablate.engine.training import Finished

Case = tuple[str, str]
"""A factor and the name of its level; or `together` or `mutant` and its name."""

SEED = 3
COMPANION = 4
"""Seed of a trial that trains beside each trial: a leak from slot to slot could hide behind equal neighbours."""

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1218, reference=1.0)
"""The chance level for the states that are compared: more than 54 rows."""


ALL: dict[str, small.Kinds] = {
    "losses": loss.SHARED,
    "activations": activation.SHARED,
    "clippings": clipping.SHARED,
}
"""The kinds among which the programs of users switch."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a factor's levels are compared.

    Attributes:
        values: the levels of a numeric factor; the levels of a config group are its files.
        under: levels of other factors, chosen so that this factor has an effect.
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
    "model": Row(fill={name: {"builder": "tests.engine.nets:branches"} for name in ("keras", "conv", "lstm")}),
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
    "adam_epsilon_10": {"optimizer": {"kind": "adam", "epsilon": 10.0}},
    "rmsprop_epsilon_10": {"optimizer": {"kind": "rmsprop", "epsilon": 10.0}},
    "windows": {
        "model": {"kind": "keras", "builder": "tests.engine.nets:windowed"},
        "depth": 1,
        "width": 8,
        "learning_rate": 0.01,
    },
    "textual": {
        "model": {"kind": "keras", "builder": "tests.engine.nets:textual"},
        "depth": 1,
        "width": 8,
        "learning_rate": 0.1,
        "optimizer": "sgd",
    },
}
"""Further settings.

Many levels at once: the order of the factors' hooks is part of the contract. An epsilon that shortens the first steps
a thousandfold, in one stack with the usual one: each slot has its own. A network of convolutions and pooling, and one
of an embedding, recurrent layers and attention; both with noise that Keras draws. Dropout inside recurrent layers is
compared in tests/engine/layers: it draws in evaluations too. Keras' Adam squares the gradients of a word's repetitions
before it adds them, which clipping ends in both engines; so the network of words has another optimizer.
"""

EXEMPT: dict[tuple[str, str], str] = {
    ("fault", "nan_row"): "after the first NaN: ReLU of NaN is NaN under XLA and 0 in TensorFlow's own kernel",
    ("fault", "log_zero"): "the same, after its first logarithm of zero; before that it is compared in TOGETHER",
}
"""Why the weights or signals of a level may differ between the engines, by (factor, level). At most 5."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """A trial trained by both engines.

    Attributes:
        id: the fused trial's id.
        problems: differences that the contract does not allow.
        early: the same, of the signals before the first bad step; no exemption covers these.
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
    """Return (factor, level) of everything that the contract compares."""
    numbers = [(name, str(value)) for name, row in ROWS.items() for value in row.values]
    groups = [(name, file) for name, row in ROWS.items() if not row.values for file in small.files(name)]
    return (*groups, *numbers, *(("together", name) for name in TOGETHER))


def levels(factor: str, name: str) -> dict[str, Json]:
    """Return the levels of a case: its own and those that it is compared under."""
    if factor == "together":
        return TOGETHER[name]
    if factor == "mutant":
        return dict(mutants.MUTANTS[name].levels)
    row = ROWS[factor]
    if row.values:
        level: Json = next(value for value in row.values if str(value) == name)
    else:
        level = {**small.content(factor, name), **row.fill[name]} if name in row.fill else name
    return {**row.under, factor: level}


def neutral_level(factor: str) -> str:
    """Return the name of the factor's neutral level among the cases; empty if it has none."""
    neutral = registry()[factor].neutral
    names = [name for other, name in cases() if other == factor]
    if neutral is None:
        return ""
    return next(name for name in names if small.level(factor, levels(factor, name)[factor]).params == neutral)


def neutral_cases(wanted: Iterable[Case]) -> set[Case]:
    """Return the neutral levels of the factors of these cases."""
    factors = {factor for factor, _ in wanted if factor in ROWS}
    return {(factor, neutral_level(factor)) for factor in factors if neutral_level(factor)}


def compare(stack: Stack) -> list[Compared]:
    """Train a stack by the fused engine, and its trials of seed SEED by the reference, in float64."""
    from ablate.engine import training

    small.collect_seldom()
    with small.switches_of(stack), mutants.planted(stack):
        fused = training.run(stack, "float64")
    compared = []
    for trial, ours in zip(stack.trials, fused, strict=True):
        if trial.seed != SEED:
            compared.append(Compared(id=trial.id, problems=(), early=(), ends={}, weights=np.array([])))
            continue
        (theirs,) = training.run(small.only([small.as_reference(trial)]), "float64")
        compared.append(
            Compared(
                id=trial.id,
                problems=(*weight_problems(ours, theirs), *signal_problems(ours.curves, theirs.curves)),
                early=tuple(signal_problems(ours.curves, theirs.curves, before=ours.curves.bad_step)),
                ends={"fused": end(ours.curves), "reference": end(theirs.curves)},
                weights=np.concatenate([weight.ravel() for weight in ours.variables.weights.values()]),
            )
        )
    return compared


def pair(**levels: Json) -> tuple[Trial, Trial]:
    """Return the trial that is compared, and its companion."""
    return small.trial(seed=SEED, **levels), small.trial(seed=COMPANION, **levels)


def stacks_of(pairs: Mapping[Case, tuple[Trial, Trial]]) -> list[Stack]:
    """Return the stacks of all cases, compiled with switches among all kinds of what they compare, and no others.

    The cases of losses and activations, and those of several levels at once, are compared in the programs of users.
    """
    kinds: dict[str, dict[str, small.Kinds]] = {}
    for (factor, _), pair in pairs.items():
        for trial in pair if factor != "mutant" else ():
            if factor == "clipping":
                kinds[trial.id] = {"clippings": clipping.SHARED}
            elif factor in ("loss", "activation") or not small.has_short_switches(trial):
                kinds[trial.id] = ALL
    queue = []
    of_id = {trial.id: trial for (factor, _), pair in pairs.items() if factor != "mutant" for trial in pair}
    for wanted in (ALL, {"clippings": clipping.SHARED}, {}):
        with small.short_switches(**wanted):
            queue += stacks(trial for name, trial in of_id.items() if kinds.get(name, {}) == wanted)
    for (factor, name), pair in pairs.items():
        if factor == "mutant":
            with small.short_switches(**mutants.MUTANTS[name].kinds):
                queue.append(mutants.marked(stacks(pair)[0], name))
    return queue


def weight_problems(ours: Finished, theirs: Finished) -> Iterator[str]:
    """Yield the weights and buffers that differ by more than 1e-9 of their size and 1e-12."""
    for kind in ("weights", "buffers"):
        expected = getattr(theirs.variables, kind)
        for name, value in getattr(ours.variables, kind).items():
            if not np.allclose(value, expected[name], rtol=1e-9, atol=1e-12, equal_nan=True):
                with np.errstate(invalid="ignore"):
                    yield f"{name} differs by up to {np.abs(value - expected[name]).max():.3g}"


def signal_problems(ours: Curves, theirs: Curves, before: int = -1) -> Iterator[str]:
    """Yield the signals that differ by more than 1e-4 of their size, at all evaluations or at those before a step.

    The reference cannot see its gradients.
    """
    evaluations = slice(None) if before < 0 else ours.signals["step"] < before
    if set(ours.signals) != set(theirs.signals):
        yield f"signals differ: {set(ours.signals) ^ set(theirs.signals)}"
    for name in sorted(set(ours.signals) & set(theirs.signals) - {"gradient_norm"}):
        values, expected = ours.signals[name], theirs.signals[name]
        if not name.startswith("start_"):
            values, expected = values[evaluations], expected[evaluations]
        if not np.allclose(values, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
            yield f"signal {name}: {values.tolist()} against {expected.tolist()}"


def end(curves: Curves) -> tuple[str, int]:
    """Return the state and the first bad step."""
    signals = curves.signals
    state, _ = states.state_of(signals["step"], signals["correct"], signals["loss"], CHANCE, curves.bad_step)
    return state, curves.bad_step

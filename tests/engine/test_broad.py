"""`engine=broad`: one program for all that is cheap to select among, and every level in it as in its own family's."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from ablate.core.study import Json, Trial
from ablate.engine import training
from ablate.engine.program import numbers_of, program_of, stacks
from ablate.remedies import registry, stacking
from tests.engine import contract, small
from tests.engine.contract import Case, Compared

FACTORS = tuple(name for name, remedy in registry().items() if remedy.broad is not None)
CASES = [case for case in contract.cases() if case[0] in FACTORS and case not in contract.EXEMPT]


def broad(trial: Trial) -> Trial:
    """The same trial in the broad engine."""
    return small.with_engine(trial.setting, seed=trial.seed, budget=trial.budget, engine="broad")


@pytest.fixture(scope="module")
def found() -> dict[Case, tuple[Trial, training.Finished]]:
    """Every case's trial, trained in as few programs as they need, in float64."""
    trials = {case: broad(contract.pair(**contract.levels(*case))[0]) for case in CASES}
    distinct = {trial.id: trial for trial in trials.values()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
        done = {
            trial.id: each
            for stack in stacks(distinct.values())
            for trial, each in zip(stack.trials, training.run(stack, "float64"), strict=True)
        }
    return {case: (trial, done[trial.id]) for case, trial in trials.items()}


def test_the_cheap_factors_are_broad() -> None:
    assert set(FACTORS) == {"loss", "activation", "regularizer", "clipping", "fault"}


@pytest.mark.parametrize("case", CASES, ids="=".join)
def test_a_level_is_the_same_in_a_broad_program(
    case: Case, results: dict[Case, Compared | str], found: dict[Case, tuple[Trial, training.Finished]]
) -> None:
    own = results[case]
    assert isinstance(own, Compared), own
    weights = np.concatenate([weight.ravel() for weight in found[case][1].variables.weights.values()])
    np.testing.assert_allclose(weights, own.weights, rtol=1e-9, atol=1e-12)
    assert contract.end(found[case][1].curves) == own.ends["fused"]


def test_these_levels_need_two_programs() -> None:
    trials = [contract.pair(**contract.levels(*case))[0] for case in CASES]
    assert len({stack.program for stack in stacks(map(broad, trials))}) <= 2
    assert len({stack.program for stack in stacks(trials)}) >= 10


def test_engines_are_other_trials_and_other_programs() -> None:
    one = small.trial()
    assert one.id != broad(one).id
    assert program_of(one) != program_of(broad(one))
    assert stacking("fused") == registry() == stacking("reference")


def folklore() -> Iterable[Trial]:
    """The folklore's grid at one width and rate: only optimizers and normalizations change shapes."""
    axes: dict[str, tuple[Json, ...]] = {
        "loss": ("fused", "clipped", "keras", "mse", "label_smoothing"),
        "activation": ("relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid"),
        "regularizer": ("off", "l1", "l2"),
        "optimizer": ("adam", "sgd", "momentum", "rmsprop"),
        "normalization": ("off", "batch", "layer"),
    }
    for levels in itertools.product(*axes.values()):
        yield broad(small.trial(**dict(zip(axes, levels, strict=True))))


def test_only_what_changes_shapes_splits_the_folklore_grid() -> None:
    assert len({stack.program for stack in stacks(folklore())}) == 4 * 3


def test_a_penalty_that_a_slot_does_not_pay_may_overflow() -> None:
    tf = pytest.importorskip("tensorflow")
    from ablate.remedies import _slot_numbers as scope
    from ablate.remedies.regularizer import penalty

    kernel, hidden = tf.constant([[1e30, 1.0]]), tf.constant([[1e25]])
    for kind, expected in (("l1", 1e29), ("off", 0.0)):
        numbers = {f"regularizer.{each}": tf.constant(0.1 * (each == kind)) for each in ("l1", "l2", "activity")}
        with scope.slot(numbers, {}), tf.GradientTape() as tape:
            tape.watch(kernel)
            value = penalty({"kind": "any"}, [kernel], [hidden])
        assert float(value) == pytest.approx(expected)
        assert np.asarray(tape.gradient(value, kernel)).tolist() == [[pytest.approx(0.1 * (kind == "l1"))] * 2]


def test_every_level_has_every_number_of_its_program() -> None:
    levels = (("regularizer", "off"), ("regularizer", "l1"), ("clipping", "none"), ("clipping", "value"))
    assert len({tuple(numbers_of(broad(small.trial(**{factor: level})))) for factor, level in levels}) == 1

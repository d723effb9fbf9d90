"""Which trials share a program and a stack, which train alone, and what training them costs."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json, Trial
from ablate.engine.program import (
    COMPILED_MEGABYTES,
    LEAST_MEGABYTES,
    estimate,
    numbers_of,
    slots_for,
    stacks,
)
from tests.engine import small
from tests.engine.alone import cannot_stack


def together(*trials: Trial) -> bool:
    """Return whether these trials share one stack."""
    return len(stacks(trials)) == 1


@pytest.mark.parametrize(
    "levels",
    [
        {"learning_rate": 0.1},
        {"loss": "clipped_1e-3"},
        {"clipping": "norm"},
        {"loss": "keras"},
        {"fault": "log_zero"},
        {"initializer": "he"},
        {"optimizer": "adam_epsilon_1e-2"},
        {"schedule": "cosine"},
        {"start": "saturated"},
        {"fault": "sign_flipped"},
    ],
)
def test_what_is_a_number_of_the_slot_shares_a_program(levels: dict[str, Json]) -> None:
    one, other = small.trial(), small.trial(seed=1, **levels)
    (program,) = {stack.program for stack in stacks([one, other])}
    assert program == small.only([one]).program


@pytest.mark.parametrize(
    "levels",
    [
        {"width": 17},
        {"depth": 1},
        {"batch_size": 8},
        {"optimizer": "sgd"},
        {"optimizer": "adam_beta2_0.9"},
        {"normalization": "batch"},
        {"regularizer": "l2"},
        {"dropout": 0.5},
        {"schedule": "plateau"},
        {"task": "blobs"},
        {"engine": "reference"},
        {"steps": 21},
        {"looks": 5},
    ],
)
def test_what_changes_shapes_or_operations_splits_programs(levels: dict[str, Any]) -> None:
    one, other = stacks([small.trial(), small.trial(**levels)])
    assert one.program != other.program


def test_stacks_share_inputs_and_first_phase() -> None:
    assert together(small.trial(), small.trial(seed=1, loss="clipped"))
    assert not together(small.trial(), small.trial(input_scale="x255"))
    assert not together(small.trial(), small.trial(fault="nan_row"))
    assert together(small.trial(activation="elu"), small.trial(activation={"kind": "elu", "alpha": 0.5}))
    assert not together(small.trial(), small.trial(activation="elu"))
    assert together(small.trial(start="dead"), small.trial(start="symmetric"), small.trial())
    assert not together(small.trial(), small.trial(start="collapsed"))
    assert not together(small.trial(start="collapsed"), small.trial(start="collapsed_kept"))


def folklore() -> Iterable[Trial]:
    """The folklore's grid at one width and rate: only optimizers, normalizations and penalties change operations."""
    axes: dict[str, tuple[Json, ...]] = {
        "loss": ("fused", "clipped", "keras", "mse", "label_smoothing"),
        "activation": ("relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid"),
        "regularizer": ("off", "l1", "l2", "activity"),
        "clipping": ("none", "norm", "value"),
        "optimizer": ("adam", "sgd", "momentum", "rmsprop"),
        "normalization": ("off", "batch", "layer"),
    }
    for levels in itertools.product(*axes.values()):
        yield small.trial(**dict(zip(axes, levels, strict=True)))


def test_few_factors_split_the_programs_of_the_folklore_grid() -> None:
    assert len({stack.program for stack in stacks(folklore())}) == 4 * 3 * 2


def test_every_level_has_every_number_of_its_program() -> None:
    levels = (("regularizer", "l2"), ("regularizer", "l1")), (("clipping", "none"), ("clipping", "value"))
    for pair in levels:
        assert len({tuple(numbers_of(small.trial(**{factor: level}))) for factor, level in pair}) == 1


def test_a_penalty_that_a_slot_does_not_pay_may_overflow() -> None:
    tf = pytest.importorskip("tensorflow")
    from ablate.remedies import _slot_numbers as scope
    from ablate.remedies.regularizer import SHARED, penalty

    kernel, hidden = tf.constant([[1e30, 1.0]]), tf.constant([[1e25]])
    numbers = {f"regularizer.{kind}": tf.constant(0.1 * (kind == "l1")) for kind in SHARED}
    with scope.slot(numbers, {}), tf.GradientTape() as tape:
        tape.watch(kernel)
        value = penalty({"kinds": SHARED}, [kernel], [hidden])
    assert float(value) == pytest.approx(1e29)
    assert np.asarray(tape.gradient(value, kernel)).tolist() == [[pytest.approx(0.1)] * 2]


def test_slots_are_a_function_of_the_program_alone() -> None:
    many = [small.trial(seed=seed) for seed in range(130)]
    assert [len(stack.trials) for stack in stacks(many)] == [20, 20, 20, 20, 20, 20, 10]
    assert {(stack.slots, stack.program) for stack in stacks(many)} == {
        (stack.slots, stack.program) for stack in stacks(many[:1])
    }
    assert [slots_for(width) for width in (1, 64, 65, 128, 129, 4096)] == [20, 20, 10, 10, 5, 5]


def test_each_program_holds_its_share_of_a_workers_memory() -> None:
    found = stacks([small.trial(seed=seed, width=width) for width in (5, 6, 7) for seed in range(30)])
    assert (len(found), len({stack.program for stack in found})) == (6, 3)
    costs = [estimate(found[:count], features=64, classes=10, workers=1).megabytes for count in (2, 4, 6)]
    assert np.diff(costs) == pytest.approx([COMPILED_MEGABYTES] * 2, abs=1.0)


def test_a_worker_is_replaced_before_it_holds_all_programs_of_a_large_grid() -> None:
    found = stacks([small.trial(width=width) for width in range(1, 100)])
    assert 1400 < estimate(found, features=64, classes=10, workers=1).megabytes < 1550


def test_the_estimated_time_is_that_of_the_steps_and_of_compiling_each_program_in_each_worker() -> None:
    def minutes(workers: int, **changes: int) -> float:
        found = stacks([small.trial(seed=seed, steps=changes.get("steps", 1000)) for seed in range(changes["trials"])])
        return estimate(found, features=64, classes=10, workers=workers).minutes

    one, longer, two = minutes(1, trials=20), minutes(1, trials=20, steps=3000), minutes(1, trials=40)
    weights = 16 * (64 + 10 + 16)
    step = 20 * (6.0 * weights * 16 / 40e9 + weights * 1.2e-9 + 3e-6)
    assert one == pytest.approx((1000 * step * 1.35 + 9 + 8) / 60)
    assert longer - one == pytest.approx(2000 * step * 1.35 / 60)
    assert two - one == pytest.approx(1000 * step * 1.35 / 60), "the second stack has the same program"
    assert minutes(2, trials=40) == pytest.approx((2000 * step * 1.35 + 2 * 9) / 2 / 60 + 8 / 60)


@pytest.mark.parametrize(
    ("programs", "stacked", "workers", "times"), [(2, 2, 1, 1), (2, 2, 2, 2), (2, 2, 4, 2), (1, 2, 4, 2), (3, 1, 4, 1)]
)
def test_each_worker_compiles_each_program_that_it_may_meet(
    programs: int, stacked: int, workers: int, times: int
) -> None:
    trials = [small.trial(seed=seed, width=width) for width in range(5, 5 + programs) for seed in range(20 * stacked)]
    cost = estimate(stacks(trials), features=64, classes=10, workers=workers)
    assert (60 * cost.minutes - 8) * workers == pytest.approx(9 * programs * times, abs=0.1)


@pytest.mark.parametrize(
    ("levels", "weights", "hidden", "slots"),
    [
        ({"depth": 0}, 64 * 10, 0, 20),
        ({"width": 200, "depth": 1}, 200 * (64 + 10), 200, 5),
        ({"width": 100, "depth": 3, "batch_size": 8}, 100 * (64 + 10 + 2 * 100), 300, 10),
    ],
)
def test_the_estimate_is_of_the_largest_networks_weights(
    levels: dict[str, Json], weights: int, hidden: int, slots: int
) -> None:
    stack, least = small.only([small.trial(steps=7000, **levels)]), small.only([small.trial(steps=7000, width=1)])
    step = slots * (6.0 * weights * int(levels.get("batch_size", 16)) / 40e9 + weights * 1.2e-9 + 3e-6)
    megabytes = slots * (weights * 4.0 * 8 + 256 * hidden * 8.0) / 1e6
    cost = estimate([stack], features=64, classes=10, workers=1)
    assert cost.minutes == pytest.approx((7000 * step * 1.35 + 9 + 8) / 60)
    assert cost.megabytes == pytest.approx(LEAST_MEGABYTES + COMPILED_MEGABYTES + megabytes)
    both = estimate([stack, least], features=64, classes=10, workers=1)
    assert both.megabytes == pytest.approx(cost.megabytes + COMPILED_MEGABYTES)


def test_a_factor_that_cannot_be_stacked_trains_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    found = stacks([small.trial(seed=seed, regularizer=name) for seed in range(3) for name in ("l2", "off")])
    assert sorted((stack.slots, len(stack.trials)) for stack in found) == [(1, 1), (1, 1), (1, 1), (20, 3)]


def test_programs_are_known_without_tensorflow() -> None:
    code = "import sys; import ablate.engine, ablate.engine.program; sys.exit('tensorflow' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

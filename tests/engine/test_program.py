"""Which trials share a program and a stack, which train alone, and what training them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json, Trial
from ablate.engine.program import COMPILED_MEGABYTES, estimate, slots_for, stacks
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
        {"activation": "leaky_relu"},
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
        {"loss": "keras"},
        {"activation": "tanh"},
        {"fault": "log_zero"},
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
    assert together(small.trial(start="dead"), small.trial(start="symmetric"), small.trial())
    assert not together(small.trial(), small.trial(start="collapsed"))
    assert not together(small.trial(start="collapsed"), small.trial(start="collapsed_kept"))


def test_slots_are_a_function_of_the_program_alone() -> None:
    many = [small.trial(seed=seed) for seed in range(130)]
    assert [len(stack.trials) for stack in stacks(many)] == [64, 64, 2]
    assert {(stack.slots, stack.program) for stack in stacks(many)} == {
        (stack.slots, stack.program) for stack in stacks(many[:1])
    }
    assert [slots_for(width) for width in (1, 64, 65, 256, 512, 4096)] == [64, 64, 32, 16, 8, 4]


@pytest.mark.parametrize("engine", ["fused", "broad"])
def test_each_program_holds_its_share_of_a_workers_memory(engine: str) -> None:
    found = stacks([small.trial(seed=seed, engine=engine, width=width) for width in (5, 6, 7) for seed in range(70)])
    assert (len(found), len({stack.program for stack in found})) == (6, 3)
    costs = [estimate(found[:count], features=64, classes=10, workers=1).megabytes for count in (2, 4, 6)]
    assert np.diff(costs) == pytest.approx([COMPILED_MEGABYTES[engine]] * 2, abs=1.0)


def test_a_worker_is_replaced_before_it_holds_all_programs_of_a_large_grid() -> None:
    found = stacks([small.trial(engine="broad", width=width) for width in range(1, 65)])
    assert 6000 < estimate(found, features=64, classes=10, workers=1).megabytes < 7000


def test_the_estimated_time_is_that_of_the_steps_and_of_compiling_each_program_in_each_worker() -> None:
    def minutes(workers: int, **changes: int) -> float:
        found = stacks([small.trial(seed=seed, steps=changes.get("steps", 1000)) for seed in range(changes["trials"])])
        return estimate(found, features=64, classes=10, workers=workers).minutes

    one, longer, two = minutes(1, trials=64), minutes(1, trials=64, steps=3000), minutes(1, trials=128)
    weights = 16 * (64 + 10 + 16)
    step = 64 * (6.0 * weights * 16 / 40e9 + weights * 1.2e-9 + 3e-6)
    assert one == pytest.approx((1000 * step * 1.35 + 9 + 8) / 60)
    assert longer - one == pytest.approx(2000 * step * 1.35 / 60)
    assert two - one == pytest.approx(1000 * step * 1.35 / 60), "the second stack has the same program"
    assert minutes(2, trials=128) == pytest.approx((2000 * step * 1.35 + 2 * 9) / 2 / 60 + 8 / 60)


def test_a_factor_that_cannot_be_stacked_trains_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    found = stacks([small.trial(seed=seed, regularizer=name) for seed in range(3) for name in ("l2", "off")])
    assert sorted((stack.slots, len(stack.trials)) for stack in found) == [(1, 1), (1, 1), (1, 1), (64, 3)]


def test_programs_are_known_without_tensorflow() -> None:
    code = "import sys; import ablate.engine, ablate.engine.program; sys.exit('tensorflow' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

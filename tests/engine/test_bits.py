"""A trial's bits depend on its content only: not on neighbours, its slot, threads, process or XLA's schedule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from ablate.core.study import Json, Level
from ablate.engine import xla_flags
from ablate.engine.program import program_of
from tests.engine import bits, small

ROOT = Path(__file__).parents[2]
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")

Seen = dict[str, dict[str, Json]]


@pytest.fixture(scope="module")
def printed() -> dict[str, Seen]:
    """Return what two processes print: one with the settings of a worker, one with two threads and XLA's own settings.

    This process trains none of it: it has the settings of tests.
    """
    processes = {}
    for name, words, threads, flags in (
        ("worker", ["alone"], 1, xla_flags.joined("")),
        ("two threads", [], 2, ""),
    ):
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "XLA_FLAGS": flags}
        command = [sys.executable, "-m", "tests.engine.bits", *words]
        processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    outputs = {name: process.communicate(timeout=900)[0] for name, process in processes.items()}
    assert all(process.returncode == 0 for process in processes.values())
    return {name: json.loads(text.splitlines()[-1]) for name, text in outputs.items()}


@pytest.fixture(params=bits.PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def seen(program: str, printed: Mapping[str, Seen]) -> dict[str, Json]:
    """Return what the worker prints of a program."""
    return printed["worker"][program]


def test_a_stack_changes_no_bit(program: str, seen: dict[str, Json]) -> None:
    assert seen["stack"][bits.subject(program).id] == seen["alone"]
    assert len(set(seen["stack"].values())) == len(seen["stack"]) == 5, "different trials must have different bits"


def test_the_order_of_a_stack_changes_no_bit(seen: dict[str, Json]) -> None:
    assert seen["in another order"] == seen["stack"]
    assert [*seen["in another order"]] == [*seen["stack"]][::-1]


def test_a_neighbour_that_diverges_changes_no_bit(seen: dict[str, Json]) -> None:
    assert seen["infinite"] == [1, False, False]
    assert seen["beside infinity"] == seen["alone"]
    assert seen["finite"]


def test_a_kind_that_a_later_version_adds_changes_no_bit(printed: Mapping[str, Seen]) -> None:
    rich = printed["worker"]["rich"]
    assert rich["in a later version"] == rich["alone"]


def test_another_process_of_more_threads_and_another_schedule_changes_no_bit(
    program: str, printed: Mapping[str, Seen]
) -> None:
    assert printed["two threads"][program] == printed["worker"][program]["stack"]


def test_a_kind_that_is_added_later_has_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with bits.later_version():
        like = small.trial(steps=4, looks=2, **{module.REMEDY.name: kind for module, kind in bits.NEW.items()})
        levels = {
            module.REMEDY.name: Level(name="new", params={**like.setting[module.REMEDY.name].params, "kind": "new"})
            for module in bits.NEW
        }
        new = small.with_engine(like.setting.replace(**levels), seed=like.seed, budget=like.budget, engine="fused")
        assert program_of(new) != program_of(like)
        for module, kind in bits.NEW.items():
            monkeypatch.setattr(module, "SHARED", (kind,))  # a short switch, which compiles sooner
        (one,), (other,) = bits.curves([like]), bits.curves([new])
    np.testing.assert_allclose(other.signals["loss"], one.signals["loss"], rtol=1e-5)

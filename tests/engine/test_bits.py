"""A trial's bits depend on its content only: not on neighbours, its slot, threads, process or XLA's schedule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from ablate.core.study import Level
from ablate.engine.program import program_of
from ablate.executors import worker
from ablate.remedies import activation, clipping, loss, regularizer
from ablate.store.curve_rows import digest
from tests.engine import bits, mutants, small

ROOT = Path(__file__).parents[2]
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[dict[int, subprocess.Popen[str]]]:
    """Start processes with 1 and with 2 threads that train the same trials; the first has the settings of a worker."""
    processes = {}
    assert "XLA_FLAGS" not in os.environ
    for threads, flags in ((1, worker.environment()["XLA_FLAGS"]), (2, "")):
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "XLA_FLAGS": flags}
        command = [sys.executable, "-m", "tests.engine.bits"]
        processes[threads] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    yield processes
    for process in processes.values():
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def elsewhere(running: dict[int, subprocess.Popen[str]]) -> dict[int, Mapping[str, Mapping[str, str]]]:
    """Return the digests by threads, program and trial."""
    outputs = {threads: process.communicate(timeout=900)[0] for threads, process in running.items()}
    assert all(process.returncode == 0 for process in running.values())
    return {threads: json.loads(text.splitlines()[-1]) for threads, text in outputs.items()}


@pytest.fixture(scope="module", params=bits.PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def alone(program: str) -> str:
    """Return the digest of the subject with no other trial in its stack."""
    subject = bits.subject(program)
    return bits.digests([subject])[subject.id]


def test_a_stack_changes_no_bit(program: str, alone: str) -> None:
    subject = bits.subject(program)
    assert bits.digests([*bits.neighbours(program), subject])[subject.id] == alone


def test_the_order_of_a_stack_changes_no_bit(program: str) -> None:
    trials = [*bits.neighbours(program), bits.subject(program)]
    assert bits.digests(trials[::-1]) == bits.digests(trials)


def test_a_neighbour_that_diverges_changes_no_bit(program: str, alone: str) -> None:
    subject = bits.subject(program)
    infinite = {"initializer": {"kind": "uniform", "mode": "fan_avg", "scale": 1e60}}
    broken = small.trial(seed=1, steps=30, **{**bits.PROGRAMS[program], **infinite})
    first, second = bits.curves([broken, subject])
    assert first.bad_step == 1
    assert np.isnan(first.signals["weight_norm"][-1])
    assert not np.isfinite(first.signals["loss"]).all()
    assert digest(second) == alone
    assert np.isfinite(second.signals["weight_norm"]).all()


NEW = {activation: "elu", loss: "label_smoothing", regularizer: "l1", clipping: "norm"}
"""By module of a factor whose levels share programs: the kind of which a later version might add another."""


@pytest.fixture
def later_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A version with one more kind of each factor, at the front of its table."""
    for module, like in NEW.items():
        monkeypatch.setattr(module, "KINDS", {"new": module.KINDS[like], **module.KINDS})
    monkeypatch.setitem(loss.FUNCTIONS, "new", loss.FUNCTIONS["label_smoothing"])
    mutants.unkept(monkeypatch)
    mutants.forget()
    yield
    mutants.forget()


@pytest.mark.usefixtures("later_version")
def test_a_kind_that_a_later_version_adds_changes_no_bit(program: str, alone: str) -> None:
    subject = bits.subject(program)
    assert bits.digests([subject])[subject.id] == alone


@pytest.mark.usefixtures("later_version")
def test_a_kind_that_is_added_later_has_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    like = small.trial(steps=4, looks=2, **{module.REMEDY.name: kind for module, kind in NEW.items()})
    levels = {
        module.REMEDY.name: Level(name="new", params={**like.setting[module.REMEDY.name].params, "kind": "new"})
        for module in NEW
    }
    new = small.with_engine(like.setting.replace(**levels), seed=like.seed, budget=like.budget, engine="fused")
    assert program_of(new) != program_of(like)
    for module, kind in NEW.items():
        monkeypatch.setattr(module, "SHARED", (kind,))  # a short switch, which compiles sooner
    (one,), (other,) = bits.curves([like]), bits.curves([new])
    np.testing.assert_allclose(other.signals["loss"], one.signals["loss"], rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_another_process_of_any_number_of_threads_and_another_schedule_changes_no_bit(
    program: str, threads: int, elsewhere: dict[int, Mapping[str, Mapping[str, str]]]
) -> None:
    here = bits.digests([*bits.neighbours(program), bits.subject(program)])
    assert elsewhere[threads][program] == here
    assert len(set(here.values())) == len(here), "different trials must have different bits"

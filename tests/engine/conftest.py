"""What tests of the engine share: nothing compiled, or everything the contract compares, trained once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ablate import tasks
from ablate.engine.program import Stack, stacks
from ablate.executors import local
from ablate.remedies import checked
from tests.engine import contract, mutants, small
from tests.engine.contract import Case, Compared

small.collect_seldom()


@pytest.fixture
def new_programs() -> Iterator[None]:
    """Nothing compiled before is used in the test, and nothing compiled in it is used later."""
    mutants.forget()
    yield
    mutants.forget()


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Compared | str]:
    """Every case that is asked for, trained by both engines in two processes; an error's text where one failed."""
    wanted = _asked(request.session.items)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(_own_data(tmp_path_factory.mktemp("data")))
        # How hard the compiler tries is no matter of float64 agreement; the tests of bits take its usual level.
        patch.setenv("XLA_FLAGS", f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0")
        return _trained(wanted | contract.neutral_cases(wanted))


def _asked(items: Iterable[pytest.Item]) -> set[Case]:
    """The cases of every collected test that compares engines; other tests may have a fixture of the same name."""
    calls = (getattr(item, "callspec", None) for item in items if "results" in getattr(item, "fixturenames", ()))
    return {call.params["case"] for call in calls if call is not None and "case" in call.params}


def _own_data(folder: Path) -> Path:
    """A user's arrays, as files."""
    task = tasks.load(checked("task", {"kind": "blobs"}))
    np.savez(folder / "blobs.npz", x=task.inputs, y=task.labels)
    columns = [f"x{column}" for column in range(task.inputs.shape[1])]
    table = np.column_stack([task.inputs, task.labels])
    np.savetxt(folder / "blobs.csv", table, delimiter=",", header=",".join([*columns, "label"]), comments="")
    return folder


def _trained(cases: Iterable[Case]) -> dict[Case, Compared | str]:
    pairs = {case: contract.pair(**contract.levels(*case)) for case in sorted(cases)}
    distinct = {trial.id: trial for case, pair in pairs.items() if case[0] != "mutant" for trial in pair}
    queue = stacks(distinct.values())
    queue += [mutants.marked(stacks(pair)[0], case[1]) for case, pair in pairs.items() if case[0] == "mutant"]
    found: dict[tuple[str, str], Compared | str] = {}
    for done in local.run(queue, contract.compare, workers=min(2, local.cores())):
        own = done.curves or [done.error or "the worker died"] * len(done.stack.trials)
        found |= {(trial.id, _mutant(done.stack)): each for trial, each in zip(done.stack.trials, own, strict=True)}
    return {case: found[own.id, case[1] if case[0] == "mutant" else ""] for case, (own, _) in pairs.items()}


def _mutant(stack: Stack) -> str:
    return stack.program.partition(mutants.MARK)[2]

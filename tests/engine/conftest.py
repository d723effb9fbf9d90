"""Fixtures of the engine's tests: an empty program cache, and everything that the contract compares, trained once."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from ablate import tasks
from ablate.engine import program
from ablate.engine.program import Stack
from ablate.executors import local
from ablate.remedies import checked
from tests.engine import contract, mutants, small
from tests.engine.contract import Case, Compared

small.collect_seldom()


@pytest.fixture
def new_programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use nothing in the test that was traced before, and nothing later that it traces."""
    mutants.unkept(monkeypatch)
    mutants.forget()
    yield
    mutants.forget()


@pytest.fixture
def short_switches() -> Iterator[None]:
    """Compile programs of the baseline's loss, activation and clipping alone in the test."""
    with small.short_switches():
        yield


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Compared | str]:
    """Train every case that a collected test needs, by both engines; a failed case has the error's text.

    The tests may run in several processes: the first that needs the results trains, the others read its file.
    """
    folder = tmp_path_factory.getbasetemp()
    path = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "contract.pickle"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            wanted = _needed(request.session.items)
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(_user_files(tmp_path_factory.mktemp("data")))
                # A worker that is replaced loads TensorFlow again: here it may keep all programs.
                patch.setattr(program, "HELD_MEGABYTES", 2500.0)
                path.write_bytes(pickle.dumps(_trained(wanted | contract.neutral_cases(wanted))))
        results: dict[Case, Compared | str] = pickle.loads(path.read_bytes())  # noqa: S301 - written above
        return results


def _needed(items: Iterable[pytest.Item]) -> set[Case]:
    """Return the cases of every collected test that compares engines; other tests may have such a fixture too."""
    calls = (getattr(item, "callspec", None) for item in items if "results" in getattr(item, "fixturenames", ()))
    return {call.params["case"] for call in calls if call is not None and "case" in call.params}


def _user_files(folder: Path) -> Path:
    """Write a user's arrays as files; return the folder."""
    task = tasks.load(checked("task", {"kind": "blobs"}))
    np.savez(folder / "blobs.npz", x=task.inputs, y=task.labels)
    columns = [f"x{column}" for column in range(task.inputs.shape[1])]
    table = np.column_stack([task.inputs, task.labels])
    np.savetxt(folder / "blobs.csv", table, delimiter=",", header=",".join([*columns, "label"]), comments="")
    return folder


def _trained(cases: Iterable[Case]) -> dict[Case, Compared | str]:
    pairs = {case: contract.pair(**contract.levels(*case)) for case in sorted(cases)}
    # Two workers would compile the largest programs twice, while other processes of the suite need the cores.
    workers = 1 if "PYTEST_XDIST_WORKER" in os.environ else min(2, local.cores())
    results: dict[tuple[str, str], Compared | str] = {}
    for done in local.run(contract.stacks_of(pairs), contract.compare, workers=workers):
        compared = done.curves or [done.error or "the worker died"] * len(done.stack.trials)
        ids = [(trial.id, _mutant(done.stack)) for trial in done.stack.trials]
        results |= dict(zip(ids, compared, strict=True))
    return {case: results[trial.id, case[1] if case[0] == "mutant" else ""] for case, (trial, _) in pairs.items()}


def _mutant(stack: Stack) -> str:
    return stack.program.partition(mutants.MARK)[2]

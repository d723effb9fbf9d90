"""Both engines give the same result for every level of every factor: float64, same weights, order and masks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from ablate import tasks
from ablate.engine.program import stacks
from ablate.executors import local
from ablate.remedies import checked, registry
from ablate.study import Trial
from tests.engine import contract, small
from tests.engine.contract import Compared

Case = tuple[str, str]


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Compared | str]:
    """Every case that is asked for, trained by both engines in two processes; an error's text where one failed."""
    wanted = {item.callspec.params["case"] for item in request.session.items if "results" in item.fixturenames}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(_own_data(tmp_path_factory.mktemp("data")))
        trials = {case: contract.pair(**contract.levels(*case)) for case in sorted(wanted | _neutral(wanted))}
        found = _run(trial for pair in trials.values() for trial in pair)
    return {case: found[own.id] for case, (own, _) in trials.items()}


def _neutral(wanted: Iterable[Case]) -> set[Case]:
    """The neutral levels of the factors that are asked for."""
    cases = {factor: contract.ROWS[factor] for factor, _ in wanted if factor in contract.ROWS}
    return {(factor, name) for factor in cases for name in [neutral_level(factor)] if name}


def neutral_level(factor: str) -> str:
    """The name of the factor's neutral level; empty if it has none."""
    neutral = registry()[factor].neutral
    names = [name for other, name in contract.cases() if other == factor]
    if neutral is None:
        return ""
    return next(name for name in names if small.level(factor, contract.levels(factor, name)[factor]).params == neutral)


def _own_data(folder: Path) -> Path:
    """A user's arrays, as files."""
    task = tasks.load(checked("task", {"kind": "blobs"}))
    np.savez(folder / "blobs.npz", x=task.inputs, y=task.labels)
    columns = [f"x{column}" for column in range(task.inputs.shape[1])]
    table = np.column_stack([task.inputs, task.labels])
    np.savetxt(folder / "blobs.csv", table, delimiter=",", header=",".join([*columns, "label"]), comments="")
    return folder


def _run(trials: Iterable[Trial]) -> dict[str, Compared | str]:
    distinct = {trial.id: trial for trial in trials}
    found: dict[str, Compared | str] = {}
    for done in local.run(stacks(distinct.values()), contract.compare, workers=min(2, local.cores())):
        own = done.curves or [done.error or "the worker died"] * len(done.stack.trials)
        found |= {trial.id: each for trial, each in zip(done.stack.trials, own, strict=True)}
    return found


def test_every_factor_has_a_row() -> None:
    assert set(contract.ROWS) == set(registry()), "a new factor needs one row in tests/engine/contract.py"
    for factor in small.numeric():
        assert contract.ROWS[factor].values, f"{factor} has no level files: its row must give `values`"


def test_every_level_file_is_compared() -> None:
    assert {name for factor, name in contract.cases() if factor == "loss"} == set(small.files("loss"))
    assert len(contract.cases()) > 90


def test_exemptions_are_few_and_have_reasons() -> None:
    assert len(contract.EXEMPT) <= 5
    assert all(len(reason) > 20 for reason in contract.EXEMPT.values())
    assert set(contract.EXEMPT) <= set(contract.cases())
    assert not any(factor == "dropout" for factor, _ in contract.EXEMPT)


@pytest.mark.parametrize("case", contract.cases(), ids="=".join)
def test_both_engines_agree(case: Case, results: dict[Case, Compared | str]) -> None:
    found = results[case]
    assert isinstance(found, Compared), found
    assert found.ends["fused"] == found.ends["reference"]
    assert found.early == ()
    if case in contract.EXEMPT:
        assert found.problems, f"{case} agrees: its exemption is not needed"
    else:
        assert found.problems == ()


@pytest.mark.parametrize(
    "case", [case for case in contract.cases() if case[0] in registry() and neutral_level(case[0])], ids="=".join
)
def test_no_level_is_compared_where_it_does_nothing(case: Case, results: dict[Case, Compared | str]) -> None:
    found, neutral = results[case], results[case[0], neutral_level(case[0])]
    assert isinstance(found, Compared), found
    assert isinstance(neutral, Compared), neutral
    same = found.weights.shape == neutral.weights.shape and np.allclose(found.weights, neutral.weights, rtol=1e-6)
    assert same == (case[1] == neutral_level(case[0]))

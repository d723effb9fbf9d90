"""Both engines give the same result for every level of every factor: in float64, equal weights, order and masks."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.remedies import registry
from tests.engine import contract, small
from tests.engine.contract import Case, Compared


def test_every_number_has_values() -> None:
    assert set(contract.GIVEN) <= set(registry())
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
    compared = results[case]
    assert isinstance(compared, Compared), compared
    assert compared.ends["fused"] == compared.ends["reference"]
    assert compared.early == ()
    if case in contract.EXEMPT:
        assert compared.problems, f"{case} agrees: its exemption is not needed"
    else:
        assert compared.problems == ()


@pytest.mark.parametrize(
    "case",
    [case for case in contract.cases() if case[0] in registry() and contract.neutral_level(case[0])],
    ids="=".join,
)
def test_no_level_is_compared_where_it_does_nothing(case: Case, results: dict[Case, Compared | str]) -> None:
    compared, neutral = results[case], results[case[0], contract.neutral_level(case[0])]
    assert isinstance(compared, Compared), compared
    assert isinstance(neutral, Compared), neutral
    same = compared.weights.shape == neutral.weights.shape and np.allclose(compared.weights, neutral.weights, rtol=1e-6)
    assert same == (case[1] == contract.neutral_level(case[0]))

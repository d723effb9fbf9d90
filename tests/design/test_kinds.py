"""The settings that each kind of design has."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablate.core.study import Setting, Study
from ablate.design import designs
from ablate.design.kinds import KINDS, Part
from tests.design.studies import START, group, number, sets, study


def test_full_is_every_combination_once() -> None:
    found = designs.settings(study())
    assert len(found) == len(set(found)) == 3 * 2 * 2
    assert {tuple(level.name for _, level in setting) for setting in found} == set(
        itertools.product(["digits"], ["clipped", "fused", "mse"], ["256", "32"], ["0.03", "0.001"], ["2"], ["fresh"])
    )


def test_full_over_some_factors_and_levels_leaves_the_others_at_the_baseline() -> None:
    own = study({"kind": "full", "factors": {"loss": ["fused"], "width": None}})
    assert sets(own) == [{}, {"width": "32"}, {"loss": "fused"}, {"loss": "fused", "width": "32"}]


def test_one_at_a_time_is_the_baseline_and_single_remedies() -> None:
    assert sets(study({"kind": "one_at_a_time"})) == [
        {},
        {"loss": "fused"},
        {"loss": "mse"},
        {"width": "32"},
        {"learning_rate": "0.001"},
    ]


def test_leave_one_out_takes_each_remedy_out_of_the_full_set() -> None:
    own = study({"kind": "leave_one_out", "remedies": {"loss": "fused", "width": 32, "learning_rate": 0.001}})
    assert sets(own) == [
        {},
        {"loss": "fused", "width": "32", "learning_rate": "0.001"},
        {"width": "32", "learning_rate": "0.001"},
        {"loss": "fused", "learning_rate": "0.001"},
        {"loss": "fused", "width": "32"},
    ]


def test_pairs_never_change_three_factors_and_miss_no_pair() -> None:
    found = sets(study({"kind": "pairs"}))
    assert max(len(each) for each in found) == 2
    assert sum(len(each) == 2 for each in found) == 2 * 1 + 2 * 1 + 1 * 1
    assert sum(len(each) == 1 for each in found) == 4
    assert found.count({}) == 1


def test_an_explicit_list_is_what_it_lists() -> None:
    assert sets(study({"kind": "explicit", "settings": [{"loss": "mse"}, {}, {"width": 32}]})) == [
        {"loss": "mse"},
        {},
        {"width": "32"},
    ]


@pytest.mark.parametrize(
    ("part", "most"),
    [
        ({"kind": "full"}, 3 * 2 * 2),
        ({"kind": "one_at_a_time"}, 1 + 3 + 2 + 2),
        ({"kind": "pairs"}, 1 + (3 + 2 + 2) ** 2),
        ({"kind": "leave_one_out", "remedies": {"loss": "fused", "width": 32}}, 2 + 2),
        ({"kind": "fraction", "resolution": 3}, 3 * 2 * 2),
        ({"kind": "explicit", "settings": [{"loss": "mse"}, {}, {"width": 32}]}, 3),
    ],
)
def test_the_most_settings_of_a_kind_are_known_before_they_are_built(part: Part, most: int) -> None:
    assert KINDS[part["kind"]].size(study(part), part) == most


@st.composite
def grids(draw: st.DrawFn) -> Study:
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    names = ("loss", "width", "learning_rate", "depth")
    factors = tuple(number(name, *range(1, size + 1)) for name, size in zip(names, sizes, strict=False))
    return study(factors=(group("task", "digits"), START, *factors))


@given(grids())
def test_designs_are_subsets_of_the_full_one_and_hold_the_baseline(own: Study) -> None:
    full = designs.settings(own)
    assert len(full) == math.prod(len(factor.levels) for factor in own.factors)
    for kind in ("one_at_a_time", "pairs"):
        part = study({"kind": kind}, factors=own.factors)
        found = designs.settings(part)
        assert set(found) <= set(full)
        assert own.baseline in found
        assert len(found) <= KINDS[kind].size(part, {"kind": kind})
        assert all(isinstance(setting, Setting) for setting in found)

"""Aliases: the textbook's for regular fractions, and honest ones for any list of settings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ablate.design import aliasing, designs
from tests.design.studies import study


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_contrasts_are_orthonormal_deviations(levels):
    found = aliasing.contrasts(levels)
    np.testing.assert_allclose(found.T @ found, np.eye(levels - 1), atol=1e-12)
    np.testing.assert_allclose(found.sum(0), 0, atol=1e-12)


def test_a_textbook_fraction():
    free = np.array(list(itertools.product((0, 1), repeat=3)))
    made = np.column_stack([free, (free[:, 0] + free[:, 1]) % 2, (free[:, 0] + free[:, 2]) % 2])
    found = aliasing.of_codes(made, "abcde")
    assert found.lines() == (
        "a = b:d = c:e",
        "b = a:d",
        "c = a:e",
        "d = a:b",
        "e = a:c",
        "b:c = d:e",
        "b:e = c:d",
    )
    assert found.separate == ()


def test_a_full_grid_separates_everything():
    found = aliasing.of_codes(np.array(list(itertools.product(range(3), range(2), range(4)))), "abc", order=3)
    assert found.separate == ("a", "b", "c", "a:b", "a:c", "b:c", "a:b:c")
    assert found.lines() == ()


def test_one_at_a_time_separates_main_effects_only_if_there_is_nothing_else():
    made = np.vstack([np.zeros(3, int), np.eye(3, dtype=int)])
    assert aliasing.of_codes(made, "abc", order=1).separate == ("a", "b", "c")
    assert aliasing.of_codes(made, "abc", order=2).separate == ()


def test_a_missing_cell_confounds_the_pair_it_belongs_to():
    full = np.array(list(itertools.product(range(2), range(2), range(2))))
    assert set(aliasing.of_codes(full[1:], "abc", order=2).separate) == {"a", "b", "c", "a:b", "a:c", "b:c"}
    without = full[~((full[:, 0] == 1) & (full[:, 1] == 1))]
    found = aliasing.of_codes(without, "abc", order=2)
    assert "a:b" in found.confounded
    assert {"c"} <= set(found.separate)


def test_several_columns_can_be_shared_out():
    rows = np.array([(a, b, c, 2 * a + b) for a, b, c in itertools.product((0, 1), repeat=3)])
    lines = aliasing.of_codes(rows, "abcd", order=1).lines()
    assert "a ~ d" in lines
    assert "d ~ a, b" in lines


def test_a_single_setting_has_no_term():
    assert aliasing.of_settings([designs.settings(study({"kind": "explicit", "settings": [{}]}))[0]]).terms == ()

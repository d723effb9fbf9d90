"""Hooks read the numbers of the slot that is being traced."""

from __future__ import annotations

import pytest

from ablate.core.errors import LevelError, one_line
from ablate.remedies import _slot_numbers


def test_a_number_that_no_factor_gives_is_named_with_what_to_do() -> None:
    with _slot_numbers.slot({"a": 1.0}, {}):
        assert _slot_numbers.number("a") == 1.0
        with pytest.raises(LevelError) as caught:
            _slot_numbers.number("b")
    assert one_line(caught.value) == (
        "A hook of a factor reads the number 'b', which no factor gives. Return it from the factor's `slot`, for every "
        "level that the hook runs for."
    )


def test_numbers_and_choices_hold_inside_the_block_alone() -> None:
    with _slot_numbers.slot({"a": 1.0}, {"k": ("x",)}):
        with pytest.raises(KeyError), _slot_numbers.slot({"a": 2.0}, {"k": ("y", "z")}):  # noqa: PT012
            assert (_slot_numbers.number("a"), _slot_numbers.choices("k")) == (2.0, ("y", "z"))
            raise KeyError
        assert (_slot_numbers.number("a"), _slot_numbers.choices("k")) == (1.0, ("x",))
    with pytest.raises(LookupError):
        _slot_numbers.number("a")
    with pytest.raises(LookupError):
        _slot_numbers.choices("k")

from __future__ import annotations

import pytest

from ablate.core.errors import ConfigError
from ablate.core.parameters import fields, number
from ablate.core.study import Json

KINDS = {
    "none": {},
    "norm": {"value": (float, 1.0), "count": (int, 3), "path": (str, ...), "on": (bool, False), "any": (object, None)},
}
CHECK = fields("clipping", KINDS)


def test_defaults_are_filled_in_and_whole_numbers_are_good_floats() -> None:
    assert CHECK({"kind": "none"}) == {"kind": "none"}
    checked = CHECK({"kind": "norm", "path": "x", "value": 2, "any": [1]})
    assert checked == {"kind": "norm", "value": 2.0, "count": 3, "path": "x", "on": False, "any": [1]}
    assert isinstance(checked["value"], float)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (3, "`clipping` must be a mapping with a `kind`. Received: 3."),
        ({}, "`clipping` must be a mapping with a `kind`. Received: {}."),
        ({"kind": "nrom"}, "Unknown kind of `clipping`: 'nrom'. Did you mean 'norm'? Allowed: none, norm."),
        ({"kind": ["norm"]}, "Unknown kind of `clipping`: ['norm']. Did you mean 'norm'? Allowed: none, norm."),
        ({"kind": "none", "value": 1}, "Unknown parameter of `clipping=none`: 'value'. Allowed: (none)."),
        ({"kind": "norm"}, "`clipping.path` must be given. Write `clipping.path=...`."),
        ({"kind": "norm", "path": 3}, "`clipping.path` must be a text. Received: 3."),
        ({"kind": "norm", "path": "x", "value": "big"}, "`clipping.value` must be a number. Received: 'big'."),
        ({"kind": "norm", "path": "x", "value": True}, "`clipping.value` must be a number. Received: True."),
        ({"kind": "norm", "path": "x", "count": 1.5}, "`clipping.count` must be a whole number. Received: 1.5."),
        ({"kind": "norm", "path": "x", "count": True}, "`clipping.count` must be a whole number. Received: True."),
        ({"kind": "norm", "path": "x", "on": 1}, "`clipping.on` must be true or false. Received: 1."),
    ],
    ids=str,
)
def test_parameters_that_do_not_fit_are_refused(params: Json, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        CHECK(params)
    assert str(caught.value) == message


def test_a_number_lies_in_its_range() -> None:
    rate, width = number("rate", low=0, high=1), number("width", low=1, high=64, whole=True)
    assert (rate(1), width(64.0)) == (1.0, 64)
    assert isinstance(width(64.0), int)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "0.5", True, None])
def test_a_number_out_of_its_range_is_refused(value: Json) -> None:
    with pytest.raises(ConfigError) as caught:
        number("rate", low=0, high=1)(value)
    assert str(caught.value) == f"`rate` must be a number from 0 to 1. Received: {value!r}."


def test_half_a_unit_is_no_width() -> None:
    with pytest.raises(ConfigError) as caught:
        number("width", low=1, high=64, whole=True)(2.5)
    assert str(caught.value) == "`width` must be a whole number from 1 to 64. Received: 2.5."

from __future__ import annotations

from dataclasses import replace

import pytest

from ablate.core import json_values
from ablate.core.study import Contrast, Execution, Json
from ablate.outcomes.chance_level import Chance

CHANCE = Chance(rows=256, classes=2, majority=0.5, luck=0.1, reference=0.97)
CONTRAST = Contrast(factor="loss", level="a", against="b", at={"task": ["words"]})


@pytest.mark.parametrize("value", [CHANCE, replace(CHANCE, reason="other"), CONTRAST, Execution(part="1/2")])
def test_a_record_comes_back_as_it_was(value: object) -> None:
    assert json_values.record(type(value), json_values.to_json(value)) == value


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rows": "70"}, "`rows`: Input should be a valid integer, not '70'"),
        ({"rows": None}, "`rows`: Input should be a valid integer, not None"),
        ({"rows": 70.0}, "`rows`: Input should be a valid integer, not 70.0"),
        ({"reference": True}, "`reference`: Input should be a valid number, not True"),
        ({"more": 1}, "it must hold fields of a Chance, and no others"),
        ({"reason": 3}, "`reason`: Input should be a valid string, not 3"),
    ],
)
def test_other_values_are_refused(wrong: dict[str, Json], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        json_values.record(Chance, {**json_values.to_json(CHANCE), **wrong})


def test_a_missing_field_is_refused_unless_it_has_a_default() -> None:
    value = json_values.to_json(CONTRAST)
    del value["question"]
    assert json_values.record(Contrast, value) == CONTRAST
    del value["level"]
    with pytest.raises(ValueError, match="`level`: Field required"):
        json_values.record(Contrast, value)


@pytest.mark.parametrize("content", [b"", b"{", b"NaN", b"[-Infinity]", b'"\\ud800"', b"\xff"])
def test_a_text_that_could_not_be_written_again_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's own
        json_values.parse(content)

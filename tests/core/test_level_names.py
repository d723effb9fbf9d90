from __future__ import annotations

import pytest

from ablate.core.errors import ConfigError
from ablate.core.level_names import find_level, level_text
from ablate.core.study import Factor, Json, Level


def factor(*levels: Level) -> Factor:
    return Factor(name="f", levels=levels, baseline=levels[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "on"), (False, "off"), (None, "none"), (3, "3"), (1e-3, "0.001"), ("a", "a"), ({"b": [1]}, '{"b":[1]}')],
)
def test_a_level_is_named_as_people_write_it(value: Json, text: str) -> None:
    assert level_text(value) == text


def test_a_level_is_found_by_name_or_by_its_number() -> None:
    named = factor(Level(name="off", params={"kind": "none"}), Level(name="1", params={"kind": "one"}))
    assert find_level(named, False).params == {"kind": "none"}
    assert find_level(named, 1).params == {"kind": "one"}
    numbers = factor(Level(name="0.001", params=0.001), Level(name="2", params=2.0))
    assert find_level(numbers, 1e-3).name == "0.001"
    assert find_level(numbers, 2).name == find_level(numbers, "2").name == "2"


def test_an_unknown_level_is_answered_by_the_levels_of_the_study() -> None:
    with pytest.raises(ConfigError) as caught:
        find_level(factor(Level(name="clipped", params=1), Level(name="fused", params=2)), "fussed")
    assert str(caught.value) == (
        "Unknown level of `f` in this study: 'fussed'. Did you mean 'fused'? Allowed: clipped, fused."
    )

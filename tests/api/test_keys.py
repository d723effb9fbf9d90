"""The Python API has every public name, factor and key, and its signatures show them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import ablate
from ablate import remedies
from ablate.api.keys import Keys
from ablate.configure.overrides import SHORTHAND
from ablate.configure.study_from_config import TYPES

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("luck", "plan", "rates", "search", "sweep", "try_model")
OWN_KEYS = {"plan": {"rate", "pilot"}}
"""Keywords of a function that are no key of a study."""


def test_the_public_names_are_those_that_are_listed_and_no_others() -> None:
    assert dir(ablate) == sorted(ablate.__all__)
    for name in ablate.__all__:
        assert getattr(ablate, name)
    assert ablate.try_ is ablate.try_model
    assert not any(inspect.ismodule(getattr(ablate, name)) for name in ablate.__all__ if name != "plots")
    assert re.fullmatch(r"\d+\.\d+\.\d+", ablate.__version__)
    assert (ROOT / "ablate" / "py.typed").is_file()
    with pytest.raises(AttributeError, match="has no attribute 'swep'"):
        ablate.swep  # type: ignore[attr-defined]  # noqa: B018


def test_no_factor_and_no_key_is_forgotten() -> None:
    ours = set(remedies.registry()) - set(remedies.brought())
    listed, known = set(Keys.__annotations__), {*ours, *TYPES, *SHORTHAND, "design", "experiment", "data"}
    assert listed == known, f"`Keys` in ablate/api/keys.py must list {known - listed} and not {listed - known}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_signature_shows_factors_and_keys(name: str) -> None:
    parameters = inspect.signature(getattr(ablate, name)).parameters
    first = "arguments" if name == "try_model" else "overrides"
    assert set(parameters) == {first, "on_event", *OWN_KEYS.get(name, ()), *Keys.__annotations__}
    assert parameters["loss"].annotation == "Levels"
    assert parameters["seed"].default is not inspect.Parameter.empty

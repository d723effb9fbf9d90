"""Factors are found by their modules and by entry points, and wrong ones are named."""

from __future__ import annotations

import dataclasses
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from ablate import remedies
from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.remedies import Remedy, _plugins
from ablate.remedies._remedy import as_float32, check_complete

KNOWN = remedies.registry()["clipping"]
GIVEN: dict[str, Json] = {
    name: getattr(KNOWN, name) for name in ("summary", "neutral", "stacks", "check", "statement", "lines", "candidates")
}


def test_a_module_defines_a_record_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, object] = {}
    monkeypatch.setattr(remedies.importlib, "import_module", lambda _: SimpleNamespace(**made))
    with pytest.raises(ConfigError, match=r"^ablate/remedies/noise\.py must define `REMEDY`"):
        remedies._of_module("noise")
    made["REMEDY"] = KNOWN
    with pytest.raises(ConfigError, match=r"must name its factor 'noise': `REMEDY` has the name 'clipping'"):
        remedies._of_module("noise")
    assert remedies._of_module("clipping") is KNOWN


def test_an_entry_point_names_a_record_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="noise", value="theirs.noise:REMEDY", group="ablate.factors")
    for value, message in (
        (3, r"must name an `ablate\.remedies\.Remedy`\. Received: 3\."),
        (KNOWN, "must have its factor's name. Its `Remedy` has the name 'clipping'"),
        (Remedy(name="noise", **{**GIVEN, "neutral": None}), "must have neutral parameters"),
        (Remedy(name="noise"), r"lacks `summary`: .* Add it to the record in theirs\.noise\."),
    ):
        monkeypatch.setattr(_plugins, "loaded", lambda _, value=value: value)
        with pytest.raises(ConfigError, match=message):
            remedies._of_entry_point("noise", point)
    right = Remedy(name="noise", **GIVEN)
    monkeypatch.setattr(_plugins, "loaded", lambda _: right)
    assert remedies._of_entry_point("noise", point) is right


def test_only_factors_with_neutral_parameters_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    without = dataclasses.replace(KNOWN, name="without", neutral=None, identity=lambda params: {"id": params})
    problem = dataclasses.replace(KNOWN, name="problem", problem=True)
    monkeypatch.setattr(remedies, "registry", lambda: {"clipping": KNOWN, "without": without, "problem": problem})
    assert remedies.neutral() == {"clipping": KNOWN.neutral, "problem": KNOWN.neutral}
    assert remedies.complete({"clipping": 1, "gone": 2}) == {"clipping": 1, "gone": 2, "problem": KNOWN.neutral}
    assert remedies.identity({"without": 4, "gone": 2}) == {"without": {"id": 4}, "gone": 2}
    assert remedies.problems.__wrapped__() == {"problem"}
    with pytest.raises(ConfigError, match=r"^Unknown factor: 'cliping'\. Did you mean 'clipping'\?"):
        remedies.checked("cliping", 1)


def test_another_package_cannot_bring_a_factor_of_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="width", value="a:b", group="ablate.factors")
    monkeypatch.setattr(_plugins, "factors", lambda: {"width": point})
    with pytest.raises(ConfigError, match="must have another name: ablate has a factor of that name"):
        remedies.brought.__wrapped__()
    monkeypatch.setattr(_plugins, "factors", lambda: {"noise": point})
    assert remedies.brought.__wrapped__() == {"noise": point}


def test_a_number_that_stacks_in_no_known_way_is_refused() -> None:
    broken = dataclasses.replace(KNOWN, stacks="shapes", kinds={})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"^Unknown value of `stacks`: 'shapes'\."):
        check_complete(broken, "x.py")
    assert dataclasses.replace(KNOWN, statement="layers").inside
    assert not dataclasses.replace(KNOWN, statement="loss").inside


def test_python_numbers_are_kept_as_keras_keeps_them() -> None:
    assert [as_float32(value) for value in (0.1, 0.5, 3.0)] == [0.10000000149011612, 0.5, 3.0]

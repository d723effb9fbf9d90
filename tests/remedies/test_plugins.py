"""Levels, factors and folders of other packages are read from entry points, and wrong ones are named."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from ablate.core.errors import ConfigError, LevelError
from ablate.remedies import _plugins


def focal(truth: Any, output: Any, *, gamma: float = 2.0, hard: bool = False) -> Any:
    if hard:
        raise ValueError("too hard")
    return truth * output**gamma


def bare(*, gamma: float) -> None:
    pass


def listed(*, parts: Any = (1, 2)) -> None:
    pass


NUMBER = 3


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let these entry points be installed, by group."""

    def install(**groups: dict[str, str]) -> None:
        by_group = {
            f"ablate.{group}": [EntryPoint(name=name, value=value, group=group) for name, value in given.items()]
            for group, given in groups.items()
        }
        monkeypatch.setattr(_plugins, "entry_points", lambda group: by_group.get(group, []))
        _plugins.kinds.cache_clear()

    yield install
    monkeypatch.undo()
    _plugins.kinds.cache_clear()


HERE = __name__
OURS = {"loss.focal": f"{HERE}:focal", "optimizer.bare": f"{HERE}:bare", "loss.listed": f"{HERE}:listed"}


def test_kinds_belong_to_the_factor_that_they_name(installed: Callable[..., None]) -> None:
    installed(levels=OURS)
    assert list(_plugins.kinds("loss")) == ["focal", "listed"]
    assert list(_plugins.kinds("optimizer")) == ["bare"]
    assert [_plugins.brings(factor, {"kind": "focal"}) for factor in ("loss", "optimizer", "width")] == [
        True, False, False,
    ]  # fmt: skip
    assert not _plugins.brings("loss", {"kind": "fused"})
    assert _plugins.function("loss", "focal") is focal
    assert _plugins.source_name("loss", "focal") == f"{HERE}.focal"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("focal", "must be named FACTOR.KIND"),
        ("width.focal", "must begin with a factor that takes levels from other packages"),
    ],
)
def test_an_entry_point_that_names_no_factor_is_refused(
    installed: Callable[..., None], name: str, message: str
) -> None:
    installed(levels={name: f"{HERE}:focal"})
    with pytest.raises(ConfigError, match=f"^Entry point '{name}' of an installed package {message}"):
        _plugins.kinds("loss")


def test_what_cannot_be_loaded_or_called_is_named(installed: Callable[..., None]) -> None:
    installed(levels={"loss.gone": f"{HERE}:gone", "loss.number": f"{HERE}:NUMBER"})
    with pytest.raises(ConfigError, match=re.escape(f"'{HERE}:gone' raises AttributeError")):
        _plugins.function("loss", "gone")
    with pytest.raises(ConfigError, match=r"^The level `loss=number` of .* must be a function\. .* of type int\.$"):
        _plugins.function("loss", "number")


def test_parameters_are_keywords_with_defaults_that_give_their_types(installed: Callable[..., None]) -> None:
    installed(levels=OURS)
    code = hashlib.sha256(inspect.getsource(focal).encode()).hexdigest()[:16]
    assert _plugins.parameters("loss", "focal") == {
        "gamma": (float, 2.0), "hard": (bool, False), "code": (str, code),
    }  # fmt: skip
    with pytest.raises(
        ConfigError, match=r"^Parameter `gamma` of the level `optimizer=bare` .* Received: no default\.$"
    ):
        _plugins.parameters("optimizer", "bare")
    with pytest.raises(ConfigError, match=r"Received: \(1, 2\)\.$"):
        _plugins.parameters("loss", "listed")


def test_a_function_is_called_with_the_parameters_of_the_level(installed: Callable[..., None]) -> None:
    installed(levels=OURS)
    params = {"kind": "focal", "gamma": 3.0, "hard": False, "code": "x"}
    assert _plugins.call("loss", params, 5.0, 2.0) == 40.0
    message = r"^The level `loss=focal` of an installed package has raised ValueError: too hard$"
    with pytest.raises(LevelError, match=message):
        _plugins.call("loss", {**params, "hard": True}, 5.0, 2.0)


def test_code_that_has_changed_is_refused(installed: Callable[..., None]) -> None:
    installed(levels=OURS)
    _plugins.check_code("loss", {"kind": "focal", "code": _plugins.code(focal)})
    with pytest.raises(ConfigError, match="must have the hash 12, as when the result was made"):
        _plugins.check_code("loss", {"kind": "focal", "code": "12"})
    names: dict[str, Any] = {}
    exec("def unseen():\n    return 1", names)  # noqa: S102
    assert _plugins.code(names["unseen"]) == hashlib.sha256(names["unseen"].__code__.co_code).hexdigest()[:16]
    assert _plugins.code(len) == hashlib.sha256(repr(len).encode()).hexdigest()[:16]


def test_factors_and_folders_are_found_by_name(
    installed: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs_of_test" / "inner" / "conf").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    installed(factors={"noise": "a:b"}, conf={"one": "theirs_of_test.inner"})
    assert list(_plugins.factors()) == ["noise"]
    assert _plugins.folders() == {"one": tmp_path / "theirs_of_test" / "inner" / "conf"}
    for value in ("theirs_of_test", "no_such_package_here"):
        installed(conf={"one": value})
        with pytest.raises(ConfigError, match=r"must name a package with a folder `conf`\. Received: "):
            _plugins.folders()

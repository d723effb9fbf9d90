"""Factors of other packages, which the package's own configs do not name."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from omegaconf import OmegaConf

from ablate import remedies
from ablate.configure import plugin_factors
from ablate.configure.config_files import Library
from ablate.core.errors import ConfigError
from ablate.core.study import Json

NUMBER, GROUP = "centering", "clipping"
"""A factor that is a number, and one with level files."""


@pytest.fixture(autouse=True)
def _brought(monkeypatch: pytest.MonkeyPatch) -> None:
    neutral = {NUMBER: 0.0, GROUP: {"kind": "none"}}
    monkeypatch.setattr(remedies, "brought", lambda: {NUMBER: None, GROUP: None})
    monkeypatch.setattr(remedies, "neutral", lambda: neutral)


def library(files: Mapping[str, Json]) -> Library:
    return Library(
        options=lambda group: list(files) if group == GROUP else [],
        content=lambda _, option: OmegaConf.create(files[option]),
    )


def test_each_is_added_at_its_neutral_level_unless_an_override_adds_it() -> None:
    files = library({"norm": {"kind": "norm", "value": 1.0}, "nothing": {"kind": "none"}})
    assert list(plugin_factors.defaults([], files)) == [f"+{NUMBER}=0.0", f"+{GROUP}=nothing"]
    assert list(plugin_factors.defaults([f"+{GROUP}=norm"], files)) == [f"+{NUMBER}=0.0"]


def test_level_files_without_the_neutral_parameters_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        list(plugin_factors.defaults([], library({"norm": {"kind": "norm", "value": 1.0}})))
    assert str(caught.value) == (
        'The factor `clipping` must have a level file with its neutral parameters, {"kind":"none"}. Its files: norm.'
    )

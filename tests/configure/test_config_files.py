from __future__ import annotations

from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from ablate.configure import config_files
from ablate.core.errors import ConfigError


def test_the_options_of_a_group_are_its_files_and_a_number_has_none(tmp_path: Path) -> None:
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "mild.yaml").write_text("kind: clipped\neps: 0.01\n")
    with config_files.opened([f"hydra.searchpath=[file://{tmp_path}]"]) as library:
        assert {"clipped", "mild"} <= set(library.options("loss"))
        assert library.content("loss", "mild") == {"kind": "clipped", "eps": 0.01}
        assert library.options("width") == []


def test_hydras_state_is_put_back_even_after_an_error() -> None:
    assert not GlobalHydra.instance().is_initialized()
    with pytest.raises(ConfigError), config_files.opened():
        raise ConfigError("stop")
    assert not GlobalHydra.instance().is_initialized()


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "broken.yaml").write_text("kind: [clipped\n")
    path = [f"hydra.searchpath=[file://{tmp_path}]"]
    with pytest.raises(ConfigError, match=r"broken\.yaml"), config_files.opened(path) as library:
        library.content("loss", "broken")


def test_a_message_of_hydras_is_one_line_without_places_in_its_tree() -> None:
    error = ValueError(
        "In 'hydra/config': Could not find 'hydra/a/b'\n\nAvailable options in 'a':\n\tx\n\ty\nSee https://hydra.cc"
    )
    error.__cause__ = ValueError("Config search path:\n\tprovider=main, path=file:///conf\n    full_key: a")
    assert config_files.readable(error) == "Could not find 'hydra/a/b' Available options in 'a': x y"


def test_only_the_search_path_is_a_search_path() -> None:
    given = ["loss=fused", "hydra.searchpath=[x]", "++hydra.searchpath=[y]", "hydra.run.dir=z"]
    assert config_files.search_paths(given) == ["hydra.searchpath=[x]", "++hydra.searchpath=[y]"]

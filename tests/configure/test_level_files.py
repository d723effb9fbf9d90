from __future__ import annotations

from pathlib import Path

from ablate.configure import level_files
from ablate.configure.config_files import opened

CONFIG = {"learning_rate": 0.25}


def test_interpolations_in_level_files_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "like_rate.yaml").write_text("kind: clipped\neps: ${learning_rate}\n")
    with opened([f"hydra.searchpath=[file://{tmp_path}]"]) as library:
        names = [("loss", "like_rate"), ("clipping", "none"), ("loss", "like_rate")]
        found = level_files.contents(names, CONFIG, library)
        assert found == {
            ("loss", "like_rate"): {"kind": "clipped", "eps": 0.25},
            ("clipping", "none"): {"kind": "none"},
        }
        assert level_files.option_with("loss", {"kind": "clipped", "eps": 0.25}, CONFIG, library) == "like_rate"


def test_a_file_is_found_by_its_resolved_parameters_and_one_to_be_completed_is_not() -> None:
    with opened() as library:
        assert level_files.option_with("loss", {"kind": "clipped", "eps": 1e-3}, {}, library) == "clipped_1e-3"
        assert level_files.option_with("loss", {"kind": "clipped", "eps": 0.7}, {}, library) is None
        params = {"kind": "npz", "path": "???", "inputs": "x", "labels": "y"}
        assert level_files.option_with("task", params, {}, library) is None


def test_values_that_the_user_must_give_are_not_given() -> None:
    assert level_files.given({"kind": "npz", "path": level_files.UNSET}) == {"kind": "npz"}

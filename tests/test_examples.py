"""The examples compose and say what they say."""

from __future__ import annotations

from pathlib import Path

import ablate

ROOT = Path(__file__).parents[1]


def test_a_level_in_a_folder_of_ones_own_is_a_level_like_ours() -> None:
    folder = ROOT / "examples" / "own_level" / "conf"
    study = ablate.compose([f"hydra.searchpath=[file://{folder}]", "loss=clipped_1e-5,clipped,fused"])
    found = {level.name: level.params for level in study.factor("loss").levels}
    assert found["clipped_1e-5"] == {"kind": "clipped", "eps": 1e-5}
    assert set(found) == {"clipped_1e-5", "clipped", "fused"}

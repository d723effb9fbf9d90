"""What a sweep would train, printed part by part."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ablate.commands.exit_status import USAGE_ERROR
from tests.commands.conftest import Said


def test_plan_counts_and_refuses(said: Said, results: Path, place: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    words = ["plan", "task=words", "study=fake", "width=16,32", "learning_rate=1e-3,1e-2", "seed=range(4)"]
    status, out, _ = said(*words, place)
    assert status == 0
    assert "settings  4" in out
    assert "trials    16; 12 have a result already" in out
    assert "programs  2, in 2 stacks; 90% of the slots are padding\n" in out
    assert before == {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    assert "task words: 10 classes" in out


def test_plan_refuses_data_that_cannot_be_a_task(said: Said, tmp_path: Path) -> None:

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(600, 4))
    inputs[7, 2] = np.nan
    np.savez(tmp_path / "bad.npz", x=inputs, y=np.arange(600) % 3)
    status, out, err = said("plan", "task=npz", f"path={tmp_path / 'bad.npz'}", f"results_dir={tmp_path / 'out'}")
    assert status == USAGE_ERROR
    assert "which float32 does not hold (row 7; the first row is row 0)" in err
    assert "which float32" not in out, "an error is told once"
    assert "cannot be studied" in err
    assert not (tmp_path / "out").exists()


def test_plan_says_what_the_comparisons_can_show_at_the_rates_of_a_pilot(said: Said, place: str) -> None:
    words = ["plan", "task=words", "study=new", "width=16,32", "seed=range(20)", place]
    status, out, _ = said(*words)
    assert status == 0
    assert "power     1 level against the baseline (Benjamini-Hochberg), one pair a seed" in out
    assert [line.split()[0] for line in out.splitlines() if line.startswith("          0.")] == ["0.00", "0.50"]
    status, out, _ = said(*words, "--pilot", "fake")  # 0 of 3 escaped: the rate is the lower end of its interval
    assert status == 0
    assert len([line for line in out.splitlines() if line.startswith("          0.")]) == 2
    assert "\n          0.20 " in said(*words, "--rate", "0.2")[1]
    assert said(*words, "--rate", "2")[2] == "ablate: An escape rate must lie between 0 and 1. Received: 2.\n"
    assert "not both" in said(*words, "--rate", "0.1", "--pilot", "fake")[2]
    assert "Unknown study in" in said(*words, "--pilot", "fak")[2]

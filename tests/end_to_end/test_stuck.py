"""Networks as people write them, each stuck for a reason of its own: what `ablate try` finds out about them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import ablate

EXAMPLES = Path(__file__).parents[2] / "examples" / "own_model"

STUCK = {
    "unscaled": (255.0, "", "already"),
    "dead": (1.0, "learning_rate=0.005", "class numbers"),
    "twice": (1.0, "loss=fused", "asks for a second softmax"),
    "clipped": (1.0, "loss=fused", "gradient is exactly zero"),
}
"""Builder -> largest input, a remedy that must work alone, and a word of what is said before training."""


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield
    sys.modules.pop("stuck", None)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUCK)
@pytest.mark.usefixtures("importable")
def test_a_stuck_network_is_found_stuck_and_a_remedy_is_found(name: str, tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    largest, remedy, word = STUCK[name]
    found = load_digits()
    np.savez(tmp_path / "digits.npz", x=found.data * (largest / 16), y=found.target)
    said = ablate.try_(
        model=f"stuck:{name}", task="npz", path=str(tmp_path / "digits.npz"), results_dir=str(tmp_path / "results")
    )
    assert said.baseline.escaped <= 2, "another processor may end a seed otherwise, not most of them"
    assert said.baseline.trials == 8
    assert word in " ".join(f"{each.what} {each.advice}" for each in said.findings)
    assert said.smallest
    assert said.keras
    assert not remedy or remedy in [rate.words for rate in said.alone if rate.sufficient]
    assert f"ablate sweep model=stuck:{name}" in said.text()

"""Scripts of the documentation's gallery, run as they stand."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"


@pytest.mark.parametrize("script", sorted(GALLERY.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_draws_or_prints(
    script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(GALLERY)
    made: dict[str, object] = {}
    exec(compile(script.read_text(encoding="utf-8"), script, "exec"), made)  # noqa: S102
    plt.close("all")
    assert made.get("figure") or made.get("figures") or capsys.readouterr().out

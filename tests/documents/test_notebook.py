"""The notebook of the docs, run cell by cell on a study with planted states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from tests.synthetic import build, study

NOTEBOOK = Path(__file__).parents[2] / "docs" / "results.ipynb"


def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "results", study(name="blog", seeds=(0, 1, 2, 3)))
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), space)  # noqa: S102
    assert len(space["results"].trials) == 36 * 4
    assert all(isinstance(figure, Figure) for figure in space["figures"].values())
    assert space["curves"].id == space["key"]

"""The notebook of the docs, run cell by cell on a study with planted states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import ablate
from tests.synthetic import build, study

NOTEBOOK = Path(__file__).parents[2] / "docs" / "results.ipynb"


def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "results", study(name="blog", seeds=(0, 1, 2, 3)))
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)  # noqa: S102
    assert len(space["results"].trials) == 36 * 4
    assert all(isinstance(figure, Figure) for figure in space["figures"].values())
    assert space["curves"].id == space["key"]


def test_stored_outputs_are_those_of_the_published_study() -> None:
    """Run `jupyter nbconvert --execute --inplace docs/results.ipynb` after `make study` if this fails."""
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    kinds = [{kind for output in cell["outputs"] for kind in output["data"]} for cell in cells]
    assert all(kinds), "every cell shows its output"
    assert sum("image/png" in shown for shown in kinds) == 3
    results = ablate.load(NOTEBOOK.parents[1] / "results" / "published" / "blog")
    shown = {"".join(cell["source"]).strip(): cell["outputs"][0]["data"] for cell in cells}
    table = "".join(shown["results.table([results.varying[0]])"]["text/html"])
    assert table == results.table([results.varying[0]])._repr_html_()  # type: ignore[operator]

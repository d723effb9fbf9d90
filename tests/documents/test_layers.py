"""docs/layers.md is what its script writes, and names every layer of Keras."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_layers_is_written_from_the_code() -> None:
    spec = importlib.util.spec_from_file_location("layers_page", ROOT / "docs" / "layers.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert page.text() == (ROOT / "docs" / "layers.md").read_text(encoding="utf-8"), "run `python docs/layers.py`"
    assert all(name in page.text() for name in page._keras_layers())

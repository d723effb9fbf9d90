"""The documents show the folders, imports and causes that the code has."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = runpy.run_path(str(ROOT / "docs" / "architecture.py"))


def test_the_documents_are_what_the_code_makes_them() -> None:
    for path, text in WRITTEN["documents"]().items():
        if path.suffix == ".md":
            assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `python docs/architecture.py`"


def test_every_folder_is_a_layer_and_its_purpose_begins_with_a_verb() -> None:
    folders = WRITTEN["folders"]()
    there = {path.parent.name for path in (ROOT / "ablate").glob("*/__init__.py")}
    assert there <= set(folders)
    assert not [name for name in folders if WRITTEN["purpose"](name).split()[0] in ("The", "A", "An", "What", "Where")]

"""Keras is imported on its own back end in the user's process, and by the engine's settings on TensorFlow."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from types import ModuleType
keras, ours = ModuleType("keras"), ModuleType("ablate.engine.runtime")
keras.name, ours.keras = "theirs", "ours"
sys.modules["ablate.engine.runtime"] = ours
class Finder:
    def find_spec(self, name, *_):
        if name == "keras":
            from importlib.machinery import ModuleSpec
            return ModuleSpec(name, self)
    def create_module(self, spec): return keras
    def exec_module(self, module): pass
sys.meta_path.insert(0, Finder())
KNOWN
from ablate.engine.any_backend import keras as made
print(made if made == "ours" else made.name)
"""


@pytest.mark.parametrize(
    ("known", "backend", "made"),
    [
        (False, None, "ours"),
        (False, "tensorflow", "ours"),
        (False, "jax", "theirs"),
        (True, None, "theirs"),
        (True, "tensorflow", "theirs"),
    ],
)
def test_a_back_end_that_is_chosen_or_loaded_already_stays(
    monkeypatch: pytest.MonkeyPatch, backend: str | None, made: str, *, known: bool
) -> None:
    if backend is None:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
    else:
        monkeypatch.setenv("KERAS_BACKEND", backend)
    code = CODE.replace("KNOWN", "import keras" if known else "")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [made]

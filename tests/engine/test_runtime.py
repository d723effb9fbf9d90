"""TensorFlow is what Keras runs on, whatever the user's settings say, or the engine refuses."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType

import keras
import numpy as np
import pytest
import tensorflow as tf

from ablate.engine import program_files, runtime


def loaded(module: ModuleType) -> ModuleType:
    """Run a module's file as a module of another name."""
    spec = importlib.util.spec_from_file_location("again", str(module.__file__))
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_versions_are_those_that_decide_bits() -> None:
    assert runtime.versions() == {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}


def test_another_back_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(program_files, "process_folder", lambda: called.append(True))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert loaded(runtime).keras is keras
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert called == [True]
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ImportError, match="Received: KERAS_BACKEND=jax"):
        loaded(runtime)

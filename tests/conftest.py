"""What every test stands on: quiet TensorFlow, no display, quick compilation, and the same examples in every run."""

from __future__ import annotations

import gc
import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests.xla import QUICK

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("XLA_FLAGS", QUICK)
# One folder of compiled programs for all processes of a run, empty when it begins: never the user's own.
programs = tempfile.TemporaryDirectory(prefix="ablate-programs-")
os.environ.setdefault("ABLATE_PROGRAMS", programs.name)

settings.register_profile(
    "ablate", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ablate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that wait for the longest training: others run meanwhile, and none idles at the end."""
    items.sort(key=lambda item: "results" not in getattr(item, "fixturenames", ()) or "engine" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Collect garbage seldom, and no longer among the millions of objects that libraries and tests hold by now."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

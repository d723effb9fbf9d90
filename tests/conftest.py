"""What every test stands on: quiet TensorFlow, no display, and examples that are the same in every run."""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "Agg")
# One folder of compiled programs for all processes of a run, empty when it begins: never the user's own.
programs = tempfile.TemporaryDirectory(prefix="ablate-programs-")
os.environ.setdefault("ABLATE_PROGRAMS", programs.name)

settings.register_profile(
    "ablate", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ablate")

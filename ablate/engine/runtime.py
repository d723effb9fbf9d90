"""TensorFlow and Keras, imported once with the settings that this engine's results depend on."""

from __future__ import annotations

import os

from ablate.core import quiet_stderr
from ablate.engine import program_files

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

with quiet_stderr.without_chatter():
    import keras as keras
    import tensorflow as tf
    from keras.src.optimizers.base_optimizer import BaseOptimizer as BaseOptimizer

__all__ = ["BaseOptimizer", "keras", "tf", "versions"]

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"Keras must run on TensorFlow. Received: KERAS_BACKEND={keras.backend.backend()}. Unset KERAS_BACKEND."
    )

program_files.process_folder()


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide bits."""
    import numpy as np

    return {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}

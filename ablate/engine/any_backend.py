"""Import Keras on whatever back end it runs, for modules that look at a user's model in the user's own process."""

from __future__ import annotations

import os
import sys

if "keras" in sys.modules or os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    import keras as keras
else:
    from ablate.engine.runtime import keras as keras

__all__ = ["keras"]

"""What a trial's bits depend on besides its content: slots, program, instruction set and versions."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache

from ablate.core.study import Json
from ablate.engine.hardware import instructions
from ablate.engine.program import Stack
from ablate.engine.runtime import tf, versions
from ablate.engine.xla_flags import of_user

REVISION = 2
"""Increased when the last bits of a signal change on purpose. 2 changed the sums of squared gradients and penalties."""


def signature(stack: Stack, dtype: str) -> dict[str, Json]:
    """Return the record that is stored with each result: equal trials of equal signatures have equal bits.

    Args:
        stack: the stack that trained the trial.
        dtype: its float type.
    """
    return {
        "slots": stack.slots,
        "program": hashlib.sha256(stack.program.encode()).hexdigest()[:16],
        "dtype": dtype,
        "revision": REVISION,
        **_machine(),
    }


@cache
def _machine() -> dict[str, Json]:
    """Return device, instruction set and versions of this process, and the user's own `XLA_FLAGS`."""
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "device": gpus[0].name if gpus else "cpu",
        "architecture": platform.machine(),
        "instructions": instructions(),
        "versions": versions(),
        **({"flags": theirs} if (theirs := of_user(os.environ.get("XLA_FLAGS", ""))) else {}),
    }

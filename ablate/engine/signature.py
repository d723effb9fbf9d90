"""What a trial's bits depend on besides its content: slots, program, instruction set and versions."""

from __future__ import annotations

import hashlib
import platform
from functools import cache

from ablate.engine.hardware import instructions
from ablate.engine.program import Stack
from ablate.engine.runtime import tf, versions
from ablate.study import Json


def signature(stack: Stack, dtype: str) -> dict[str, Json]:
    """Recorded beside each result: where it is equal, so are the bits of equal trials."""
    return {
        "slots": stack.slots,
        "program": hashlib.sha256(stack.program.encode()).hexdigest()[:16],
        "dtype": dtype,
        **machine(),
    }


@cache
def machine() -> dict[str, Json]:
    """Device, instruction set and versions of this process."""
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "device": gpus[0].name if gpus else "cpu",
        "architecture": platform.machine(),
        "instructions": instructions(),
        "versions": versions(),
    }

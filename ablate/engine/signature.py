"""What a trial's bits depend on besides its content: slots, program, instruction set and versions."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path

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
        "instructions": _instructions(),
        "versions": versions(),
    }


def _instructions() -> str:
    """Hash of the CPU's instruction set flags; empty where the system does not tell."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return hashlib.sha256(flags.encode()).hexdigest()[:8] if flags else ""

"""The part of the machine that decides compiled code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def instructions() -> str:
    """Return a hash of the processor's instruction set flags; empty if the system does not list them."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return hashlib.sha256(flags.encode()).hexdigest()[:8] if flags else ""

"""What of the machine decides compiled code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def instructions() -> str:
    """Hash of the CPU's instruction set flags; empty where the system does not tell."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return hashlib.sha256(flags.encode()).hexdigest()[:8] if flags else ""

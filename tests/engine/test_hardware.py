"""The processor's instruction set is told by its flags, wherever the system lists them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ablate.engine import hardware


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("model name: a\nflags\t\t: fpu avx2\nflags\t\t: other\n", "flags\t\t: fpu avx2"),
        ("Features\t: fp asimd\n", "Features\t: fp asimd"),
        ("model name: a\n", ""),
        (None, ""),
    ],
)
def test_flags_of_the_first_core_are_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, line: str
) -> None:
    path = tmp_path / "cpuinfo"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(hardware, "Path", lambda name: path if name == "/proc/cpuinfo" else None)
    digest = hashlib.sha256(line.encode()).hexdigest()[:8] if line else ""
    assert hardware.instructions.__wrapped__() == digest

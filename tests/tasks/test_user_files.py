"""A path to a user's file that does not exist is refused with the most similar name."""

from __future__ import annotations

from pathlib import Path

from tests.tasks.made import refused


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"")
    assert "Did you mean 'data.npz'" in refused({"kind": "npz", "path": str(tmp_path / "dat.npz")})
    assert "no folder" in refused({"kind": "npz", "path": str(tmp_path / "no" / "data.npz")})
    assert "Received a folder" in refused({"kind": "csv", "path": str(tmp_path)})

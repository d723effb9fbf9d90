from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings import made_reports


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The folder of made-up reports."""
    return made_reports.build(tmp_path)

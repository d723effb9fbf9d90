"""One small study with results, which the tests of the API read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_sweep import study as small_study
from tests.fake_sweep import swept


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    swept(small_study(folder, "width=16,32", "seed=range(3)"))
    return folder

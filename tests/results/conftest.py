from __future__ import annotations

import pytest

from ablate.results import study_results
from ablate.results.study_results import Results
from tests.synthetic import build


@pytest.fixture(scope="package")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The full synthetic study, loaded."""
    return study_results.load(build(tmp_path_factory.mktemp("results")))

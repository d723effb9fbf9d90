"""Run a search with the fake engine in a process of its own: `python -m tests.remedy_search.fake_search ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from unittest import mock

from ablate import configure
from ablate.remedy_search import options
from ablate.remedy_search.search import SearchResult, search
from tests.fake_sweep import CHANCE, FAKE, _page

GRID = ("loss=clipped,fused,mse", "learning_rate=0.1,0.01,0.001", "width=16,32")
SPACE = ("task=words", "study=fake", "workers=2", *GRID)
SHORT = (
    "search=nsga2", "search.trials=200", "search.batch=8", "search.blocks=[2,4,8]", "search.confirm=16",
    "search.claims=1",
)  # fmt: skip


def searched(overrides: Sequence[str]) -> SearchResult:
    """Search the small grid; the report and the chance level are other tests' matter."""
    study, config = configure.search([*SPACE, *SHORT, *overrides])
    with (
        mock.patch("ablate.outcomes.chance_level.measure", return_value=CHANCE),
        mock.patch("ablate.runner.training_backend.package_engine", return_value=FAKE),
        mock.patch("ablate.report.write", side_effect=_page),
    ):
        return search(study, options.read(config))


if __name__ == "__main__":
    sys.exit(bool(searched(sys.argv[1:]).summary.stopped))

"""Run the Hydra application and its jobs with the fake engine: `python -m tests.hydra_app.fake_multirun -m ...`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import hydra
from omegaconf import DictConfig

from ablate import __main__ as application
from ablate import configure


@contextmanager
def faked() -> Iterator[None]:
    """Made-up training and chance level; the report is other tests' matter."""
    from tests.fake_sweep import CHANCE, FAKE, _page

    with (
        mock.patch("ablate.outcomes.chance_level.measure", return_value=CHANCE),
        mock.patch("ablate.runner.training_backend.package_engine", return_value=FAKE),
        mock.patch("ablate.report.write", side_effect=_page),
    ):
        yield


@hydra.main(version_base="1.3", config_path=str(configure.folder()), config_name="config")
def run(config: DictConfig) -> int:
    from tests.hydra_app.fake_multirun import faked as own

    with own():
        return application.job(config)


def status(*words: str) -> int:
    """The application's exit status, in this process."""
    with faked(), mock.patch("ablate.__main__.run", run):
        try:
            application.main(words)
        except SystemExit as left:
            return int(left.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(status(*sys.argv[1:]))

"""Run `ablate generalize`: what remedies are worth over the tasks of some studies, and on a new task."""

from __future__ import annotations

import argparse
from pathlib import Path

from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.core.errors import ConfigError

LONGEST = 100
"""The most characters of the folder's name."""


def run(arguments: argparse.Namespace) -> int:
    """Print the table and what is expected of a new task; write both, and the figure, into the results folder."""
    names, overrides = study_names.split(arguments.words)
    if not names:
        raise ConfigError("At least one study must be named, as `loss activation`. Received: none.")
    from ablate import configure
    from ablate.report import generalization, pictures, tables
    from ablate.results import study_results

    studies = [study_results.load(study_names.folder([name, *overrides])) for name in names]
    pooled = generalization.generalization(studies)
    print(pooled.text(), end="")
    folder = Path(configure.results_dir(overrides)) / f"generalize-{'-'.join(pooled.studies)}"[:LONGEST]
    folder.mkdir(parents=True, exist_ok=True)
    tables.save(pooled.table, folder, "remedies", "Remedies over tasks")
    print(f"Figure: {pictures.save(pooled.picture(), folder)}")
    return DONE

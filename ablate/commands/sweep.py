"""Run `ablate sweep`: train what has no result yet, then write the report."""

from __future__ import annotations

import argparse
import sys

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE, INTERRUPTED


def run(arguments: argparse.Namespace) -> int:
    """Sweep the study that the overrides describe and print what was done."""
    study = configure.compose(study_names.only_overrides(arguments.words))
    from ablate.runner.sweep import sweep

    summary = sweep(study)
    print(summary.text(), file=sys.stderr if summary.stopped else sys.stdout)
    return INTERRUPTED if summary.stopped else DONE

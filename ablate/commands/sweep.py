"""Run `ablate sweep`: train what has no result yet, then write the report."""

from __future__ import annotations

import argparse
import sys

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE, INTERRUPTED
from ablate.commands.seed_note import seed_note


def run(arguments: argparse.Namespace) -> int:
    """Sweep the study that the overrides describe and print what was done."""
    study = configure.compose(study_names.only_overrides(arguments.words))
    if note := seed_note(study):
        print(note, flush=True)
    from ablate.runner.sweep import sweep

    summary = sweep(study)
    print(summary.text(), file=sys.stderr if summary.stopped else sys.stdout)
    return INTERRUPTED if summary.stopped else DONE

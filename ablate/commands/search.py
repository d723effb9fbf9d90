"""Run `ablate search`: find remedies among the settings of a study instead of training all of them."""

from __future__ import annotations

import argparse
import sys

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE, INTERRUPTED
from ablate.commands.seed_note import seed_note


def run(arguments: argparse.Namespace) -> int:
    """Search the study that the overrides describe and print what was found."""
    study, config = configure.search(study_names.only_overrides(arguments.words))
    if note := seed_note(study):
        print(note, flush=True)
    from ablate.remedy_search import options
    from ablate.remedy_search.search import search

    result = search(study, options.read(config))
    stopped = bool(result.summary.stopped)
    print(result.summary.text(), file=sys.stderr if stopped else sys.stdout)
    print(result.text())
    return INTERRUPTED if stopped else DONE

"""Run `ablate try`: find out which remedies get a user's own model off the plateau."""

from __future__ import annotations

import argparse
import sys

from ablate.commands import study_names
from ablate.commands.exit_status import DONE, INTERRUPTED


def run(arguments: argparse.Namespace) -> int:
    """Try every remedy that applies and print the answer."""
    from ablate.try_remedies.attempt import attempt

    answer = attempt(study_names.only_overrides(arguments.words))
    print(answer.text(), file=sys.stderr if answer.summary.stopped else sys.stdout)
    return INTERRUPTED if answer.summary.stopped else DONE

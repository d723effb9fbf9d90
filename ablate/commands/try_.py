"""`ablate try`: which remedies get a user's own model off the plateau."""

from __future__ import annotations

import argparse
import sys

from ablate.commands import study_names
from ablate.commands.exit_status import INTERRUPTED


def run(arguments: argparse.Namespace) -> int:
    """Try every remedy that applies and print the answer; 130 if it was interrupted."""
    from ablate.try_remedies.attempt import attempt

    found = attempt(study_names.only_overrides(arguments.words))
    print(found.text(), file=sys.stderr if found.summary.stopped else sys.stdout)
    return INTERRUPTED if found.summary.stopped else 0

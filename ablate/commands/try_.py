"""`ablate try`: which remedies get a user's own model off the plateau."""

from __future__ import annotations

import argparse
import sys

from ablate.cli import INTERRUPTED
from ablate.commands import where


def run(arguments: argparse.Namespace) -> int:
    """Try every remedy that applies and print the answer; 130 if it was interrupted."""
    from ablate.attempt import attempt

    found = attempt(where.only_overrides(arguments.words))
    print(found.text(), file=sys.stderr if found.summary.stopped else sys.stdout)
    return INTERRUPTED if found.summary.stopped else 0

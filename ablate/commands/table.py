"""`ablate table`: a study's settings, or groups of them, with states, escape rate and median time."""

from __future__ import annotations

import argparse

from ablate.commands import where


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    place = where.folder(arguments.words)
    from ablate import results

    print(results.table_text(results.load(place), arguments.by, arguments.format), end="")
    return 0

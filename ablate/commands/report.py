"""`ablate report`: results/STUDY/report, made anew from what is stored."""

from __future__ import annotations

import argparse

from ablate.commands import where


def run(arguments: argparse.Namespace) -> int:
    """Write the report and say where it is."""
    place = where.folder(arguments.words)
    from ablate import report, results

    print(f"Report: {report.write(results.load(place))}")
    return 0

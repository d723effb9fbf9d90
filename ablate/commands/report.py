"""`ablate report`: results/STUDY/report, made anew from what is stored."""

from __future__ import annotations

import argparse

from ablate.commands import study_names


def run(arguments: argparse.Namespace) -> int:
    """Write the report and say where it is."""
    place = study_names.folder(arguments.words)
    from ablate import report
    from ablate.results import study_results

    print(f"Report: {report.write(study_results.load(place))}")
    return 0

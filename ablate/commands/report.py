"""Run `ablate report`: write results/STUDY/report again from what is stored."""

from __future__ import annotations

import argparse

from ablate.commands import study_names
from ablate.commands.exit_status import DONE


def run(arguments: argparse.Namespace) -> int:
    """Write the report and print where it is; the report of a published study goes beside the user's own results."""
    folder = study_names.folder(arguments.words)
    from ablate import report
    from ablate.results import study_results

    root = folder.parent
    into = root.parent / folder.name if root.name == study_names.PUBLISHED else folder
    formats = [name.strip() for text in arguments.formats for name in text.split(",") if name.strip()]
    print(f"Report: {report.write(study_results.load(folder), into, formats) / 'report.html'}")
    return DONE

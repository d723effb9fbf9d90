"""Run `ablate luck`: how often a network ends at chance with other seeds."""

from __future__ import annotations

import argparse

from ablate.commands import seed_study
from ablate.runner.seed_studies import LUCK


def run(arguments: argparse.Namespace) -> int:
    """Train the network with many seeds, and print how often it does not escape."""
    from ablate.report.luck import luck

    return seed_study.run(arguments.words, LUCK, luck)

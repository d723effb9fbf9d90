"""Run `ablate rates`: escape, collapse and accuracy against the learning rate, with many seeds."""

from __future__ import annotations

import argparse

from ablate.commands import seed_study
from ablate.runner.seed_studies import RATES


def run(arguments: argparse.Namespace) -> int:
    """Train the network at every learning rate, and print the stable range."""
    from ablate.report.rate_finder import rate_finder

    return seed_study.run(arguments.words, RATES, rate_finder)

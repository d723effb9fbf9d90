"""`ablate sweep`: train what has no result yet, then write the report."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence

from ablate import configure, design
from ablate.cli import INTERRUPTED
from ablate.commands import where
from ablate.study import Study


def run(arguments: argparse.Namespace) -> int:
    """Sweep the study that the overrides describe."""
    return _train(configure.compose(where.only_overrides(arguments.words)))


def one(overrides: Sequence[str]) -> int:
    """Train one trial: the baseline of the overrides, with its first seed."""
    study = configure.compose(overrides)
    alone = dataclasses.replace(study, seeds=study.seeds[:1], designs=({"kind": "explicit", "settings": [{}]},))
    return _train(alone)


def _train(study: Study) -> int:
    """Sweep and say what is there; 130 if it was interrupted."""
    design.settings(study)
    from ablate.sweep import sweep

    summary = sweep(study)
    print(summary.text(), file=sys.stderr if summary.stopped else sys.stdout)
    return INTERRUPTED if summary.stopped else 0

"""Run `ablate plan`: print what a sweep would train, what it costs, and whether its data can be a task."""

from __future__ import annotations

import argparse
import os

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.commands.seed_note import seed_note
from ablate.core import terminal
from ablate.core.errors import ConfigError
from ablate.core.filesystem import Address
from ablate.runner.progress import Event, Note


def run(arguments: argparse.Namespace) -> int:
    """Print the plan of the study that the overrides describe; nothing is written."""
    study = configure.compose(study_names.only_overrides(arguments.words))
    if note := seed_note(study):
        print(note, flush=True)
    from ablate.runner.plan import plan

    planned = plan(study, rates=rates(arguments.rate, arguments.pilot, study.results_dir), on_event=_print)
    print(f"Ready: {study.command} writes {planned.folder}/.")
    return DONE


def rates(
    rate: float | None, pilot: str | os.PathLike[str] | Address | None, results_dir: str | None = None
) -> tuple[float, ...]:
    """Return the escape rates of the baseline to plan with: the one given, a pilot study's, or none and one half.

    Args:
        rate: the rate that is expected.
        pilot: a study with results: the rate of its baseline, with the ends of its interval.
        results_dir: the folder in which a pilot given by name is looked for.

    Raises:
        ConfigError: both are given, the rate is no share, or there is no such study or baseline.
    """
    from ablate.runner.planned_power import RATES

    if rate is not None and pilot is not None:
        raise ConfigError(f"Give the rate or the pilot study, not both. Received: {rate:g} and {str(pilot)!r}.")
    if rate is not None and not 0 <= rate <= 1:
        raise ConfigError(f"An escape rate must lie between 0 and 1. Received: {rate:g}.")
    if rate is not None:
        return (rate,)
    if pilot is None:
        return RATES
    from ablate.results import baseline_rate, study_results

    return tuple(dict.fromkeys(baseline_rate.of(study_results.load(study_names.find(pilot, results_dir)))))


def _print(event: Event) -> None:
    if isinstance(event, Note):
        print(terminal.filled(event.text), flush=True)

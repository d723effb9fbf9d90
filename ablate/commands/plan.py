"""Run `ablate plan`: print what a sweep would train, what it costs, and whether its data can be a task."""

from __future__ import annotations

import argparse

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.commands.seed_note import seed_note
from ablate.runner.progress import Event, Note


def run(arguments: argparse.Namespace) -> int:
    """Print the plan of the study that the overrides describe; nothing is written."""
    study = configure.compose(study_names.only_overrides(arguments.words))
    if note := seed_note(study):
        print(note, flush=True)
    from ablate.runner.plan import plan

    planned = plan(study, on_event=_print)
    print(f"Ready: {study.command} writes {planned.folder}/.")
    return DONE


def _print(event: Event) -> None:
    if isinstance(event, Note):
        print(event.text, flush=True)

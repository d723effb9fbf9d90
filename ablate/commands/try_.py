"""Run `ablate try`: find out why a user's own model stays at chance, and what gets it off."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ablate.commands.exit_status import DONE, INTERRUPTED
from ablate.core.errors import ConfigError, TaskError

if TYPE_CHECKING:
    from ablate.try_remedies.answer import Attempt
    from ablate.try_remedies.program_words import Wanted
    from ablate.try_remedies.verdict import Verdict


def run(arguments: argparse.Namespace) -> int:
    """Try a program, or the factors of a study, and print the answer."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the user's module may import TensorFlow first
    try:
        from ablate.try_remedies import program_words

        if program_words.names_program(arguments.words) or not arguments.words:
            return _program(arguments, program_words.of_command(arguments.words))
        return _study(arguments)
    except KeyboardInterrupt:
        print("ablate: interrupted before anything was known. The same command begins again.", file=sys.stderr)
        return INTERRUPTED


def _study(arguments: argparse.Namespace) -> int:
    """Try the factors of a study; a model that a study refuses is trained as it is.

    The answer comes before the report, which takes seconds.
    """
    from ablate.try_remedies import fallback
    from ablate.try_remedies.attempt import attempt

    told = []

    def tell(answer: Attempt) -> str:
        told.append(f"\n{answer.answer_text()}\n")
        return told[0]

    try:
        answer = attempt(arguments.words, before_report=tell)
    except (ConfigError, TaskError) as error:
        wanted = fallback.program_of(arguments.words, error)
        if wanted is None:
            raise
        print(f"{error} So it is trained as it is.", file=sys.stderr)
        return _program(arguments, wanted)
    text = answer.summary.text() if told else answer.text()
    print(text, file=sys.stderr if answer.summary.stopped else sys.stdout)
    return INTERRUPTED if answer.summary.stopped else DONE


def _program(arguments: argparse.Namespace, wanted: Wanted) -> int:
    """Try a program; the exit status is its state's (`ablate.try_remedies.verdict.STATUS`)."""
    from ablate.try_remedies import program_attempt, program_words

    options = wanted.options(program_words.command(arguments.words))
    os.environ["KERAS_BACKEND"] = "tensorflow"  # for a script that loads Keras; `options` knows the user's own
    hear = (lambda event: print(event.text, file=sys.stderr, flush=True)) if arguments.json else None
    verdict = program_attempt.attempt(wanted.builder, wanted.given(), options, hear)
    print(json.dumps(verdict.json(), indent=2) if arguments.json else verdict.text())
    _write_page(verdict)
    return verdict.status


def _write_page(verdict: Verdict) -> None:
    """Write the page of an answer that says something; where it cannot be written, the text is all there is."""
    from ablate import configure
    from ablate.try_remedies import verdict_page

    if not verdict.baseline.trials:
        return
    try:
        path = verdict.page(Path(configure.results_dir()) / verdict_page.file_name(verdict.program))
    except OSError as error:
        print(f"ablate: the page could not be written: {error.strerror}.", file=sys.stderr)
    else:
        print(f"Page: {path}", file=sys.stderr)

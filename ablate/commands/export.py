"""Run `ablate export STUDY --paper`: a study as the parts of a paper."""

from __future__ import annotations

import argparse

from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.core.errors import ConfigError


def run(arguments: argparse.Namespace) -> int:
    """Write methods, figure, tables, references and checklist; those of a published study go to the user's results."""
    if not arguments.paper:
        raise ConfigError("`ablate export` must be told what to write: --paper. Received none.")
    study = study_names.folder(arguments.words)
    from ablate.report import paper
    from ablate.results import study_results

    folder = paper.write(study_results.load(study), study_names.writable(study) / "paper")
    print(f"Paper: {folder / 'paper.tex'} (pdflatex paper, bibtex paper, pdflatex paper twice)")
    return DONE

"""Read the results of studies: load one, compare two, pool several, write one as a paper."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.api.keys import Path
    from ablate.report.comparison import Comparison
    from ablate.report.generalization import Generalization
    from ablate.results.study_results import Results


def load(study: Path, results_dir: Path | None = None) -> Results:
    """Load the results of a study.

    Args:
        study: its name, or the path or address of its folder.
        results_dir: where a study given by name is looked for; None: the `results_dir` of the configs, `results`.

    Raises:
        ConfigError: there is no such study; the message names those that there are.
        StoreError: the study has no trial, or its files are damaged.

    Examples:
        >>> ablate.load("blog").trials[["seed", "loss", "state"]]  # doctest: +SKIP
    """
    from ablate.commands import study_names
    from ablate.results import study_results

    return study_results.load(study_names.find(study, results_dir))


def compare(first: Results | Path, second: Results | Path) -> Comparison:
    """Compare two studies, or two results of one study, trial by trial, as `ablate compare` does.

    Args:
        first: results, or a study's name, path or address.
        second: results, or a study, to compare with the first: differences are second minus first.

    Raises:
        ConfigError: there is no such study, or trials cannot be paired.
    """
    from ablate.report import study_comparison
    from ablate.results.study_results import Results

    one, other = (study if isinstance(study, Results) else load(study) for study in (first, second))
    return study_comparison.compare(one, other)


def generalize(*studies: Results | Path) -> Generalization:
    """Pool the effects of remedies over the tasks of some studies, as `ablate generalize` does.

    Args:
        studies: results, or studies by name, path or address.

    Raises:
        ConfigError: there is no such study, or no remedy was tried on two tasks.
    """
    from ablate.report.generalization import generalization
    from ablate.results.study_results import Results

    return generalization([study if isinstance(study, Results) else load(study) for study in studies])


def export(study: Results | Path, folder: str | os.PathLike[str]) -> str:
    """Write a study as the parts of a paper, as `ablate export STUDY --paper` does, and return the path of paper.tex.

    Args:
        study: results, or a study by name, path or address.
        folder: where to write; what was there is deleted.
    """
    import pathlib

    from ablate.report import paper
    from ablate.results.study_results import Results

    results = study if isinstance(study, Results) else load(study)
    return str(paper.write(results, pathlib.Path(folder)) / "paper.tex")

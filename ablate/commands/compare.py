"""Run `ablate compare`: two studies, or one in two results folders, paired where trials match, else unpaired."""

from __future__ import annotations

import argparse

from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.core.errors import ConfigError


def run(arguments: argparse.Namespace) -> int:
    """Print what changed from the first study to the second, and write it as a page beside the second's report."""
    names, overrides = study_names.split(arguments.words)
    if len(names) != 2:
        raise ConfigError(
            f"Exactly two studies must be named, as `blog other/blog`. Received: {' '.join(names) or 'none'}."
        )
    first, second = (study_names.folder([name, *overrides]) for name in names)
    from ablate.report import comparison_page, study_comparison
    from ablate.results import study_results

    comparison = study_comparison.compare(study_results.load(first), study_results.load(second))
    print(comparison.text(), end="")
    folder = comparison_page.write(comparison, study_names.writable(second) / f"compare-{first.name}")
    print(f"Page: {folder / 'report.html'}")
    return DONE

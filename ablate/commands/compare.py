"""`ablate compare`: two studies, or one study in two results folders, paired where trials match."""

from __future__ import annotations

import argparse
from pathlib import Path

from ablate.commands import study_names
from ablate.core import filesystem
from ablate.core.errors import ConfigError
from ablate.core.filesystem import Place


def run(arguments: argparse.Namespace) -> int:
    """Print what changed and write the comparison beside the second study's report."""
    names, overrides = study_names.split(arguments.words)
    if len(names) != 2:
        raise ConfigError(
            f"Exactly two studies must be named, as `blog other/blog`. Received: {' '.join(names) or 'none'}."
        )
    first, second = (_folder(name, overrides) for name in names)
    from ablate.report import compare, comparison
    from ablate.results import study_results

    found = compare.compare(study_results.load(first), study_results.load(second))
    print(comparison.text(found), end="")
    # Beside the second study's report, or here if that is elsewhere.
    beside = second if isinstance(second, Path) else Path.cwd()
    place = comparison.write(found, beside / f"compare-{first.name}")
    print(f"Page: {place / 'report.html'}")
    return 0


def _folder(name: str, overrides: list[str]) -> Place:
    """A study's folder: by path or address if it has a slash, else by name."""
    path = filesystem.place(name)
    there = not isinstance(path, Path) or path.is_dir()
    return path if "/" in name and there else study_names.folder([name, *overrides])

"""`ablate compare`: two studies, or one study in two results folders, paired where trials match."""

from __future__ import annotations

import argparse
from pathlib import Path

from ablate.commands import where
from ablate.errors import ConfigError


def run(arguments: argparse.Namespace) -> int:
    """Print what changed and write the comparison beside the second study's report."""
    names, overrides = where.split(arguments.words)
    if len(names) != 2:
        raise ConfigError(
            f"Exactly two studies must be named, as `blog other/blog`. Received: {' '.join(names) or 'none'}."
        )
    first, second = (_folder(name, overrides) for name in names)
    from ablate import results
    from ablate.report import compare, comparison

    found = compare.compare(results.load(first), results.load(second))
    print(comparison.text(found), end="")
    place = comparison.write(found, second / f"compare-{first.name}")
    print(f"Page: {place / 'report.html'}")
    return 0


def _folder(name: str, overrides: list[str]) -> Path:
    """A study's folder: by path if it has a slash, else by name."""
    path = Path(name).expanduser()
    return path if "/" in name and path.is_dir() else where.folder([name, *overrides])

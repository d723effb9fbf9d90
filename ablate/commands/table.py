"""`ablate table`: a study's settings, or groups of them, with states, escape rate and median time."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablate.commands import study_names
from ablate.core.errors import ConfigError, unknown

if TYPE_CHECKING:
    from ablate.results.study_results import Results


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    place = study_names.folder(arguments.words)
    from ablate.results import study_results

    print(table_text(study_results.load(place), arguments.by, arguments.format), end="")
    return 0


def table_text(results: Results, by: Sequence[str] | None = None, format: str = "text") -> str:  # noqa: A002
    """The table of `ablate table`, as `text`, `csv`, `md` or `json`.

    Raises:
        ConfigError: an unknown factor or format.
    """
    from ablate.report import tables
    from ablate.results import study_results

    if format not in tables.FORMATS:
        raise ConfigError(unknown("format", format, tables.FORMATS))
    return tables.FORMATS[format](study_results.table(results, by))

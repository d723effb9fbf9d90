"""Run `ablate table`: print a study's settings, or groups of them, with states, escape rate and median time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.core import terminal
from ablate.core.errors import ConfigError, unknown

if TYPE_CHECKING:
    from ablate.results.study_results import Results


def run(arguments: argparse.Namespace) -> int:
    """Print the table, and on standard error how many stored trials it leaves out."""
    folder = study_names.folder(arguments.words)
    from ablate.results import settings_table, study_results, trial_frame
    from ablate.stats import seed_spending

    results = study_results.load(folder)
    print(table_text(results, arguments.by, arguments.format), end="")
    notes = [f"Here {chance.text()}." for chance in results.manifest.chance.values()]
    left_out = settings_table.later_trials(results, arguments.by)
    if left_out:
        notes.append(
            f"Rates over several settings count the {len(seed_spending.first(results.study))} seeds that every setting "
            f"gets; {left_out} trials on later seeds are left out, because results decided which settings got them."
        )
    if results.others:
        notes.append(
            f"Not in this table: {results.others} of the trials stored in {folder}. They are not part of the study as "
            f"it was last swept: {trial_frame.reasons(results.left_out)}."
        )
    for note in notes:
        print(terminal.filled(note), file=sys.stderr)
    return DONE


def table_text(results: Results, by: Sequence[str] | None = None, format: str = "text") -> str:  # noqa: A002
    """Return the table of `ablate table` as a text.

    Args:
        results: the study's results.
        by: factors whose levels make the groups; every factor that varies by default.
        format: `text`, `csv`, `md` or `json`.

    Raises:
        ConfigError: an unknown factor or format.
    """
    from ablate.report import tables
    from ablate.results import settings_table

    if format not in tables.FORMATS:
        raise ConfigError(unknown("format", format, tables.FORMATS))
    table = settings_table.table(results, by)
    return tables.text(table, keys=list(table).index("n")) if format == "text" else tables.FORMATS[format](table)

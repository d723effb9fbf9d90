"""Find the baseline's escape rate among a study's results."""

from __future__ import annotations

from ablate.core.errors import ConfigError
from ablate.results import settings_table
from ablate.results.study_results import Results


def of(results: Results) -> tuple[float, float, float]:
    """Return the escape rate of the study's baseline, and the ends of its interval.

    Args:
        results: the study.

    Raises:
        ConfigError: the baseline was not run.
    """
    rows = settings_table.table(results)
    for name in results.varying:
        rows = rows[rows[name].astype(str) == dict(results.study.baseline)[name].name]
    if not len(rows):
        raise ConfigError(
            f"A pilot study must have run its baseline. Received {results.study.name}, which has no trial of it: give "
            "the rate that you expect."
        )
    row = rows.iloc[0]
    return float(row["escape_rate"]), float(row["low"]), float(row["high"])

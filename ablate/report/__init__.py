"""The report: statistics' records turned into a page, pictures and tables. It computes no statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.core.filesystem import Place
    from ablate.results.study_results import Results

__all__ = ["write"]


def write(results: Results) -> Place:
    """Makes `results.folder/report/` (page, figures, tables, trials.parquet) anew; see `ablate.report.write`."""
    from ablate.report import folder

    return folder.write(results)

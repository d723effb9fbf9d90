"""The report: statistics' records turned into a page, pictures and tables. It computes no statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.core.filesystem import Place
    from ablate.results.study_results import Results

__all__ = ["write"]


def write(results: Results, into: Place | None = None) -> Place:
    """Write `report/` (page, figures, tables, trials.parquet) into a folder; see `ablate.report.folder.write`.

    Args:
        results: the study's results.
        into: the folder that gets the folder `report`; the study's own by default.
    """
    from ablate.report import folder

    return folder.write(results, into)

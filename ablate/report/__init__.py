"""Turn the records of the statistics into a page, figures and tables. The report computes no statistic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.core.filesystem import Place
    from ablate.results.study_results import Results

__all__ = ["write"]


def write(results: Results, into: Place | None = None, formats: Sequence[str] = ()) -> Place:
    """Write `report/` (page, tables, trials.parquet) into a folder; see `ablate.report.folder.write`.

    Args:
        results: the study's results.
        into: the folder that gets the folder `report`; the study's own by default.
        formats: further formats: figures as pdf, png or svg, tables as md or tex.
    """
    from ablate.report import folder

    return folder.write(results, into, formats)

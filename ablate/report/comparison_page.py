"""Write a comparison as a folder with a page and tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from ablate.report import page, pictures, tables
from ablate.report.comparison import Comparison
from ablate.report.page_parts import levels_by_name, table
from ablate.report.pictures import Picture
from ablate.report.sections.effects import difference_row, forest_picture

ROWS = 40
"""The most settings in the figure: those that changed most beyond noise."""

ON_PAGE = 500
"""The most rows of each table of the page."""


def write(comparison: Comparison, folder: Path) -> Path:
    """Write a comparison's folder anew: report.html, tables/settings.csv and tables/pairs.csv.

    Args:
        comparison: what was compared.
        folder: where to write; what was there is deleted.

    Returns:
        The folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tables").mkdir(parents=True)
    first, second, pairs = comparison.first, comparison.second, comparison.pairs
    drawn, grids = None, []
    if len(comparison.settings):
        drawn = pictures.draw(_picture(comparison))
        tables.save(comparison.settings, folder / "tables", "settings", f"{second} less {first}, per setting")
        tables.save(pairs, folder / "tables", "pairs", f"Pairs of {first} and {second}")
        changed = pairs[pairs["state_first"] != pairs["state_second"]]
        grids = [
            table(comparison.by_change(), "Settings, largest change first", limit=ON_PAGE),
            table(changed, "Pairs that ended in different states", limit=ON_PAGE),
        ]
    html = page.render(
        "compare.html.j2", title=f"{first} and {second}", summary=comparison.summary(), drawn=drawn, tables=grids
    )
    (folder / "report.html").write_text(html, encoding="utf-8")
    return folder


def _picture(comparison: Comparison) -> Picture:
    settings = comparison.by_change().head(ROWS)
    paired = "pairs" in settings
    names = list(settings.columns)[: list(settings.columns).index("pairs" if paired else "n_first")]
    rows = [
        difference_row(
            ", ".join(f"{name}={level}" for name, level in levels.items()) or "all trials",
            row,
            count="" if paired else f"{row['n_second']} and {row['n_first']} trials",
        )
        for levels, row in zip(levels_by_name(settings, names), settings.to_dict(orient="records"), strict=True)
    ]
    how = "paired by seed" if paired else "unpaired"
    return forest_picture(f"{comparison.second} less {comparison.first}", "escape", rows, "differences", how)

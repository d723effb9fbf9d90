"""Show a comparison as text for a terminal, and as a folder with a page and tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from ablate.report import page, pictures, tables
from ablate.report.page_parts import levels_by_name, table
from ablate.report.pictures import Picture
from ablate.report.sections.effects import difference_row, forest_picture
from ablate.report.study_comparison import Comparison

ROWS = 40
"""The most settings in the figure: those that changed most beyond noise."""

ON_PAGE = 500
"""The most rows of each table of the page."""


def summary(comparison: Comparison) -> list[str]:
    """Say what changed, in sentences with numbers and intervals."""
    first, second = comparison.first, comparison.second
    lines = [f"{len(comparison.pairs)} trials of {first} and {second} are pairs: same seed, same setting."]
    if comparison.whole is None:
        lines = [f"{first} and {second} share no seed in any setting of both, so their trials cannot be paired."]
    lines += [
        f"The studies differ in {name}: {one} in the first, {other} in the second."
        for name, one, other in comparison.apart
    ]
    if comparison.only_first or comparison.only_second:
        lines.append(
            f"Trials without a partner: {comparison.only_first} of the first, {comparison.only_second} of the second."
        )
    whole = comparison.whole
    if whole is None:
        return [*lines, *_unpaired(comparison)]
    beyond = int((comparison.settings["adjusted_p"] < 0.05).sum())
    lines.append(
        f"Escape rate, second less first: {whole.estimate:+.3f} [{whole.low:+.3f}, {whole.high:+.3f}], "
        f"p = {whole.p:.3g}, {whole.pairs} pairs over {whole.seeds} seeds ({whole.gained} gained, {whole.lost} lost)."
    )
    lines.append(
        f"{comparison.settings['changed'].sum()} of {whole.pairs} pairs ended in different states. The escape rate of "
        f"{beyond} of {len(comparison.settings)} settings changed beyond noise (Benjamini-Hochberg, 5 %)."
    )
    if comparison.same_ids:
        lines.append(
            f"{comparison.same_ids} pairs are trials with the same id: if their states differ, the software changed."
        )
    return lines


def _unpaired(comparison: Comparison) -> list[str]:
    """Say how the rates of the common settings differ, for studies that share no seed."""
    gap, settings = comparison.gap, comparison.settings
    if gap is None:
        return ["Nothing can be compared: no setting of one study is a setting of the other."]
    beyond = int((settings["adjusted_p"] < 0.05).sum())
    seeds = f"{gap.first_seeds} in the first, {gap.second_seeds} in the second"
    size = f"{gap.estimate:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
    return [
        f"Their rates are compared instead, unpaired, in the {gap.settings} settings of both.",
        f"Seeds are not shared ({seeds}), so intervals are wider than those of pairs.",
        f"Escape rate, second less first, each setting counted equally: {size}.",
        f"The rate of {beyond} of {gap.settings} settings differs beyond noise (Fisher's exact test, Holm, 5 %).",
    ]


def text(comparison: Comparison, rows: int = 20) -> str:
    """Return the summary, and the settings that changed most, for a terminal.

    Args:
        comparison: what was compared.
        rows: the most settings.
    """
    changed = _by_change(comparison.settings).head(rows)
    return "\n".join(summary(comparison)) + "\n" + ("\n" + tables.text(changed) if len(changed) else "")


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
            table(_by_change(comparison.settings), "Settings, largest change first", limit=ON_PAGE),
            table(changed, "Pairs that ended in different states", limit=ON_PAGE),
        ]
    html = page.render(
        "compare.html.j2", title=f"{first} and {second}", summary=summary(comparison), drawn=drawn, tables=grids
    )
    (folder / "report.html").write_text(html, encoding="utf-8")
    return folder


def _by_change(settings: pd.DataFrame) -> pd.DataFrame:
    """Return the settings, those that changed most beyond noise first."""
    if not len(settings):
        return settings
    ordered = settings.assign(size=-settings["difference"].abs())
    return ordered.sort_values(["adjusted_p", "size"], kind="stable", ignore_index=True).drop(columns="size")


def _picture(comparison: Comparison) -> Picture:
    settings = _by_change(comparison.settings).head(ROWS)
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

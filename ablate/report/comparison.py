"""A comparison as text for a terminal and as a folder with a page, a picture and tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from ablate.report import figures, page, pictures, tables
from ablate.report.compare import Comparison
from ablate.report.figure_data import Difference, ForestInfo
from ablate.report.page_parts import Grid, grid
from ablate.report.pictures import Picture, single

ROWS = 40
"""So many settings fit the picture: those that moved most beyond noise."""


def summary(found: Comparison) -> list[str]:
    """What changed, in sentences with numbers and intervals."""
    lines = [f"{len(found.pairs)} trials of {found.first} and {found.second} are pairs: same seed, same setting."]
    for name, one, other in found.apart:
        lines.append(f"The studies differ in {name}: {one} in the first, {other} in the second.")
    if found.only_first or found.only_second:
        lines.append(f"Without a partner: {found.only_first} of the first, {found.only_second} of the second.")
    if found.whole is None:
        return [*lines, "Nothing can be compared."]
    whole = found.whole
    lines.append(
        f"Escape rate, second less first: {whole.estimate:+.3f} [{whole.low:+.3f}, {whole.high:+.3f}], p = "
        f"{whole.p:.3g}, "
        f"{whole.pairs} pairs over {whole.seeds} seeds ({whole.gained} gained, {whole.lost} lost)."
    )
    beyond = int((found.settings["adjusted_p"] < 0.05).sum())
    changed = int(found.settings["changed"].sum())
    lines.append(
        f"{changed} of {whole.pairs} pairs ended in another state; {beyond} of {len(found.settings)} settings "
        f"changed their "
        "escape rate beyond noise (Benjamini-Hochberg, 5 %)."
    )
    if found.same_ids:
        lines.append(
            f"{found.same_ids} pairs are the same trial by content: any change of state there comes from the software."
        )
    return lines


def text(found: Comparison, rows: int = 20) -> str:
    """The summary and the settings that moved most, for a terminal."""
    moved = _moved(found).head(rows)
    table = "\n" + tables.text(moved) if len(moved) else ""
    return "\n".join(summary(found)) + "\n" + table


def write(found: Comparison, place: Path) -> Path:
    """Makes the folder anew: report.html, figures/, tables/settings.* and tables/pairs.*; returns it."""
    shutil.rmtree(place, ignore_errors=True)
    for name in ("figures", "tables"):
        (place / name).mkdir(parents=True)
    shown = None
    grids: list[Grid] = []
    if len(found.settings):
        picture = _picture(found)
        pictures.files(picture, place / "figures")
        shown = pictures.shown(picture, place / "figures")
        tables.save(found.settings, place / "tables", "settings", f"{found.second} less {found.first}, per setting")
        tables.save(found.pairs, place / "tables", "pairs", f"Pairs of {found.first} and {found.second}")
        grids.append(grid(_moved(found), "Settings, largest change first", limit=500))
        moved = found.pairs[found.pairs["state_first"] != found.pairs["state_second"]]
        grids.append(grid(moved, "Pairs that ended in another state", limit=500))
    html = page.render(
        "compare.html.j2",
        title=f"{found.first} and {found.second}",
        summary=summary(found),
        picture=shown,
        tables=grids,
        css=page.own("page.css"),
    )
    (place / "report.html").write_text(html, encoding="utf-8")
    return place


def _moved(found: Comparison) -> pd.DataFrame:
    if not len(found.settings):
        return found.settings
    order = found.settings.assign(size=-found.settings["difference"].abs())
    return order.sort_values(["adjusted_p", "size"], kind="stable").drop(columns="size").reset_index(drop=True)


def _picture(found: Comparison) -> Picture:
    table = _moved(found).head(ROWS)
    names = list(table.columns)[: list(table.columns).index("pairs")]
    rows = tuple(
        Difference(
            factor=", ".join(f"{name}={row[name]}" for name in names) or "all trials",
            level="second",
            against="first",
            difference=float(row["difference"]),
            low=float(row["low"]),
            high=float(row["high"]),
            pairs=int(row["pairs"]),
            p=float(row["p"]),
            p_corrected=float(row["adjusted_p"]),
            correction="Benjamini-Hochberg",
            shares="seed",
        )
        for row in table.to_dict(orient="records")
    )
    info = ForestInfo(title=f"{found.second} less {found.first}", what="escape", differences=rows)
    return Picture(
        name="differences",
        caption=f"{info.title}. Differences of escape rates per setting, paired by seed, 95 % intervals.",
        size=(10.0, 1.3 + 0.27 * len(rows)),
        draw=single(figures.plot_forest, info),
    )

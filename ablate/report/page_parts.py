"""The parts of the page as plain records: sections, tables, lines that link to the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from ablate.report import text_escaping
from ablate.report.pictures import Picture
from ablate.report.tables import number

STATES = {
    "escaped": "above chance to the end",
    "collapsed": "was above chance, fell back",
    "stuck": "never above chance",
    "slow": "not above yet, loss still falling",
    "diverged": "a number became infinite or NaN",
    "failed": "an error ended it",
}
"""What each state means, in the order of the bars."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Cells of a table's row, or one sentence; `link` filters the settings table to the rows behind it."""

    cells: tuple[str, ...]
    link: str = ""
    what: str = ""

    @property
    def text(self) -> str:
        """The cells as one sentence."""
        return " ".join(self.cells)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of the page: `numeric` holds the places of columns of numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    numeric: tuple[int, ...] = ()
    note: str = ""
    more: str = ""
    choice: str = ""

    @property
    def links(self) -> bool:
        """Whether any row links to the trials behind it."""
        return any(line.link for line in self.rows)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section: what it answers, its pictures and tables; with a picker it shows one choice at a time.

    `files` are the tables written beside the page: (name, caption, frame).
    """

    anchor: str
    title: str
    lead: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    picker: bool = False
    files: tuple[tuple[str, str, pd.DataFrame], ...] = ()


def link(*pairs: tuple[str, str]) -> str:
    """The address, after `#settings?`, that shows the settings with these levels, all of them if there are none.

    `state` is a word, too: the settings of which some trial ended so.

    Examples:
        >>> link(("loss", "fused"), ("width", "64")), link()
        ('loss=fused&width=64', 'search=')
    """
    return urlencode(pairs or [("search", "")])


def grid(
    frame: pd.DataFrame, title: str, *, links: Sequence[str] = (), limit: int = 400, note: str = "", choice: str = ""
) -> Grid:
    """A data frame as a table of the page; rows past the limit are in the files beside it, and the table says so."""
    numeric = tuple(
        at for at, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name].dtype)
    )  # fmt: skip
    rows = []
    for at, values in enumerate(frame.head(limit).astype(object).itertuples(index=False, name=None)):
        cells = tuple(cell(value) for value in values)
        rows.append(Line(cells=cells, link=links[at] if links else "", what=" ".join(cells[:2])))
    more = f"The first {limit} of {len(frame)} rows; all of them are in tables/." if len(frame) > limit else ""
    names = tuple(str(name).replace("_", " ") for name in frame.columns)
    return Grid(title=title, columns=names, rows=tuple(rows), numeric=numeric, note=note, more=more, choice=choice)


def cell(value: Any) -> str:
    """A value as people read it: three digits, nothing for a missing number."""
    if isinstance(value, float):
        return number(value)
    text = text_escaping.plain(str(value))
    return text if len(text) <= 400 else text[:399] + "…"


def setting_words(levels: Mapping[str, str], baseline: Mapping[str, str]) -> str:
    """A setting by what it changes: `loss=fused, width=32`; `the baseline` if it changes nothing.

    Examples:
        >>> setting_words({"loss": "fused", "width": "64"}, {"loss": "clipped", "width": "64"})
        'loss=fused'
    """
    changed = [f"{name}={level}" for name, level in levels.items() if baseline.get(name, level) != level]
    return ", ".join(changed) or "the baseline"


def sentences(parts: Iterable[str]) -> tuple[str, ...]:
    """The sentences that say anything."""
    return tuple(part for part in parts if part)

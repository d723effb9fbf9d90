"""The parts of the page as plain records: sections, tables, and rows that link to the trials behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from ablate.report import text_escaping
from ablate.report.pictures import Picture
from ablate.report.tables import number

STATES = {
    "escaped": "above chance to the end",
    "collapsed": "was above chance, fell back to it or lost most of its gain",
    "stuck": "never above chance",
    "unclear": "never above chance, but where luck and learning cannot be told apart",
    "slow": "not above chance yet, but on its way",
    "diverged": "a number became infinite or NaN",
    "failed": "an error ended it",
}
"""The meaning of each state, in the order of the bars."""

HEADINGS = {
    "adjusted_p": "corrected p",
    "adjusted_rates_p": "corrected p (equal rates)",
    "against_count": "ended so: against",
    "asked": "question",
    "at": "where",
    "certain": "every smaller set insufficient",
    "complete": "every larger set run",
    "escaped_n": "escaped trials",
    "expect": "predicted",
    "fingerprint": "cause",
    "gained": "ended so: level only",
    "level_count": "ended so: level",
    "log_rank_p": "p (log rank)",
    "lost": "ended so: against only",
    "needs_seeds": "seeds needed",
    "parts": "varies most with",
    "rates_p": "p (equal rates)",
    "robust": "every larger set sufficient",
    "shares": "each pair shares",
    "small": "shown to be small",
}
"""Headings of the page's tables that say more than the columns' names in the files."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A table's row, or a sentence as one cell; `link` is the filter that shows the trials behind it, if any."""

    cells: tuple[str, ...]
    link: str = ""
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the page; `numeric` holds the positions of columns of numbers, `choice` is its entry in the picker."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    numeric: tuple[int, ...] = ()
    note: str = ""
    more: str = ""
    choice: str = ""

    @property
    def links(self) -> bool:
        """Return whether any row links to the trials behind it."""
        return any(line.link for line in self.rows)


@dataclass(frozen=True)
class Conclusion:
    """What a reader should conclude from a section, in one sentence made from its numbers."""

    text: str


@dataclass(frozen=True, eq=False, kw_only=True)
class TableFile:
    """A table, or a part of one, that is written into tables/ as NAME.csv."""

    name: str
    caption: str
    frame: pd.DataFrame


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """A section of the page: its question as heading, a conclusion, how to read it, figures, tables and notes.

    A `picker` shows one choice at a time.
    """

    anchor: str
    title: str
    lead: str
    says: str = ""
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    files: Sequence[TableFile] = ()
    picker: bool = False


def collect(
    anchor: str,
    title: str,
    lead: str,
    parts: Iterable[Picture | Table | TableFile | Conclusion | str],
    *,
    picker: bool = False,
) -> Section:
    """Make a section of its parts.

    Args:
        anchor: its id in the page.
        title: its heading, a question.
        lead: how to read it.
        parts: figures, tables, files, conclusions and notes, in their order; the parts of a file are joined, and equal
            notes are kept once.
        picker: whether one choice of figures and tables is shown at a time.
    """
    pictures, tables, notes, says = [], [], [], list[str]()
    files: dict[str, list[TableFile]] = {}
    for part in parts:
        match part:
            case Picture():
                pictures.append(part)
            case Table():
                tables.append(part)
            case Conclusion():
                says.append(part.text)
            case TableFile():
                files.setdefault(part.name, []).append(part)
            case _:
                notes.append(part)
    joined = [
        TableFile(name=name, caption=some[0].caption, frame=pd.concat([one.frame for one in some], ignore_index=True))
        for name, some in files.items()
    ]
    return Section(
        anchor=anchor,
        title=title,
        lead=lead,
        says=" ".join(says),
        pictures=pictures,
        tables=tables,
        notes=list(dict.fromkeys(notes)),
        files=joined,
        picker=picker,
    )


def link(*pairs: tuple[str, str]) -> str:
    """Return the part of the page's address after `#settings?` that filters the settings to those with these levels.

    Args:
        pairs: factor and level; levels of one factor are alternatives. `state` is a key as well: it shows the
            settings with a trial that ended so. Without pairs, all settings are shown.

    Examples:
        >>> link(("loss", "fused"), ("width", "64")), link()
        ('loss=fused&width=64', 'search=')
    """
    return urlencode(pairs or [("search", "")])


def table(
    frame: pd.DataFrame, title: str, *, links: Sequence[str] = (), limit: int = 400, note: str = "", choice: str = ""
) -> Table:
    """Turn a data frame into a table of the page.

    Args:
        frame: the rows.
        title: the heading.
        links: per row, the filter of `link`.
        limit: the most rows that are shown; the rest are in the files beside the page, and the table says so.
        note: a sentence above the table.
        choice: the entry of the section's picker.
    """
    numeric = (at for at, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name].dtype))
    rows = []
    for at, values in enumerate(frame.head(limit).astype(object).itertuples(index=False, name=None)):
        cells = tuple(map(_cell, values))
        rows.append(Line(cells=cells, link=links[at] if links else "", about=" ".join(cells[:2])))
    return Table(
        title=title,
        columns=tuple(HEADINGS.get(str(name), str(name).replace("_", " ")) for name in frame.columns),
        rows=tuple(rows),
        numeric=tuple(numeric),
        note=note,
        more=f"The first {limit} of {len(frame)} rows; tables/ has all of them." if len(frame) > limit else "",
        choice=choice,
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    text = text_escaping.plain(str(value))
    return text if len(text) <= 400 else text[:399] + "…"


def levels_by_name(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield each row's level names by factor.

    Args:
        frame: one row a setting or trial.
        names: the factors' columns.
    """
    for row in frame[list(names)].itertuples(index=False, name=None):
        yield dict(zip(names, map(str, row), strict=True))


def setting_words(levels: Mapping[str, str], baseline: Mapping[str, str]) -> str:
    """Name a setting by its changes from the baseline, or as `the baseline`.

    Args:
        levels: the setting's level names by factor.
        baseline: the baseline's level names by factor.

    Examples:
        >>> setting_words({"loss": "fused", "width": "64"}, {"loss": "clipped", "width": "64"})
        'loss=fused'
    """
    return changes_words(f"{name}={level}" for name, level in levels.items() if baseline.get(name, level) != level)


def changes_words(changes: Iterable[str]) -> str:
    """Join changes, each as `factor=level`; return `the baseline` if there is none."""
    return ", ".join(changes) or "the baseline"

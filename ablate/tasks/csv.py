"""`csv`: the user's own table with a header, one column of labels, and numbers in the other columns."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from csv import Error, reader
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

import numpy as np

from ablate.core.errors import TaskError, unknown
from ablate.core.study import Json
from ablate.tasks import _labels
from ablate.tasks._columns import leave_out
from ablate.tasks._finding import Finding
from ablate.tasks._task import Examples
from ablate.tasks._user_files import MOST_NUMBERS, existing

LONGEST_LINE = 2**24
"""The most characters of a line. A file without line ends would fill the memory."""

MOST_NAMED = 40
"""The most columns that a message lists."""

SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """A file's rows.

    Attributes:
        columns: names of the columns that are inputs.
        inputs: float64 [rows, columns].
        texts: the label of each row.
        lines: the line at which each row ends, int64 [rows].
        separator: the character between two cells.
        commas: whether a number has a decimal comma.
    """

    columns: tuple[str, ...]
    inputs: np.ndarray
    texts: list[str]
    lines: np.ndarray
    separator: str
    commas: bool


def make(params: Json) -> Examples:
    """Read the table, and the one of `validation` if it is given. An empty cell is NaN, which `check` reports.

    All columns but `label` and those of `leave_out` are inputs, in their order.

    Raises:
        TaskError: a file or a column is missing, a cell is not a number, or a row lacks its label or cells.
    """
    tables = [_read(params["path"], params)]
    first = tables[0]
    if params["validation"]:
        tables.append(_in_order(_read(params["validation"], params), first, params))
    places = [f"Line {line} of {path!r}" for path, table in _paths(params, tables) for line in _missing(table)]
    if places:
        raise TaskError(
            f"Every row must have a label. {places[0]} has none: its cell is empty, or holds the `nan` that pandas and "
            "NumPy write for a missing value. Drop such rows."
        )
    labels, given = _labels.of_texts([text for table in tables for text in table.texts], "Row {}")
    rows = len(first.texts)
    return Examples(
        inputs=np.concatenate([table.inputs for table in tables]),
        labels=labels,
        class_names=given.names,
        probe_rows=np.arange(rows, len(labels)) if params["validation"] else None,
        given=given,
        columns=first.columns,
        counted="line",
        numbers=np.concatenate([table.lines for table in tables]),
        findings=tuple(_told(path, table) for path, table in _paths(params, tables) if table.commas),
    )


def _paths(params: Json, tables: Iterable[Table]) -> Iterator[tuple[str, Table]]:
    yield from zip((params["path"], params["validation"]), tables, strict=False)


def _missing(table: Table) -> list[int]:
    """Return the lines of the rows without a label."""
    return [int(line) for text, line in zip(table.texts, table.lines, strict=True) if _labels.is_missing(text)]


def _told(path: str, table: Table) -> Finding:
    what = f"Cells of {path!r} are separated by {table.separator!r}, and numbers such as 1,5 were read as 1.5."
    return Finding(severity="warning", what=what, advice="If a comma separates thousands there, save it without them.")


def _in_order(table: Table, first: Table, params: Json) -> Table:
    """Return the validation rows with their columns in the order of the training rows'."""
    if sorted(table.columns) != sorted(first.columns):
        apart = sorted(set(table.columns) ^ set(first.columns))
        raise TaskError(
            f"{params['validation']!r} must have the columns of {params['path']!r}. Only one of them has: "
            f"{', '.join(apart[:5])}."
        )
    order = [table.columns.index(name) for name in first.columns]
    return Table(**{**vars(table), "columns": first.columns, "inputs": table.inputs[:, order]})


def _read(path: str, params: Json) -> Table:
    """Read one file."""
    try:
        with existing(path).open(newline="", encoding="utf-8-sig") as file:
            return _table(path, _Lines(file, path), params)
    except (UnicodeDecodeError, Error, OSError) as error:
        book = " It may be a workbook: save it as CSV UTF-8." if existing(path).read_bytes()[:2] == b"PK" else ""
        raise TaskError(f"{path!r} must be a table of UTF-8 text. It cannot be read: {error}.{book}") from error


class _Lines:
    """Iterate over the lines of a file, and count them.

    Attributes:
        number: how many lines were read.
    """

    def __init__(self, file: TextIO, path: str) -> None:
        self._file, self._path, self.number = file, path, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_LINE + 1):
            self.number += 1
            if len(line) > LONGEST_LINE:
                raise TaskError(
                    f"A line must have at most {LONGEST_LINE:,} characters. Line {self.number} of {self._path!r} is "
                    "longer: the file may lack line ends, or be no table."
                )
            yield line


def _table(path: str, lines: _Lines, params: Json) -> Table:
    start, separator, comment = _start(path, lines)
    cells = reader(chain([start], lines), strict=True, delimiter=separator)
    header = _header(path, next(cells), params, comment)
    label, kept = header.index(params["label"]), [at for at, name in enumerate(header) if _is_input(name, params)]
    columns = tuple(header[at] for at in kept)
    if not columns:
        raise TaskError(f"{path!r} must have a column besides the label `{params['label']}`. It has none.")
    texts, numbers, values, commas = list[str](), array("q"), array("d"), False
    for row in cells:
        if not row:
            continue
        if len(row) != len(header):
            raise TaskError(
                f"Every row must have {len(header)} cells, as the header has. Line {lines.number} of {path!r} has "
                f"{len(row)}."
            )
        texts.append(row[label].strip())
        numbers.append(lines.number)
        found = [row[at] for at in kept]
        try:
            values.extend(array("d", map(float, found)))
        except ValueError:  # an empty cell, a decimal comma, or a text
            commas |= separator != "," and any("," in cell for cell in found)
            values.extend(
                _number(cell, column, lines.number, separator) for cell, column in zip(found, columns, strict=True)
            )
        if len(values) > MOST_NUMBERS:
            raise TaskError(f"{path!r} must hold at most {MOST_NUMBERS:,} numbers. It holds more.")
    if not texts:
        raise TaskError(f"{path!r} must have rows below its header. It has none.")
    return Table(
        columns=columns,
        inputs=np.frombuffer(values, np.float64).reshape(len(texts), len(columns)),
        texts=texts,
        lines=np.array(numbers, np.int64),
        separator=separator,
        commas=commas,
    )


def _start(path: str, lines: _Lines) -> tuple[str, str, str]:
    """Return the line of the header, the separator of cells, and the last comment before the header."""
    separator = comment = ""
    for line in lines:
        if match := re.fullmatch(r"sep=(.)\s*", line, re.IGNORECASE):  # Excel's way to name the separator
            separator = match[1]
        elif line.startswith("#"):
            comment = line
        elif line.strip():
            return line, separator or next((mark for mark in SEPARATORS if mark in line), ","), comment
    raise TaskError(f"{path!r} must begin with a header. It is empty.")


def _is_input(name: str, params: Json) -> bool:
    return name != params["label"] and name not in params["leave_out"]


def _header(path: str, cells: list[str], params: Json, comment: str) -> list[str]:
    """Return the names of the columns; pandas' column without a name is `Unnamed: 0`, as pandas reads it."""
    header = [name.strip() or f"Unnamed: {at}" for at, name in enumerate(cells)]
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    if twice:
        raise TaskError(f"Every column of {path!r} must have a name of its own. Named twice: {', '.join(twice[:5])}.")
    for name in (params["label"], *params["leave_out"]):
        if name not in header:
            hint = _hint(header, comment) if name == params["label"] else ""
            raise TaskError(unknown(f"column of {path!r}", name, header[:MOST_NAMED]) + hint)
    return header


def _hint(header: Sequence[str], comment: str) -> str:
    """Say what to do about a header without the label's column."""
    if comment and all(map(_is_number, header)):
        return f" The first line must name the columns: remove the # before {comment[1:].strip()!r:.60}."
    if all(map(_is_number, header)):
        return " The first line must name the columns. It holds numbers: write a line of names above it."
    return " Name the column of the labels, as `label=NAME`."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(cell: str, column: str, line: int, separator: str) -> float:
    """Return a cell as a number; where another sign separates cells, a comma may be the decimal one."""
    text = cell.strip() or "nan"
    if separator != "," and text.count(",") == 1:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise TaskError(
            f"Every column except the labels must hold numbers. Column `{column}` has {cell!r:.60} in line {line}. "
            f"To leave the column out, write {leave_out([column])}."
        ) from None

"""`csv`: the user's own table with a header, one column of labels, and numbers in the other columns."""

from __future__ import annotations

from csv import Error, reader
from itertools import islice

import numpy as np

from ablate.core.errors import TaskError, unknown
from ablate.core.study import Json
from ablate.tasks._task import Examples
from ablate.tasks._user_files import existing, numbered_texts


def make(params: Json) -> Examples:
    """Read the table; all columns but `label` are inputs, in their order. An empty cell is NaN, which `check` reports.

    Raises:
        TaskError: the file or the column `label` is missing, a cell is not a number, or a row lacks its label or cells.
    """
    lines, header = _table(params["path"])
    if params["label"] not in header:
        hint = " Columns must be separated by commas." if len(header) == 1 else ""
        raise TaskError(unknown(f"column of {params['path']!r}", params["label"], header) + hint)
    label = header.index(params["label"])
    columns = header[:label] + header[label + 1 :]
    if not columns:
        raise TaskError(f"{params['path']!r} must have a column besides the label `{params['label']}`. It has none.")
    texts, rows = [], []
    for line, cells in lines:
        if not cells[label].strip():
            raise TaskError(f"Every row must have a label. Line {line} of {params['path']!r} has none.")
        texts.append(cells[label].strip())
        rows.append(_numbers(cells[:label] + cells[label + 1 :], columns, line))
    if not rows:
        raise TaskError(f"{params['path']!r} must have rows below its header. It has none.")
    labels, names = numbered_texts(texts)
    return Examples(inputs=np.array(rows, np.float64), labels=labels, class_names=names)


def _table(path: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return the rows with their line numbers, without blank lines, and the header."""
    try:
        with existing(path).open(newline="", encoding="utf-8-sig") as file:
            rows = reader(file, strict=True)
            lines = [(rows.line_num, cells) for cells in rows if cells]
    except (UnicodeDecodeError, Error, OSError) as error:
        raise TaskError(f"{path!r} must be a table of UTF-8 text. It cannot be read: {error}") from error
    if not lines:
        raise TaskError(f"{path!r} must begin with a header. It is empty.")
    header = [name.strip() for name in lines[0][1]]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TaskError(f"Every column of {path!r} must have a name of its own. Named twice: {', '.join(twice)}.")
    for line, cells in islice(lines, 1, None):
        if len(cells) != len(header):
            raise TaskError(f"Every row must have {len(header)} cells. Line {line} of {path!r} has {len(cells)}.")
    return lines[1:], header


def _numbers(cells: list[str], columns: list[str], line: int) -> list[float]:
    """Return the cells of a line as numbers."""
    try:
        return [float(cell.strip() or "nan") for cell in cells]
    except ValueError:
        for column, cell in zip(columns, cells, strict=True):
            try:
                float(cell.strip() or "nan")
            except ValueError:
                raise TaskError(
                    f"Every column except the labels must hold numbers. Column `{column}` has {cell!r} in line {line}."
                ) from None
        raise

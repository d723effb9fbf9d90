"""Write data frames as text, CSV, Markdown, JSON and LaTeX, with every name and message escaped."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ablate.core import terminal
from ablate.report import text_escaping


def text(frame: pd.DataFrame, keys: int = 1, width: int | None = None) -> str:
    """Return the table for a terminal: words aligned to the left, numbers to the right.

    A table that is wider than the terminal goes on below, with its first columns again.

    Args:
        frame: the table.
        keys: how many of the first columns say what a row is.
        width: the most characters of a line; None: as wide as the terminal.

    Examples:
        >>> frame = pd.DataFrame({"loss": ["mse", "fused"], "escaped": [0, 20], "stuck": [20, 0]})
        >>> print(text(frame, width=15), end="")
        loss   escaped
        mse          0
        fused       20
        <BLANKLINE>
        loss   stuck
        mse       20
        fused      0
    """
    rows = [[text_escaping.plain(str(name)) for name in frame.columns], *_cells(frame, text_escaping.plain)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [_is_numeric(frame.iloc[:, at]) for at in range(len(widths))]
    padded = [[c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)] for row in rows]
    parts = _parts(widths, keys, terminal.columns() if width is None else width)
    return "\n".join("".join("  ".join(row[at] for at in part).rstrip() + "\n" for row in padded) for part in parts)


def _parts(widths: Sequence[int], keys: int, width: int) -> list[list[int]]:
    """Divide columns into parts that fit into a width; each part begins with the keys, and has one column more.

    Examples:
        >>> _parts([4, 5, 5, 9], 1, 20), _parts([4, 5], 1, 3), _parts([4], 1, 80)
        ([[0, 1, 2], [0, 3]], [[0, 1]], [[0]])
    """
    first = list(range(min(keys, len(widths))))
    parts = [list(first)]
    for at in range(len(first), len(widths)):
        if len(parts[-1]) > len(first) and sum(widths[i] + 2 for i in [*parts[-1], at]) - 2 > width:
            parts.append(list(first))
        parts[-1].append(at)
    return parts


def csv(frame: pd.DataFrame) -> str:
    """Return the table as CSV with full precision; text that a spreadsheet would run as a formula is escaped."""
    safe = frame.copy()
    for name in safe.columns:
        if not _is_numeric(safe[name]):
            safe[name] = pd.Series([text_escaping.csv_cell(value) for value in safe[name].astype(object)], dtype=object)
    safe.columns = pd.Index([text_escaping.csv_cell(str(name)) for name in frame.columns])
    return str(safe.to_csv(index=False, lineterminator="\n"))


def markdown(frame: pd.DataFrame) -> str:
    """Return the table with pipes between cells; numbers are aligned to the right."""
    names = [text_escaping.markdown(str(name)) for name in frame.columns]
    rule = ["---:" if _is_numeric(frame[name]) else "---" for name in frame.columns]
    rows = [names, rule, *_cells(frame, text_escaping.markdown)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def as_json(frame: pd.DataFrame) -> str:
    """Return the table as a list of records, one a row; a missing number is null."""
    rows = frame.astype(object).to_dict(orient="records")
    clean = [{str(name): _json_value(value) for name, value in row.items()} for row in rows]
    return json.dumps(clean, indent=1, allow_nan=False) + "\n"


def latex(frame: pd.DataFrame, caption: str = "", label: str = "") -> str:
    r"""Return the table as LaTeX that breaks over pages; it needs the packages booktabs and longtable and T1 fonts.

    Args:
        frame: the table.
        caption: text above it; none if empty.
        label: name for `\ref`; used only with a caption.
    """
    kinds = "".join("r" if _is_numeric(frame[name]) else "l" for name in frame.columns)
    head = " & ".join(text_escaping.latex(str(name).replace("_", " ")) for name in frame.columns) + r" \\"
    rows = [" & ".join(row) + r" \\" for row in _cells(frame, text_escaping.latex)]
    title = rf"\caption{{{text_escaping.latex(caption)}}}\label{{{label}}}\\" if caption else ""
    lines = [rf"\begin{{longtable}}{{{kinds}}}", title, r"\toprule", head, r"\midrule", r"\endhead"]
    lines += [*rows, r"\bottomrule", r"\end{longtable}"]
    return "\n".join(line for line in lines if line) + "\n"


FORMATS: Mapping[str, Callable[[pd.DataFrame], str]] = {"text": text, "csv": csv, "md": markdown, "json": as_json}
"""The formats of `ablate table --format`."""


def save(frame: pd.DataFrame, folder: Path, name: str, caption: str, formats: Sequence[str] = ()) -> None:
    """Write the table as NAME.csv, and as NAME.md and NAME.tex where these formats are asked for.

    Args:
        frame: the table.
        folder: an existing folder.
        name: stem of the files.
        caption: caption of the LaTeX table.
        formats: `md`, `tex` or both; other formats are left to the figures.
    """
    texts = {"csv": csv(frame)}
    if "md" in formats:
        texts["md"] = markdown(frame)
    if "tex" in formats:
        texts["tex"] = latex(frame, caption, f"tab:{name}")
    for ending, content in texts.items():
        (folder / f"{name}.{ending}").write_text(content, encoding="utf-8")


def _cells(frame: pd.DataFrame, clean: Callable[[str], str]) -> list[list[str]]:
    columns = [_column(frame[name].astype(object).tolist(), clean) for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _column(values: Sequence[Any], clean: Callable[[str], str]) -> list[str]:
    """Return each value as text; equal values are cleaned once, because long columns have few different ones."""
    known: dict[tuple[type, Any], str] = {}
    for value in values:
        if (type(value), value) not in known:
            known[type(value), value] = number(value) if isinstance(value, float) else clean(str(value))
    return [known[type(value), value] for value in values]


def number(value: float) -> str:
    """Write a number with three digits, a whole number in full, and nothing for a missing one.

    Examples:
        >>> number(0.12345), number(12345.0), number(float("nan")), number(float("inf"))
        ('0.123', '12345', '', 'inf')
    """
    if math.isnan(value):
        return ""
    whole = math.isfinite(value) and value == round(value) and abs(value) >= 2
    return f"{value:.0f}" if whole else f"{value:.3g}"


def _is_numeric(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value

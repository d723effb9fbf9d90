"""Write the HTML that notebooks show for a result."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def preformatted(text: str) -> str:
    """Return a text as HTML that keeps its lines and columns.

    Examples:
        >>> preformatted("escaped < 1")
        '<pre>escaped &lt; 1</pre>'
    """
    return f"<pre>{html.escape(text)}</pre>"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table as HTML.

    Args:
        columns: the heads.
        rows: one sequence of cells per row.
        caption: the line above the table; empty for none.

    Examples:
        >>> table(["set"], [["loss=fused"]])
        '<table><thead><tr><th>set</th></tr></thead><tbody><tr><td>loss=fused</td></tr></tbody></table>'
    """
    head = f"<thead>{_row('th', columns)}</thead>"
    body = f"<tbody>{''.join(_row('td', row) for row in rows)}</tbody>"
    above = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{above}{head}{body}</table>"


def _row(tag: str, cells: Iterable[object]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(str(cell))}</{tag}>' for cell in cells)}</tr>"

"""Names and messages made harmless for where they are printed: LaTeX, Markdown, CSV, a terminal.

HTML is escaped by the templates themselves (jinja2 autoescape); what a config or an exception says is never trusted.
"""

from __future__ import annotations

import re
from typing import Any

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": r"{[}",
    "]": r"{]}",
    '"': "''",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$!])")


def plain(text: str) -> str:
    r"""One line without control characters, so that a message cannot move a terminal's cursor or hide text.

    Examples:
        >>> plain("a\x1b[31m\nb")
        'a [31m b'
    """
    return _CONTROL.sub(" ", text).strip()


def latex(text: str) -> str:
    r"""Text for a LaTeX cell; characters beyond Latin-1 become `?`, which every engine can set.

    Examples:
        >>> latex("50% of a_b")
        '50\\% of a\\_b'
    """
    return "".join(_LATEX.get(char, char if ord(char) < 256 else "?") for char in plain(text))


def markdown(text: str) -> str:
    r"""Text for a cell of a Markdown table.

    Examples:
        >>> markdown("a|b")
        'a\\|b'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text)).replace("&", "&amp;")


def csv_cell(value: Any) -> Any:
    """A value for a CSV file: text that a spreadsheet would run as a formula gets a leading apostrophe.

    Examples:
        >>> csv_cell("=1+1"), csv_cell("-0.5"), csv_cell(-0.5)
        ("'=1+1", '-0.5', -0.5)
    """
    if not isinstance(value, str):
        return value
    text = plain(value)
    if text[:1] in ("=", "+", "-", "@", "|", "%") and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None

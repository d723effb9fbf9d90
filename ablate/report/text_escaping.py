"""Escape names and messages for LaTeX, Markdown, CSV, file names and the terminal.

The templates escape HTML themselves (jinja2's autoescape). Text from a config or an exception is never trusted.
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
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def plain(text: str) -> str:
    r"""Return the text as one line without control characters, which could move a cursor or hide text.

    Examples:
        >>> plain("a\x1b[31m\nb")
        'a [31m b'
    """
    return _CONTROL.sub(" ", text).strip()


def latex(text: str) -> str:
    r"""Return the text for a LaTeX cell; characters beyond Latin-1 become `?`, since not every engine has them.

    Examples:
        >>> latex("50% of a_b")
        '50\\% of a\\_b'
    """
    return "".join(_LATEX.get(char, char if ord(char) < 256 else "?") for char in plain(text))


def markdown(text: str) -> str:
    r"""Return the text for a cell of a Markdown table.

    Examples:
        >>> markdown("a|b")
        'a\\|b'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text)).replace("&", "&amp;")


def csv_cell(value: Any) -> Any:
    """Return a value for a CSV file; text that a spreadsheet would run as a formula gets a leading apostrophe.

    Examples:
        >>> csv_cell("=1+1"), csv_cell("-0.5"), csv_cell(-0.5)
        ("'=1+1", '-0.5', -0.5)
    """
    if not isinstance(value, str):
        return value
    text = plain(value)
    formula = text[:1] in ("=", "+", "-", "@", "|", "%") and _NUMBER.fullmatch(text) is None
    return f"'{text}" if formula else text


def file_name(*words: str) -> str:
    """Join words into a name of letters, digits, `-` and `_`, for files and ids.

    Examples:
        >>> file_name("heat", "", "a/b")
        'heat-a-b'
    """
    joined = "-".join(word for word in words if word)
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in joined)[:80]

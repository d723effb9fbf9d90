"""Fit what is printed into the terminal: a line that is longer would break inside words and numbers."""

from __future__ import annotations

import shutil
import sys
import textwrap

UNLIMITED = 10_000
"""The width where standard output is a file, a pipe or a notebook, which break no lines."""


def columns() -> int:
    """Return how wide the terminal is that standard output is shown in; UNLIMITED if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else UNLIMITED


def filled(text: str, width: int | None = None) -> str:
    r"""Break lines of prose between words.

    Args:
        text: lines of prose.
        width: the most characters of a line; None: as wide as the terminal.

    Examples:
        >>> filled("It is not luck: most seeds end so.", 20)
        'It is not luck: most\nseeds end so.'
    """
    most = columns() if width is None else width
    lines = (textwrap.wrap(line, most, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
    return "\n".join("\n".join(rows) for rows in lines)

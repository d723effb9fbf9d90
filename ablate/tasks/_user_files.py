"""Find a user's data file, and limit its size: what the readers of `npz` and `csv` share."""

from __future__ import annotations

import difflib
from pathlib import Path

from ablate.core.errors import TaskError

MOST_NUMBERS = 2**28
"""The most numbers that a task can hold, 2 GB of them; a file that holds more is refused before it fills the memory."""


def existing(path: str) -> Path:
    """Return the path of a file that exists.

    Raises:
        TaskError: there is no such file; the message names the most similar one in its folder.
    """
    file = Path(path).expanduser()
    if file.is_file():
        return file
    if file.is_dir():
        raise TaskError(f"`task.path` must be a file. Received a folder: {path!r}.")
    if not file.parent.is_dir():
        raise TaskError(f"`task.path` must be a file. Received {path!r}, and there is no folder {str(file.parent)!r}.")
    near = difflib.get_close_matches(file.name, [other.name for other in file.parent.iterdir()], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise TaskError(f"`task.path` must be a file. Received {path!r}, which does not exist.{hint}")

"""Find a user's data file, and number labels of any type: what the readers of `npz` and `csv` share."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ablate.core.errors import TaskError


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


def numbered(labels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Assign numbers from 0 to labels of any type, in ascending order; return int32 [rows] and the name of each class.

    Examples:
        >>> numbered(np.array(["dog", "cat", "dog"]))
        (array([1, 0, 1], dtype=int32), ('cat', 'dog'))
        >>> numbered(np.array([3.0, -1.0]))[1]
        ('-1', '3')
    """
    values, inverse = np.unique(labels, return_inverse=True)
    return inverse.reshape(-1).astype(np.int32), tuple(_name(value) for value in values.tolist())


def _name(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def numbered_texts(texts: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Assign numbers to labels given as text, in numerical order if all are numbers; return int32 [rows] and names.

    Examples:
        >>> numbered_texts(["10", "9", "10"])
        (array([1, 0, 1], dtype=int32), ('9', '10'))
    """
    names = sorted(set(texts))
    try:
        names.sort(key=float)
    except ValueError:
        names.sort()
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[text] for text in texts], np.int32), tuple(names)

"""Read data files that come with scikit-learn.

Scikit-learn is not imported: that takes longer than all of `ablate plan`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ablate.core.errors import TaskError
from ablate.tasks._task import Examples


def path(task: str, name: str) -> Path:
    """Return the path of a data file of scikit-learn.

    Args:
        task: the task that reads it, for messages.
        name: the file's name.

    Raises:
        TaskError: scikit-learn is not installed, or its file is not where it was.
    """
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise TaskError(
            f"`task={task}` reads scikit-learn's data. Scikit-learn is not installed; install it, or use another task."
        )
    file = Path(package.origin).parent / "datasets" / "data" / name
    if not file.is_file():
        raise TaskError(
            f"`task={task}` reads scikit-learn's {name}, which is not at {file}. Install another version of "
            "scikit-learn, or use another task."
        )
    return file


def table(task: str, name: str) -> Examples:
    """Read a table of scikit-learn: its first line holds rows, features and names of classes; labels stand last.

    Args:
        task: the task that reads it, for messages.
        name: the file's name.
    """
    with path(task, name).open(encoding="utf-8") as file:
        names = tuple(file.readline().strip().split(",")[2:])
        rows = np.loadtxt(file, delimiter=",")
    return Examples(inputs=rows[:, :-1], labels=rows[:, -1].astype(np.int32), class_names=names)

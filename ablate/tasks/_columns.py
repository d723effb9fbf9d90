"""Find columns that give the label away: a copy of it, its one-hot columns, or numbers of rows sorted by class."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from ablate.tasks._finding import Finding

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks._task import Task

USERS = ("npz", "csv")
"""Kinds of task whose columns are the user's own."""

ROW_NAMES = re.compile(r"(unnamed: ?\d+|index|idx|row|nr|no|#|.*\bid|.*_id)", re.IGNORECASE)
"""Names of columns that number the rows."""

NAMED = 5
"""The most columns that a message names."""


def findings(task: Task) -> Iterator[Finding]:
    """Yield a finding on each kind of column that gives the label away."""
    if task.params["kind"] not in USERS or not len(task.labels):
        return
    import numpy as np

    low, high = _ranges(task)
    apart = np.logical_and(_apart(low, high), _surprising(task, _log_chance_apart(task)))
    made = (low == high).all(axis=0) & ~(low == low[0]).all(axis=0)
    made = np.logical_and(made, _surprising(task, _log_chance_equal(task)))
    numbering = _numbering(task) & ~made
    leaks = numbering & apart
    kinds: tuple[tuple[np.ndarray, str, Literal["warning", "note"]], ...] = (
        (made, "has one value a class, as a copy of the label or its one-hot columns have", "warning"),
        (leaks, "numbers the rows, and they are sorted by class: it gives the label away", "warning"),
        (numbering & ~leaks, "has another whole number in every row, as an index or id has", "warning"),
        (apart & ~made & ~numbering, "tells all classes apart without the others", "note"),
    )
    for columns, what, severity in kinds:
        if columns.any():
            yield _finding(task, columns.nonzero()[0].tolist(), what, severity)


def _ranges(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value of each column in each class, [classes, columns]; NaN if any is NaN."""
    import numpy as np

    order = np.argsort(task.labels, kind="stable")
    starts = np.unique(task.labels[order], return_index=True)[1]
    ordered = task.inputs[order]
    return np.minimum.reduceat(ordered, starts, axis=0), np.maximum.reduceat(ordered, starts, axis=0)


def _apart(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return which columns have another range in every class, so that no two ranges overlap."""
    import numpy as np

    order = np.argsort(low, axis=0, kind="stable")
    low, high = np.take_along_axis(low, order, axis=0), np.take_along_axis(high, order, axis=0)
    return np.asarray((high[:-1] < low[1:]).all(axis=0))


def _surprising(task: Task, log_chance: float) -> bool:
    """Tell whether fewer than one in a hundred tables of this size would have such a column by chance."""
    return math.log(task.inputs.shape[1]) + log_chance < math.log(0.01)


def _log_chance_apart(task: Task) -> float:
    """Return the logarithm of the chance that a random order of the rows puts the classes one after another."""
    counts = Counter(task.labels.tolist())
    orders = math.lgamma(len(counts) + 1) + sum(math.lgamma(count + 1) for count in counts.values())
    return orders - math.lgamma(len(task.labels) + 1)


def _log_chance_equal(task: Task) -> float:
    """Return the logarithm of the chance that a random column of two values has one of them in each class."""
    return -math.log(2) * (len(task.labels) - task.classes)


def _numbering(task: Task) -> np.ndarray:
    """Return which columns have another whole number in every row: consecutive, ascending, or named as an index."""
    import numpy as np

    inputs = task.inputs
    result: np.ndarray = (np.isfinite(inputs) & (inputs == np.floor(inputs))).all(axis=0)
    for column in result.nonzero()[0]:
        values = inputs[:, column]
        start = values[:1000]  # most columns repeat a number soon
        if len(np.unique(start)) < len(start) or len(np.unique(values)) < len(values):
            result[column] = False
            continue
        consecutive = values.max() - values.min() == len(values) - 1
        ascending = bool((np.diff(values) > 0).all())
        result[column] = consecutive or ascending or bool(task.columns and ROW_NAMES.fullmatch(task.columns[column]))
    return result


def _finding(task: Task, columns: Sequence[int], what: str, severity: Literal["warning", "note"]) -> Finding:
    names = [task.columns[column] if task.columns else str(column) for column in columns]
    shown = ", ".join(f"`{name}`" for name in names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    subject = f"Column {shown}" if len(names) == 1 else f"Each of the {len(names)} columns {shown}"
    way = leave_out(names) if task.columns else f"numpy.delete(x, {list(columns[:NAMED])}, axis=1)"
    advice = f"Leave it out with {way}." if len(names) == 1 else f"Leave them out with {way}."
    if severity == "note":
        advice = f"If it was measured, the classes are easy. If it was made from the labels: {way} leaves it out."
    return Finding(severity=severity, what=f"{subject} {what}.", advice=advice)


def leave_out(names: Sequence[str]) -> str:
    """Return the override that leaves columns out, as a shell takes it.

    Examples:
        >>> print(leave_out(["id"]), leave_out(["id", "Unnamed: 0"]))
        leave_out=id 'leave_out=["id","Unnamed: 0"]'
    """
    if len(names) == 1 and re.fullmatch(r"[A-Za-z_][\w.-]*", names[0], re.ASCII):
        return f"leave_out={names[0]}"
    quoted = ",".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names)
    escaped = f"leave_out=[{quoted}]".replace("'", "'\"'\"'")
    return f"'{escaped}'"

"""Number labels of any type, and keep how they were given: what `model.fit` would make of them is another thing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ablate.core.errors import TaskError
from ablate.tasks._finding import Finding

if TYPE_CHECKING:
    import numpy as np

LONGEST = 30
"""The most characters of a label that a message shows."""

SHOWN = 6
"""The most labels that a message lists."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """How labels were given. A task numbers them 0, 1, 2, ... in this order.

    Attributes:
        kind: what they were: `numbers`, `text`, `booleans`, or `one_hot` rows.
        spellings: per class, every text or number by which it was given.
    """

    kind: Literal["numbers", "text", "booleans", "one_hot"]
    spellings: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name of each class: its first spelling, `3` for a number that is whole."""
        first = (same[0] for same in self.spellings)
        return tuple(_name(float(text)) if self.kind == "numbers" else text for text in first)

    @property
    def fractions(self) -> bool:
        """Tell whether the labels are numbers of which some are not whole."""
        return self.kind == "numbers" and any(not float(name).is_integer() for name in self.names)

    @property
    def renumbered(self) -> bool:
        """Tell whether the labels are numbers, but others than 0 to N - 1."""
        return self.kind == "numbers" and self.names != tuple(map(str, range(len(self.names))))


def of_array(labels: np.ndarray, name: str) -> tuple[np.ndarray, Labels]:
    """Number the labels of an array; return int32 [rows], and how they were given.

    Args:
        labels: numbers, texts or booleans, [rows] or [rows, 1]; or one-hot rows, [rows, classes].
        name: the array's name, for messages.

    Raises:
        TaskError: the array cannot be labels, or a row has none.

    Examples:
        >>> import numpy as np
        >>> of_array(np.array([3.0, -1.0]), "y")
        (array([1, 0], dtype=int32), Labels(kind='numbers', spellings=(('-1',), ('3',))))
    """
    import numpy as np

    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "biuf":
        return _of_one_hot(labels, name)
    if labels.ndim != 1 or labels.dtype.kind not in "biufSU":
        raise TaskError(
            f"Array `{name}` must hold one label a row, numbers or text, or one-hot rows. "
            f"Received shape {labels.shape}, dtype {labels.dtype}."
        )
    if labels.dtype.kind in "SU":
        decoded = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text for text in labels.tolist())
        numbers, given = of_texts([text.strip() for text in decoded], "Row {} (the first is row 0)")
        return numbers, replace(given, kind="text")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise TaskError(
            f"Every row must have a label. Row {row} of `{name}` has none (the first is row 0): it is {labels[row]}. "
            "Drop such rows; `model.fit` would raise."
        )
    values, inverse = np.unique(labels, return_inverse=True)
    kind: Literal["numbers", "booleans"] = "booleans" if labels.dtype.kind == "b" else "numbers"
    spellings = tuple((str(value) if kind == "booleans" else _name(value),) for value in values.tolist())
    return inverse.reshape(-1).astype(np.int32), Labels(kind=kind, spellings=spellings)


def of_texts(texts: Sequence[str], where: str) -> tuple[np.ndarray, Labels]:
    """Number labels given as text: by value if all are numbers, so that `1` and `1.0` are one class.

    Args:
        texts: the labels, without spaces around them.
        where: a row in words, with `{}` for its place in `texts`.

    Raises:
        TaskError: a row has no label.

    Examples:
        >>> of_texts(["10", "9", "10"], "Row {}")
        (array([1, 0, 1], dtype=int32), Labels(kind='numbers', spellings=(('9',), ('10',))))
    """
    import numpy as np

    for place, text in enumerate(texts):
        if is_missing(text):
            raise TaskError(
                f"Every row must have a label. {where.format(place)} has {text!r}, which is no label. Drop that row."
            )
    distinct = sorted(set(texts))
    numeric = _numbers(distinct)
    if numeric is None:
        numbers = {text: number for number, text in enumerate(distinct)}
        kinds: Labels = Labels(kind="text", spellings=tuple((text,) for text in distinct))
    else:
        values = sorted(set(numeric.values()))
        numbers = {text: values.index(value) for text, value in numeric.items()}
        same = (tuple(text for text in distinct if numeric[text] == value) for value in values)
        kinds = Labels(kind="numbers", spellings=tuple(same))
    return np.array([numbers[text] for text in texts], np.int32), kinds


def is_missing(text: str) -> bool:
    """Return whether a label is none; pandas and NumPy write a missing value as `nan`."""
    return text.lower() in ("", "nan")


def _numbers(texts: Sequence[str]) -> dict[str, float] | None:
    """Return the value of each text; None if one is no finite number."""
    try:
        values = {text: float(text) for text in texts}
    except ValueError:
        return None
    return values if all(map(math.isfinite, values.values())) else None


def _of_one_hot(labels: np.ndarray, name: str) -> tuple[np.ndarray, Labels]:
    import numpy as np

    wrong = np.flatnonzero(~(((labels == 0) | (labels == 1)).all(axis=1) & (labels.sum(axis=1) == 1)))
    if len(wrong):
        raise TaskError(
            f"Array `{name}` has {labels.shape[1]} numbers a row, so each row must be one-hot: one 1 and else 0. "
            f"{len(wrong)} of {len(labels)} rows are not (first row {wrong[0]}; the first row of all is 0): several "
            "labels a row, or shares of classes, are no classification. Give one label a row."
        )
    spellings = tuple((f"column {column}",) for column in range(labels.shape[1]))
    return labels.argmax(axis=1).astype(np.int32), Labels(kind="one_hot", spellings=spellings)


def _name(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def findings(labels: Labels) -> Iterator[Finding]:
    """Yield what was done to the labels, and what `model.fit` does with them as they were given."""
    names, count = labels.names, len(labels.names)
    stand = f"{_listed(names)} stand for classes 0 to {count - 1}"
    if labels.fractions:
        shown, cut = _listed([f"{float(name):.4g}" for name in names]), len({int(float(name)) for name in names})
        yield Finding(
            severity="error",
            what=f"Labels are fractions: {shown}. `model.fit` cuts them to whole numbers without a word, so that of "
            f"{count} classes {cut} {'is' if cut == 1 else 'are'} left.",
            advice="Were labels divided by a number, as inputs are? Give whole numbers from 0. Amounts are regression.",
        )
    elif labels.renumbered:
        low, high = int(float(names[0])), int(float(names[-1]))
        fit = (
            "raises"
            if low < 0
            else f"raises for {count} outputs, and for {high + 1} outputs trains some that no row has"
        )
        yield Finding(
            severity="warning",
            what=f"Labels were renumbered: {stand}. `model.fit` {fit}.",
            advice="Number the classes from 0, there as here.",
        )
    elif labels.kind == "text":
        yield Finding(
            severity="warning",
            what=f"Labels are text: {stand}. `model.fit` takes numbers only and raises.",
            advice="Number the classes in this order there.",
        )
    elif labels.kind == "one_hot":
        yield Finding(
            severity="warning",
            what=f"Labels are one-hot rows: {stand}. `model.fit` takes them with `categorical_crossentropy` only.",
            advice="With a sparse loss give one number a row there.",
        )
    elif labels.kind == "booleans":
        yield Finding(severity="note", what=f"Labels are booleans: {stand}.", advice="`model.fit` does the same.")
    for same in labels.spellings:
        if len(same) > 1:
            what = f"{', '.join(map(repr, same[:SHOWN]))} are one number, so they are one class."
            yield Finding(severity="warning", what=what, advice="Write it in one way, or as text if they differ.")


def _listed(names: Sequence[str]) -> str:
    shown = [*names[: SHOWN - 1], "...", names[-1]] if len(names) > SHOWN else names
    return ", ".join(name if len(name) <= LONGEST else f"{name[:LONGEST]}..." for name in shown)

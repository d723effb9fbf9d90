"""Make arrays of inputs and labels in whatever form they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.errors import TaskError


@dataclass(frozen=True, kw_only=True)
class Batches:
    """How a data set of batches gives its rows.

    Attributes:
        size: rows of a batch.
        shuffled: whether a second pass has another order.
        left_out: what it does that one pass does not show.
    """

    size: int
    shuffled: bool
    left_out: str = ""


Read = tuple[Any, Any, Any, tuple[Any, Any, Any, Any, Any], Batches | None]
"""Inputs, labels, sample weights, the validation rows that lie beside them, and how batches come."""

NONE: tuple[Any, Any, Any, Any, Any] = (None, None, None, None, None)


def same_length(x: Any, y: np.ndarray) -> None:
    """Check that inputs and labels have equally many rows.

    Args:
        x: inputs.
        y: labels.

    Raises:
        TaskError: they have not.
    """
    lengths = {
        len(part) for part in (x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else [x])
    }
    if lengths != {len(y)}:
        raise TaskError(f"Inputs and labels must have equally many rows. Received {sorted(lengths)} and {len(y)}.")


def array_of(x: Any) -> Any:
    """Return inputs as arrays; a frame becomes the array of its columns."""
    if isinstance(x, Mapping):
        return {str(name): array_of(part) for name, part in x.items()}
    if (
        isinstance(x, tuple | list)
        and x
        and (hasattr(x[0], "shape") or hasattr(x[0], "iloc"))
        and np.ndim(x[0]) >= 1
        and len({len(p) for p in x}) == 1
        and len(x) < len(x[0])
    ):
        return [array_of(part) for part in x]
    array = np.asarray(x)
    if array.dtype == object and isinstance(array.flat[0] if array.size else None, bytes):
        return array  # texts of a tensor or a data set
    if array.dtype == object:
        try:
            return array.astype("float32")
        except (ValueError, TypeError):
            return array.astype(str)
    return array


def labels_of(y: Any) -> np.ndarray:
    """Return labels as an array: of numbers if all are numbers, else of texts."""
    array = np.asarray(y)
    if array.dtype == object:
        whole = [str(one) for one in array.reshape(-1)]
        try:
            return np.array([float(one) for one in whole]).reshape(array.shape)
        except ValueError:
            return np.array(whole).reshape(array.shape)
    return array

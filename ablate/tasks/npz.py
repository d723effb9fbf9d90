"""`npz`: the user's own arrays, from a file that `numpy.savez` wrote. No code in the file is executed."""

from __future__ import annotations

import numpy as np

from ablate.core.errors import TaskError, unknown
from ablate.core.study import Json
from ablate.tasks._task import Examples
from ablate.tasks._user_files import existing, numbered


def make(params: Json) -> Examples:
    """Read the arrays named by `inputs`, [rows, ...], flattened to [rows, features], and by `labels`, [rows].

    Raises:
        TaskError: the file or an array is missing, holds Python objects instead of numbers, or shapes do not match.
    """
    inputs, labels = _arrays(params["path"], (params["inputs"], params["labels"]))
    if inputs.dtype.kind not in "biuf":
        raise TaskError(f"Array `{params['inputs']}` must hold real numbers. Received dtype {inputs.dtype}.")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "biufSU":
        raise TaskError(
            f"Array `{params['labels']}` must hold one label a row, numbers or text (for one-hot rows save their "
            f"argmax). Received shape {labels.shape}, dtype {labels.dtype}."
        )
    if inputs.ndim == 0 or len(inputs) != len(labels) or inputs.size == 0:
        raise TaskError(
            f"`{params['inputs']}` and `{params['labels']}` must have the same number of rows, at least 1. "
            f"Received shapes {inputs.shape} and {labels.shape}."
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise TaskError(f"Every row must have a label. Row {np.flatnonzero(~np.isfinite(labels))[0]} has none.")
    numbers, names = numbered(labels)
    with np.errstate(over="ignore"):  # a long double too large for a double becomes infinite, which `check` reports
        plain = inputs.reshape(len(inputs), -1).astype(np.float64)
    return Examples(inputs=plain, labels=numbers, class_names=names)


def _arrays(path: str, names: tuple[str, str]) -> list[np.ndarray]:
    """Return the named arrays of a file."""
    try:
        with existing(path).open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise TaskError(f"{path!r} must hold named arrays (`numpy.savez`). It holds one array.")
            for name in names:
                if name not in file.files:
                    raise TaskError(unknown(f"array of {path!r}", name, file.files))
            arrays = [file[name] for name in names]
    except TaskError:
        raise
    except Exception as error:  # a broken archive raises whatever zipfile, zlib, tokenize and NumPy raise
        raise TaskError(
            f"{path!r} must be a file that `numpy.savez` wrote, without Python objects. It cannot be read: "
            f"{str(error) or type(error).__name__}"
        ) from error
    for name, array in zip(names, arrays, strict=True):
        if not isinstance(array, np.ndarray):
            raise TaskError(f"{name!r} of {path!r} must be an array (`numpy.savez`). Received {type(array).__name__}.")
    return arrays

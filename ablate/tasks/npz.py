"""`npz`: the user's own arrays, from a file that `numpy.savez` wrote. No code in the file is executed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ablate.core.errors import TaskError, unknown
from ablate.core.study import Json
from ablate.tasks import _labels
from ablate.tasks._task import Examples
from ablate.tasks._user_files import MOST_NUMBERS, existing


def make(params: Json) -> Examples:
    """Read the arrays named by `inputs`, [rows, ...], flattened to [rows, features], and by `labels`.

    `validation` names the validation rows: `KEY`, an array that is true for them or holds their numbers; `KEY:KEY`, the
    arrays of their inputs and labels; or another file, with arrays of the same names. They are put below the others, so
    that the same rows are the same task in every form.

    Raises:
        TaskError: a file or an array is missing, holds Python objects instead of numbers, or shapes do not match.
    """
    names, validation = (params["inputs"], params["labels"]), params["validation"]
    with _opened(params["path"]) as file:
        inputs, labels = _pair(file, params["path"], names)
        numbers, first = np.arange(len(inputs)), None
        if validation in file.files:
            marks = _marks(_arrays(file, params["path"], [validation])[0], validation, len(inputs))
            numbers, first = np.argsort(marks, kind="stable"), int((~marks).sum())
            inputs, labels = inputs[numbers], labels[numbers]
        elif ":" in validation:
            own = validation.split(":")
            inputs, labels, numbers, first = _joined(inputs, labels, _pair(file, params["path"], own[:2]))
        elif validation and not validation.endswith(".npz"):
            raise TaskError(
                f"`validation` must name an array of {params['path']!r}, two arrays as `x_test:y_test`, or an "
                f"npz file. {unknown('array', validation, file.files)}"
            )
        elif validation:
            with _opened(validation) as other:
                inputs, labels, numbers, first = _joined(inputs, labels, _pair(other, validation, names))
    classes, given = _labels.of_array(labels, params["labels"])
    with np.errstate(over="ignore"):  # a long double too large for a double becomes infinite, which `check` reports
        plain = inputs.reshape(len(inputs), -1).astype(np.float64)
    return Examples(
        inputs=plain,
        labels=classes,
        class_names=given.names,
        probe_rows=None if first is None else np.arange(first, len(classes)),
        given=given,
        numbers=numbers,
    )


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    """Open a file of named arrays; every error of a broken archive becomes a TaskError."""
    try:
        with existing(path).open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise TaskError(f"{path!r} must hold named arrays (`numpy.savez`). It holds one array.")
            yield file
    except TaskError:
        raise
    except Exception as error:  # a broken archive raises whatever zipfile, zlib, tokenize and NumPy raise
        raise TaskError(
            f"{path!r} must be a file that `numpy.savez` wrote, without Python objects. It cannot be read: "
            f"{str(error) or type(error).__name__}"
        ) from error


def _arrays(file: Any, path: str, names: Sequence[str]) -> list[np.ndarray]:
    """Return the named arrays of a file; refuse one that is too large before it is unpacked."""
    arrays = []
    for name in names:
        if name not in file.files:
            raise TaskError(f"{unknown(f'array of {path!r}', name, file.files)}{_hint(file.files)}")
        info = next((info for info in file.zip.infolist() if info.filename.removesuffix(".npy") == name), None)
        if info is not None and info.file_size > 8 * MOST_NUMBERS:
            raise TaskError(
                f"Array `{name}` of {path!r} must hold at most {MOST_NUMBERS:,} numbers. It unpacks to "
                f"{info.file_size / 1e9:,.1f} GB. Save fewer rows."
            )
        arrays.append(file[name])
        if not isinstance(arrays[-1], np.ndarray):
            kind = type(arrays[-1]).__name__
            raise TaskError(f"{name!r} of {path!r} must be an array (`numpy.savez`). Received {kind}.")
        if arrays[-1].size > MOST_NUMBERS:
            size = arrays[-1].size
            raise TaskError(
                f"Array `{name}` of {path!r} must hold at most {MOST_NUMBERS:,} numbers. It holds {size:,}."
            )
    return arrays


def _hint(names: Sequence[str]) -> str:
    """Say which keys name the arrays, with a guess at their values."""
    if len(names) < 2:
        return " The file must hold two arrays: inputs and labels."
    labels = next((name for name in names if name.lower().startswith(("y", "label", "target"))), names[1])
    inputs = next((name for name in names if name != labels), labels)
    return f" Write which arrays they are, as `inputs={inputs} labels={labels}`."


def _pair(file: Any, path: str, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the arrays of inputs and labels, of equally many rows."""
    inputs, labels = _arrays(file, path, names)
    if inputs.dtype.kind not in "biuf":
        raise TaskError(f"Array `{names[0]}` must hold real numbers. Received dtype {inputs.dtype}.")
    if inputs.ndim == 0 or labels.ndim == 0 or len(inputs) != len(labels) or inputs.size == 0:
        raise TaskError(
            f"`{names[0]}` and `{names[1]}` must have the same number of rows, at least 1. "
            f"Received shapes {inputs.shape} and {labels.shape}."
        )
    return inputs, labels


def _marks(marks: np.ndarray, name: str, rows: int) -> np.ndarray:
    """Return which rows are validation rows, bool [rows]."""
    if marks.dtype.kind == "b" and marks.shape == (rows,):
        result = marks
    elif marks.dtype.kind in "iu" and marks.ndim == 1 and marks.size and marks.min() >= 0 and marks.max() < rows:
        result = np.zeros(rows, bool)
        result[marks] = True
    else:
        raise TaskError(
            f"`validation={name}` must be an array with one true or false for each of the {rows} rows, or with numbers "
            f"of rows from 0 to {rows - 1}. Received shape {marks.shape}, dtype {marks.dtype}."
        )
    if result.all() or not result.any():
        raise TaskError(
            f"`validation={name}` must mark some rows and leave others to train on. It marks {result.sum()}."
        )
    return result


def _joined(
    inputs: np.ndarray, labels: np.ndarray, more: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return training rows with the validation rows below them, the number of each row in its array, and the first."""
    if inputs.shape[1:] != more[0].shape[1:] or labels.shape[1:] != more[1].shape[1:]:
        raise TaskError(
            "Validation rows must have the shape of training rows. Received inputs "
            f"{more[0].shape} beside {inputs.shape}, labels {more[1].shape} beside {labels.shape}."
        )
    if (labels.dtype.kind in "SU") != (more[1].dtype.kind in "SU"):
        raise TaskError(f"All labels must be numbers, or all text. Received {labels.dtype} and {more[1].dtype}.")
    numbers = np.concatenate([np.arange(len(inputs)), np.arange(len(more[0]))])
    return np.concatenate([inputs, more[0]]), np.concatenate([labels, more[1]]), numbers, len(inputs)

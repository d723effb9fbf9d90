"""Read rows from csv and npz files, with the labels as they are: what is wrong with them must stay visible."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ablate.core.errors import TaskError, unknown
from ablate.try_remedies.row_arrays import NONE, Read, labels_of, same_length

NAMES = (
    ("x", "y", "x_val", "y_val"),
    ("x_train", "y_train", "x_val", "y_val"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("X", "y", "X_val", "y_val"),
    ("inputs", "labels", "", ""),
)
"""Names of arrays in an npz file. The first line is read whose names are all there, else training rows alone."""


def read(path: Path, label: str) -> Read:
    """Read the rows of a file.

    Args:
        path: a csv or npz file.
        label: the column of labels of a csv file; the last one if empty.

    Raises:
        TaskError: the file cannot be read.
    """
    if not path.is_file():
        raise TaskError(f"There must be a file {str(path)!r}. There is none.")
    if path.suffix == ".npz":
        return _npz(path)
    if path.suffix in (".csv", ".tsv", ".txt"):
        return _csv(path, label)
    raise TaskError(f"A file of rows must end in .csv or .npz. Received {path.name!r}.")


def _npz(path: Path) -> Read:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except Exception as error:
        raise TaskError(
            f"{str(path)!r} must be a file that `numpy.savez` wrote, without Python objects. It cannot be read: {error}"
        ) from error
    known = [names for names in NAMES if {*names[:2]} <= arrays.keys()]
    if known:
        whole = [names for names in known if {*names} <= arrays.keys()]
        x, y, x_val, y_val = (whole or known)[0]
        same_length(arrays[x], arrays[y])
        beside = (arrays[x_val], arrays[y_val], None, NONE, None) if whole else NONE
        return arrays[x], arrays[y], None, beside, None
    raise TaskError(
        f"{str(path)!r} must hold arrays named `x` and `y` (or `x_train`, `y_train`). It holds: {', '.join(arrays)}."
    )


def _csv(path: Path, label: str) -> Read:
    import pandas as pd

    try:
        frame = pd.read_csv(path, sep=None, engine="python", encoding="utf-8-sig")
    except Exception as error:
        raise TaskError(
            f"{str(path)!r} must be a table of UTF-8 text with a header. It cannot be read: {error}"
        ) from error
    named = [str(name).strip() for name in frame.columns]
    wanted = label or next((name for name in ("label", "target", "y", "class") if name in named), named[-1])
    if wanted not in named:
        raise TaskError(unknown(f"column of {str(path)!r}", wanted, named))
    column = frame.columns[named.index(wanted)]
    inputs = frame.drop(columns=[column])
    texts = [str(name) for name in inputs.columns if not pd.api.types.is_numeric_dtype(inputs[name])]
    if texts:
        raise TaskError(
            f"Every column except the labels (`{wanted}`) must hold numbers. These do not: {', '.join(texts[:5])}. "
            "Name the labels with `label=COLUMN`."
        )
    return inputs.to_numpy("float32"), labels_of(frame[column]), None, NONE, None

"""Keep arrays from Python in a file that workers read, named by its content: equal arrays are one file."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablate.core import filesystem
from ablate.core.errors import TaskError
from ablate.core.study import ID_DIGITS, Json

if TYPE_CHECKING:
    import numpy as np

FOLDER = "ABLATE_DATA"
"""The environment variable that names the folder of these files."""


def saved(data: tuple[Any, Any], validation: tuple[Any, Any] | None = None) -> dict[str, Json]:
    """Write arrays to a file, and return the parameters of their task.

    The file lies in `~/.cache/ablate/data`, or in the folder that the environment variable ABLATE_DATA names.

    Args:
        data: inputs and labels: arrays, lists, pandas' frames and series, or tensors.
        validation: inputs and labels of the validation rows; None: they are drawn from `data`.

    Raises:
        TaskError: a value is no pair, no array of numbers or texts, or the file cannot be written.
    """
    arrays = dict(zip(("x", "y"), _pair("data", data), strict=True))
    if validation is not None:
        arrays |= dict(zip(("x_validation", "y_validation"), _pair("validation", validation), strict=True))
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    file = _folder() / f"{digest.hexdigest()[:ID_DIGITS]}.npz"
    if not file.is_file():
        _write(file, arrays)
    own = {} if validation is None else {"validation": "x_validation:y_validation"}
    return {"kind": "npz", "path": str(file), **own}


def _folder() -> Path:
    return Path(os.environ.get(FOLDER) or Path.home() / ".cache" / "ablate" / "data").expanduser()


def _pair(name: str, pair: Any) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TaskError(f"`{name}` must be two arrays, inputs and labels, as `{name}=(x, y)`. Received: {pair!r:.80}.")
    inputs, labels = pair
    return _array(f"{name}[0]", inputs), _array(f"{name}[1]", labels)


def _array(name: str, value: Any) -> np.ndarray:
    """Return a value as an array of numbers or texts."""
    import numpy as np

    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":  # texts of pandas, and whole numbers beside missing ones
            plain = array.ravel().tolist()
            missing = [item is None or item != item for item in plain]
            texts = all(isinstance(item, str) or gone for item, gone in zip(plain, missing, strict=True))
            filled = ["nan" if gone else item for item, gone in zip(plain, missing, strict=True)]
            array = np.array(filled, str if texts else np.float64).reshape(array.shape)
    except (ValueError, TypeError) as error:
        raise TaskError(f"`{name}` must be an array of numbers or texts: {error}. Received: {type(value)}.") from error
    return array


def _write(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    import numpy as np

    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    try:
        filesystem.write(file, content.getvalue())
    except OSError as error:
        raise TaskError(
            f"The folder {file.parent} must be writable, because workers read the arrays there. "
            f"Received: {error.strerror}. Name another one in the environment variable {FOLDER}."
        ) from error

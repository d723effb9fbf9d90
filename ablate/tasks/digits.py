"""`digits`: 1,797 scans of handwritten digits, 8 x 8 pixels of 0 to 16; scikit-learn's `load_digits`.

E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ablate.core.errors import TaskError
from ablate.core.study import Json
from ablate.tasks._task import Examples


def make(params: Json) -> Examples:  # noqa: ARG001  digits have no parameters
    """Read the scans, 64 features each.

    The file is scikit-learn's own, but scikit-learn is not imported: that takes longer than all of `ablate plan`.

    Raises:
        TaskError: scikit-learn is not installed, or its file is not where it was.
    """
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise TaskError(
            "`task=digits` reads scikit-learn's data. Scikit-learn is not installed; install it, or use another task."
        )
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if not path.is_file():
        raise TaskError(
            f"`task=digits` reads scikit-learn's digits.csv.gz, which is not at {path}. Install another version of "
            "scikit-learn, or use another task."
        )
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",")
    return Examples(
        inputs=table[:, :-1], labels=table[:, -1].astype(np.int32), class_names=tuple(str(digit) for digit in range(10))
    )

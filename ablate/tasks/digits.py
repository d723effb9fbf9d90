"""`digits`: 1,797 scans of handwritten digits, 8 x 8 pixels of 0 to 16; scikit-learn's `load_digits`.

E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
"""

from __future__ import annotations

import gzip

import numpy as np

from ablate.core.study import Json
from ablate.tasks import _bundled
from ablate.tasks._task import Examples


def make(params: Json) -> Examples:  # noqa: ARG001  digits have no parameters
    """Read the scans, 64 features each."""
    with gzip.open(_bundled.path("digits", "digits.csv.gz"), "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",")
    return Examples(
        inputs=table[:, :-1], labels=table[:, -1].astype(np.int32), class_names=tuple(str(digit) for digit in range(10))
    )
